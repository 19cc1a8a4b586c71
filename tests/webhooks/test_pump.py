"""The pump over a real wire: what is sent, and what is made of the answer."""

from __future__ import annotations

import datetime as dt
import time

import pytest
from django.db import connection
from django.utils import timezone
from standardwebhooks import Webhook

from accounts.datatypes import SYSTEM
from accounts.models import AuditEntry
from integrations_project import __version__
from integrations_project.lib.signing import generate_secret
from tests.factories import make_delivery, make_destination, make_organization
from tests.http_server import Answer, redirect
from webhooks.actions import publish, rotate_secret
from webhooks.models import Delivery, Destination

pytestmark = pytest.mark.django_db


def make_due(sink, *, count=1, **fields):
    destination = make_destination(url=sink.url, **fields)
    return [make_delivery(destination=destination) for _ in range(count)]


def reload(delivery):
    return Delivery.objects.select_related("destination").get(pk=delivery.pk)


def seconds_until(moment):
    return (moment - timezone.now()).total_seconds()


def make_all_due():
    Delivery.objects.filter(status="pending").update(due_at=timezone.now())


def test_delivers_and_writes_down_the_exchange(sink, pump_once):
    sink.always(Answer(202, b"thanks", headers=[("X-Request-Id", "7")]))
    (delivery,) = make_due(
        sink, auth_method="bearer", token="t0ken", headers={"X-Team": "ops"}
    )

    summary = pump_once()

    (request,) = sink.requests
    assert request.body == b'{"type":"incident.opened"}'
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["User-Agent"] == f"Signalpost/{__version__}"
    assert request.headers["webhook-id"] == str(delivery.event_id)
    assert request.headers["Authorization"] == "Bearer t0ken"
    assert request.headers["X-Team"] == "ops"
    assert "webhook-signature" not in request.headers
    delivery = reload(delivery)
    assert (delivery.status, delivery.attempt_count) == ("delivered", 1)
    assert (delivery.last_status_code, delivery.lease_owner) == (202, None)
    assert abs(seconds_until(delivery.delivered_at)) < 10
    attempt = delivery.attempts.get()
    assert (attempt.number, attempt.status_code, attempt.error) == (1, 202, "")
    assert attempt.request_headers["Authorization"] == "Bearer [redacted]"
    assert attempt.request_headers["webhook-id"] == str(delivery.event_id)
    assert attempt.response_headers["X-Request-Id"] == "7"
    assert (attempt.response_body, attempt.url) == ("thanks", sink.url)
    assert attempt.timings["total_ms"] > 0
    assert attempt.remote_address == "127.0.0.1"
    assert summary.recorded_count == 1


def test_signature_holds_with_both_secrets_of_a_rotation(sink, pump_once):
    old = generate_secret()
    (delivery,) = make_due(sink, secret=old)
    new = rotate_secret(delivery.destination, actor=SYSTEM, now=timezone.now())

    pump_once()

    (request,) = sink.requests
    for secret in (old, new):
        Webhook(secret).verify(request.body, dict(request.headers))


def test_every_attempt_is_the_same_but_for_its_signature(sink, pump_once):
    secret = generate_secret()
    sink.play(Answer(500), Answer(500))
    make_due(sink, secret=secret)

    for _ in range(3):
        make_all_due()
        pump_once()

    assert len({request.body for request in sink.requests}) == 1
    assert len({request.headers["webhook-id"] for request in sink.requests}) == 1
    for request in sink.requests:
        Webhook(secret).verify(request.body, dict(request.headers))
    assert Delivery.objects.get().status == "delivered"


@pytest.mark.parametrize(
    ("attempts", "low", "high"),
    [(0, 4, 6), (1, 240, 360), (2, 1440, 2160), (8, 69_120, 103_680)],
)
def test_failure_waits_by_the_schedule(attempts, low, high, sink, pump_once):
    sink.always(Answer(500, b"boom"))
    (delivery,) = make_due(sink)
    Delivery.objects.update(attempt_count=attempts)

    pump_once()

    delivery = reload(delivery)
    assert (delivery.status, delivery.priority) == ("pending", 1)
    assert low - 1 < seconds_until(delivery.due_at) < high
    assert delivery.last_error_code == "http_error"
    assert "500" in delivery.last_error


def test_gives_up_after_the_tenth_attempt(sink, pump_once):
    sink.always(Answer(500))
    (delivery,) = make_due(sink)
    Delivery.objects.update(attempt_count=9)

    pump_once()

    delivery = reload(delivery)
    assert (delivery.status, delivery.attempt_count) == ("failed", 10)
    assert delivery.reason == "Gave up after 10 attempts."


def test_own_schedule_and_retry_after(sink, pump_once):
    sink.always(Answer(429, headers=[("Retry-After", "600")]))
    (delivery,) = make_due(sink, retry_schedule=[60])

    pump_once()

    assert 590 < seconds_until(reload(delivery).due_at) <= 600


def test_gone_endpoint_disables_once(sink, pump_once):
    sink.always(Answer(410))
    waiting = make_delivery(
        destination=make_due(sink, count=2)[0].destination,
        due_at=timezone.now() + dt.timedelta(hours=1),
    )

    pump_once()

    destination = Destination.objects.get()
    assert not destination.enabled
    assert "410" in destination.disabled_reason
    assert reload(waiting).status == "skipped"
    assert Delivery.objects.filter(status="failed").count() == 2
    assert AuditEntry.objects.filter(action="webhook.disabled").count() == 1


def test_redirect_is_a_failure(sink, make_sink, pump_once):
    other = make_sink()
    sink.always(redirect(other.url))
    (delivery,) = make_due(sink)

    pump_once()

    assert not other.requests
    assert reload(delivery).last_error_code == "redirect"


def test_refused_address_fails_for_good(pump_once):
    destination = make_destination(url="https://10.1.2.3/")
    delivery = make_delivery(destination=destination)

    pump_once()

    delivery = reload(delivery)
    assert (delivery.status, delivery.last_error_code) == ("failed", "address_refused")
    assert "10.1.2.3" in delivery.last_error


@pytest.mark.parametrize(
    "body", [b"\x00\xff\xfe", "Zürich 😀".encode(), b"\xed\xa0\x80"], ids=repr
)
def test_any_answer_can_be_stored(body, sink, pump_once):
    sink.always(Answer(200, body, headers=[("X-Odd", "caf\xe9")]))
    (delivery,) = make_due(sink)

    pump_once()

    assert reload(delivery).attempts.get().status_code == 200


def test_long_answer_is_cut(sink, pump_once):
    sink.always(Answer(body=b"x" * 40_000))
    (delivery,) = make_due(sink)

    pump_once()

    attempt = reload(delivery).attempts.get()
    assert (len(attempt.response_body), attempt.is_response_truncated) == (16_384, True)


def test_never_more_at_once_than_allowed(sink, pump_once):
    sink.always(Answer(delay_seconds=0.2))
    make_due(sink, count=6, max_in_flight=2)

    pump_once()

    starts = sorted(request.at for request in sink.requests)
    assert all(
        later - earlier > 0.15
        for earlier, later in zip(starts, starts[2:], strict=False)
    )


def test_dead_destination_holds_up_nobody(sink, make_sink, pump_once):
    dead = make_sink()
    dead.always(Answer(instead="never"))
    organization = make_organization()
    for url, count in ((dead.url, 8), (sink.url, 30)):
        destination = make_destination(
            organization=organization,
            url=url,
            timeout_seconds=1,
            max_in_flight=4,
            event_types=[],
        )
        for _ in range(count):
            make_delivery(destination=destination)

    started_at = time.time()
    pump_once()

    assert max(request.at for request in sink.requests) - started_at < 0.9
    assert Delivery.objects.filter(status="delivered").count() == 30
    errors = Delivery.objects.filter(status="pending").values_list("last_error_code")
    assert set(errors) == {("timeout",)}


def test_health_is_summed_up(sink, pump_once):
    make_due(sink, count=3, retry_schedule=[60])
    sink.always(Answer(500))
    pump_once()

    destination = Destination.objects.get()
    assert destination.consecutive_failures == 3
    assert "500" in destination.last_error
    assert destination.last_success_at is None

    sink.always(Answer(200))
    make_all_due()
    pump_once()

    destination.refresh_from_db()
    assert (destination.consecutive_failures, destination.last_error) == (0, "")
    assert destination.last_failure_at < destination.last_success_at


def test_unreadable_secret_is_our_failure(sink, pump_once):
    (delivery,) = make_due(sink, secret="s3cret")
    (other,) = make_due(sink)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE webhooks_destination SET secret = 'v1:x' WHERE secret != ''"
        )

    pump_once()

    row = Delivery.objects.values(
        "status", "attempt_count", "last_error_code", "last_error", "due_at"
    ).get(pk=delivery.pk)
    assert (row["status"], row["attempt_count"]) == ("pending", 0)
    assert row["last_error_code"] == "internal"
    assert "ENCRYPTION_KEYS" in row["last_error"]
    assert seconds_until(row["due_at"]) > 20
    assert Delivery.objects.filter(pk=other.pk, status="delivered").exists()
    assert len(sink.requests) == 1


def test_secret_that_does_not_decode_is_put_off(sink, pump_once):
    (bad,) = make_due(sink, secret="whsec_!")
    (good,) = make_due(sink)

    pump_once()

    bad, good = reload(bad), reload(good)
    assert (bad.status, bad.attempt_count) == ("pending", 0)
    assert "not base64" in bad.last_error
    assert good.status == "delivered"


def test_published_event_arrives(sink, new_event, pump_once):
    destination = make_destination(url=sink.url)

    event = publish(destination.organization, new_event())
    pump_once()

    assert sink.requests[0].json() == {
        "type": "incident.opened",
        "timestamp": event.occurred_at.isoformat().replace("+00:00", "Z"),
        "data": event.data | {"trace": str(event.trace)},
    }
