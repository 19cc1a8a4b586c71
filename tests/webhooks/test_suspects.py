"""Deliveries that were lost once are sent from a process of their own."""

from __future__ import annotations

import os
import time

import pytest
from django.utils import timezone

from tests.factories import make_delivery, make_destination, make_organization
from tests.http_server import Answer
from webhooks.engine.claim import MAX_LOST_ALONE
from webhooks.engine.couriers import send_now
from webhooks.engine.isolated import IsolatedSender
from webhooks.engine.messages import HttpRequest
from webhooks.models import Delivery

pytestmark = pytest.mark.django_db


def die(_request):
    os._exit(9)


def send_and_collect(sender, url):
    sender.start(HttpRequest(key=7, url=url, headers=[], body=b"{}", timeout_seconds=5))
    while not (ended := sender.collect()):
        time.sleep(0.01)
    ((fd, request, outcome),) = ended
    sender.close(fd)
    assert request.key == 7
    return outcome


def test_outcome_comes_back_whole(sink):
    sink.always(Answer(418, b"\x00\xff", headers=[("X-A", "1")]))

    outcome = send_and_collect(IsolatedSender(), sink.url)

    assert (outcome.key, outcome.status_code) == (7, 418)
    assert outcome.response_body == b"\x00\xff"
    assert outcome.header("x-a") == "1"
    assert outcome.error.code == "http_error"
    assert outcome.timings.total_ms > 0


def test_lost_child_has_no_outcome(sink):
    assert send_and_collect(IsolatedSender(die), sink.url) is None


def test_suspect_is_delivered(sink, pump_once):
    delivery = make_delivery(
        destination=make_destination(url=sink.url), is_suspect=True
    )

    pump_once()

    delivery.refresh_from_db()
    assert (delivery.status, delivery.is_suspect) == ("delivered", False)
    assert delivery.attempts.count() == 1
    assert len(sink.requests) == 1


def test_poison_is_set_aside_after_five(sink, pump_once):
    destination = make_destination(url=sink.url)
    poison = make_delivery(destination=destination, is_suspect=True)
    neighbour = make_delivery(destination=destination)

    for _ in range(MAX_LOST_ALONE):
        Delivery.objects.filter(status="pending").update(due_at=timezone.now())
        pump_once(isolated=IsolatedSender(die))

    poison.refresh_from_db()
    neighbour.refresh_from_db()
    assert (poison.status, poison.lost_alone_count) == ("failed", MAX_LOST_ALONE)
    assert poison.attempt_count == 0
    assert "Set aside" in poison.reason
    assert neighbour.status == "delivered"


def test_suspect_that_hangs_holds_up_nobody(sink, make_sink, pump_once):
    silent = make_sink()
    silent.always(Answer(instead="never"))
    organization = make_organization()
    for url in (silent.url, sink.url):
        destination = make_destination(
            organization=organization, url=url, timeout_seconds=1
        )
        for is_suspect in (True, True, False):
            make_delivery(destination=destination, is_suspect=is_suspect)
    started_at = time.time()

    pump_once(isolated=IsolatedSender(send_now))

    assert len(sink.requests) == 3
    assert max(request.at for request in sink.requests) - started_at < 0.9
    rows = Delivery.objects.filter(status="pending").values_list("last_error_code")
    assert list(rows) == [("timeout",)] * 3
