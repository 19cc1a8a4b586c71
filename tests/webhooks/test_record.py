"""What counts as a result, and for whom."""

from __future__ import annotations

import pytest
from django.utils import timezone

from integrations_project.lib.ids import uuid7
from tests.factories import make_attempt, make_delivery
from webhooks.engine.claim import Room, claim_due
from webhooks.engine.health import HealthSums
from webhooks.engine.messages import Failure, HttpOutcome, Timings
from webhooks.engine.record import record
from webhooks.engine.result import build_result
from webhooks.engine.wire import build_recipient, build_request
from webhooks.models import Delivery

pytestmark = pytest.mark.django_db

REFUSED = Failure(code="connection_refused", detail="It refused.", hint="Check it.")


def make_result(delivery, pump_id, *, error=None, **fields):
    (claimed,) = claim_due(pump_id, Room(limit=9, busy={}, longest_seconds=30))
    recipient = build_recipient(delivery.destination)
    request = build_request(
        recipient, key=claimed.id, message_id="m", body=b"{}", timestamp=1
    )
    defaults = {
        "key": claimed.id,
        "started_at": timezone.now().timestamp(),
        "duration_ms": 3,
        "status_code": None if error else 200,
        "timings": Timings(total_ms=3),
        "error": error,
    }
    return build_result(claimed, recipient, request, HttpOutcome(**defaults | fields))


def test_recording_twice_counts_once():
    delivery, pump_id = make_delivery(), uuid7()
    result = make_result(delivery, pump_id, error=REFUSED)

    record(pump_id, [result])
    record(pump_id, [result])

    delivery.refresh_from_db()
    assert (delivery.attempt_count, delivery.attempts.count()) == (1, 1)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        pytest.param(None, ("delivered", 1), id="success counts anyway"),
        pytest.param(REFUSED, ("sending", 0), id="failure is the new owner's"),
    ],
)
def test_result_after_the_claim_was_lost(error, expected):
    delivery, pump_id = make_delivery(), uuid7()
    result = make_result(delivery, pump_id, error=error)
    delivery.status, delivery.lease_owner = "sending", uuid7()
    delivery.save()

    record(pump_id, [result])

    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempt_count) == expected


@pytest.mark.django_db(transaction=True)
def test_unstorable_answer_holds_up_nobody():
    pump_id = uuid7()
    results = [
        make_result(make_delivery(), pump_id, remote_address=address)
        for address in ("127.0.0.1", "x" * 2000)  # too long for PostgreSQL
    ]

    record(pump_id, results)

    assert Delivery.objects.filter(status="delivered").count() == 2


@pytest.mark.django_db(transaction=True)
def test_unstorable_result_is_put_off():
    delivery, pump_id = make_delivery(), uuid7()
    make_attempt(delivery=delivery)  # its number is taken

    record(pump_id, [make_result(delivery, pump_id)])

    delivery.refresh_from_db()
    assert (delivery.status, delivery.last_error_code) == ("pending", "internal")
    assert "could not be stored" in delivery.last_error


def test_failures_in_a_row_are_counted_from_the_last_success():
    delivery, pump_id = make_delivery(), uuid7()
    destination = delivery.destination
    failed = make_result(delivery, pump_id, error=REFUSED)
    delivery.status = "pending"
    delivery.save()
    succeeded = make_result(delivery, pump_id)

    for results, expected in (
        ([failed, failed], 2),
        ([failed], 3),
        ([succeeded, failed], 1),
        ([failed, succeeded], 0),
    ):
        sums = HealthSums()
        sums.add(results)
        sums.write()
        destination.refresh_from_db()
        assert destination.consecutive_failures == expected
        assert not sums


def test_second_success_does_not_move_the_time_of_the_first():
    delivery, pump_id = make_delivery(), uuid7()
    record(pump_id, [make_result(delivery, pump_id)])
    delivery.refresh_from_db()
    first = delivery.delivered_at
    delivery.status, delivery.due_at = "pending", delivery.created_at
    delivery.save()

    record(pump_id, [make_result(delivery, pump_id)])

    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempt_count) == ("delivered", 2)
    assert first is not None
    assert delivery.delivered_at == first
