"""Sending a delivery again because a person asked for it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from accounts.datatypes import SYSTEM
from tests.factories import make_delivery, make_destination
from tests.http_server import Answer
from webhooks.actions import redeliver
from webhooks.exceptions import NotRedeliverable

pytestmark = pytest.mark.django_db


def send_again(delivery, pump_once):
    redeliver(delivery, actor=SYSTEM, now=timezone.now())
    pump_once()
    delivery.refresh_from_db()
    return delivery


def test_delivered_one_is_sent_once_more(sink, pump_once):
    delivery = make_delivery(destination=make_destination(url=sink.url))
    pump_once()

    send_again(delivery, pump_once)

    first, second = sink.requests
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert delivery.status == "delivered"
    assert list(delivery.attempts.values_list("number", "is_manual")) == [
        (1, False),
        (2, True),
    ]


def test_failure_after_success_is_no_loss(sink, pump_once):
    delivery = make_delivery(destination=make_destination(url=sink.url))
    pump_once()
    sink.always(Answer(500))

    send_again(delivery, pump_once)

    assert (delivery.status, delivery.last_status_code) == ("delivered", 500)


def test_takes_the_place_of_a_waiting_retry(sink, pump_once):
    delivery = make_delivery(
        destination=make_destination(url=sink.url, retry_schedule=[60, 600]),
        attempt_count=1,
        priority=1,
        due_at=timezone.now() + dt.timedelta(hours=1),
    )
    sink.always(Answer(500))

    send_again(delivery, pump_once)

    # The second failure: the schedule goes on with its second wait.
    wait = (delivery.due_at - timezone.now()).total_seconds()
    assert (delivery.status, delivery.attempt_count) == ("pending", 2)
    assert 450 < wait < 750
    assert not delivery.is_manual


def test_one_that_gave_up_gets_one_attempt(sink, pump_once):
    delivery = make_delivery(
        destination=make_destination(url=sink.url), status="failed", attempt_count=3
    )
    sink.always(Answer(500))

    send_again(delivery, pump_once)

    assert len(sink.requests) == 1
    assert (delivery.status, delivery.attempt_count) == ("failed", 4)


@pytest.mark.parametrize(
    ("fields", "part"),
    [
        pytest.param({"status": "sending"}, "being sent", id="on the wire"),
        pytest.param({"status": "skipped", "payload": None}, "format", id="no body"),
    ],
)
def test_refuses(fields, part):
    delivery = make_delivery(**fields)

    with pytest.raises(NotRedeliverable, match=part):
        redeliver(delivery, actor=SYSTEM, now=timezone.now())


def test_disabled_destination_gets_nothing():
    delivery = make_delivery(destination=make_destination(enabled=False))

    with pytest.raises(NotRedeliverable, match="enable it first"):
        redeliver(delivery, actor=SYSTEM, now=timezone.now())
