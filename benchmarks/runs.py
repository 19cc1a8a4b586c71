"""One run of a smaller benchmark, in a process of its own; prints its figures."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import django

django.setup()

from django.db import connection, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from benchmarks.backlog import (  # noqa: E402
    analyze,
    make_backlog,
    make_deliveries,
    make_destinations,
)
from integrations_project.lib.ids import uuid7  # noqa: E402
from webhooks.actions import publish  # noqa: E402
from webhooks.datatypes import NewEvent  # noqa: E402
from webhooks.engine import claim  # noqa: E402
from webhooks.models import Delivery, Destination  # noqa: E402

CLAIM = 200
CLAIMS = 12

_DUE = """
INSERT INTO webhooks_delivery (organization_id, event_id, destination_id, event_type,
       trace, status, reason, due_at, created_at, priority, is_suspect,
       lost_alone_count, attempt_count, is_manual, is_last_attempt, last_error_code,
       last_error)
SELECT d.organization_id, gen_random_uuid(), d.id, 'incident.opened',
       gen_random_uuid(), 'pending', '', now() - n * interval '1 millisecond', now(),
       0, FALSE, 0, 0, FALSE, FALSE, '', ''
  FROM generate_series(1, %s) n
  JOIN (SELECT *, row_number() OVER () AS place FROM webhooks_destination) d
    ON d.place = n %% %s + 1
"""


def fan_out(count: str) -> dict[str, Any]:
    """Publish to so many webhooks, beside `bulk_create` of the same deliveries."""
    urls = ["http://127.0.0.1:9/"] * int(count)
    destinations = make_destinations(urls, event_types=("incident.*",))
    analyze()
    ours, theirs = [], []
    for _ in range(15):
        with transaction.atomic():
            event = NewEvent(
                type="incident.opened",
                occurred_at=timezone.now(),
                data={"title": "x" * 400},
                trace=uuid7(),
            )
            start = time.perf_counter()
            row = publish(destinations[0].organization, event)
            ours.append(time.perf_counter() - start)
        assert row.deliveries.count() == int(count)
        with transaction.atomic():
            theirs.append(create_in_bulk(destinations))
    return {"ours": statistics.median(ours), "theirs": statistics.median(theirs)}


def create_in_bulk(destinations: list[Destination]) -> float:
    organization, event_id, trace = destinations[0].organization, uuid7(), uuid7()
    start = time.perf_counter()
    Delivery.objects.bulk_create(
        Delivery(
            organization=organization,
            event_id=event_id,
            destination=destination,
            event_type="incident.opened",
            trace=trace,
        )
        for destination in destinations
    )
    return time.perf_counter() - start


def fill(count: str) -> dict[str, Any]:
    """Make so many due deliveries of a hundred webhooks; PostgreSQL only."""
    destinations = make_destinations(["http://127.0.0.1:9/"] * 100, max_in_flight=500)
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [int(count), len(destinations)])
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE webhooks_delivery")
    return {}


def claim_some(_: str) -> dict[str, Any]:
    """Return the milliseconds of claims, after two that warm up."""
    pump_id, times = uuid7(), []
    for number in range(CLAIMS):
        room = claim.Room(limit=CLAIM, busy={}, longest_seconds=30)
        start = time.perf_counter()
        claimed = claim.claim_due(pump_id, room)
        if number >= 2:
            times.append((time.perf_counter() - start) * 1000)
        assert len(claimed) == CLAIM
    return {"ms": statistics.median(times)}


def backlog(sink_url: str, count: str = "0") -> dict[str, Any]:
    """Make so many deliveries for twenty webhooks."""
    make_backlog(sink_url, int(count))
    return {}


def few_slots(sink_url: str, count: str = "0", slots: str = "1") -> dict[str, Any]:
    """Make deliveries for twenty webhooks that take few requests at a time."""
    urls = [f"{sink_url}{number}" for number in range(20)]
    make_deliveries(make_destinations(urls, max_in_flight=int(slots)), int(count))
    analyze()
    return {}


def count_attempts(_: str) -> dict[str, Any]:
    """Return how many deliveries there are, and how many had one attempt exactly."""
    once = Delivery.objects.filter(status="delivered", attempt_count=1)
    return {"all": Delivery.objects.count(), "once": once.count()}


RUNS: dict[str, Callable[..., dict[str, Any]]] = {
    "fan_out": fan_out,
    "fill": fill,
    "claim": claim_some,
    "backlog": backlog,
    "few_slots": few_slots,
    "count_attempts": count_attempts,
}

if __name__ == "__main__":
    print(json.dumps(RUNS[sys.argv[1]](*sys.argv[2:])))
