"""Ten thousand due rows of one broken webhook do not slow down another.

The exact ratio is `benchmarks.broken`'s; here a tenth of a second is left for what
else the machine does.
"""

from __future__ import annotations

import threading
import time

import pytest
from django.db import connection

from tests.factories import make_destination, make_event, make_organization
from tests.http_server import Answer
from webhooks.actions import publish
from webhooks.engine import heartbeat
from webhooks.engine.flight import shared_transport
from webhooks.engine.pump import PumpRun
from webhooks.models import Attempt, Delivery, Destination, Payload

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timed,
    pytest.mark.django_db(transaction=True),
]

ROWS = 10_000
EVENTS = 100
MAX_IN_FLIGHT = 10


def make_backlog(destination):
    event = make_event(organization=destination.organization)
    payload = Payload.objects.create(event=event, format="standard", body="{}")
    Delivery.objects.bulk_create(
        (
            Delivery(
                organization=destination.organization,
                event_id=make_id(number),
                payload=payload,
                destination=destination,
                event_type=event.type,
                trace=event.trace,
            )
            for number in range(ROWS)
        ),
        batch_size=1000,
    )


def make_id(number):
    return f"01890000-0000-7000-8000-{number:012d}"


def pump():
    try:
        PumpRun(turn_seconds=60).run()
    finally:
        shared_transport().close()
        connection.close()


def measure(sink, organization, new_event):
    """Return the p99 of publish to request, in seconds."""
    thread = threading.Thread(target=pump)
    thread.start()
    time.sleep(1)  # it has met the broken one
    waits = []
    for number in range(1, EVENTS + 1):
        start = time.time()
        publish(organization, new_event())
        waits.append(sink.wait_for(number)[-1].at - start)
        time.sleep(0.02)
    heartbeat.ask_pumps_to_stop()
    thread.join(30)
    sink.requests.clear()
    return sorted(waits)[int(EVENTS * 0.99) - 1]


@pytest.mark.parametrize("how", ["refusing", "failing", "hanging"])
def test_neighbour_is_as_fast_as_alone(how, sink, make_sink, new_event):
    organization = make_organization()
    make_destination(organization=organization, url=sink.url)
    alone = measure(sink, organization, new_event)
    other = make_sink()
    other.always(Answer(503) if how == "failing" else Answer(instead="never"))
    broken = make_destination(
        organization=organization,
        url=other.url,
        event_types=[],
        timeout_seconds=1,
        max_in_flight=MAX_IN_FLIGHT,
    )
    if how == "refusing":
        other.close()
    make_backlog(broken)

    beside = measure(sink, organization, new_event)

    assert beside <= max(1.2 * alone, alone + 0.1)
    # Ten that open the breaker, what was under way, and a probe or two.
    assert 10 <= Attempt.objects.filter(delivery__destination=broken).count() <= 24
    assert Destination.objects.get(pk=broken.pk).is_gated
    untouched = Delivery.objects.filter(destination=broken, attempt_count=0)
    assert untouched.filter(status="pending").count() >= ROWS - 24
