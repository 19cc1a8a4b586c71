"""Deliveries with OAuth2 tokens: a token server and an endpoint, both on loopback."""

from __future__ import annotations

import time

import pytest
from django.utils import timezone

from accounts.datatypes import SYSTEM
from tests.factories import make_delivery, make_destination
from tests.http_server import Answer
from tests.webhooks.oauth2_server import give, make_due, make_guarded
from webhooks.actions import verify_destination
from webhooks.models import Attempt, Delivery

pytestmark = pytest.mark.django_db


def tokens_seen(token_server):
    return [
        request.headers["Authorization"].removeprefix("Bearer ")
        for request in token_server.requests
    ]


def test_asks_once_and_sends_all_with_the_token(token_server, pump_once):
    make_due(token_server, count=30, oauth2_scope="events write", max_in_flight=30)
    token_server.answers = [give("slow-token", delay_seconds=0.2)]

    pump_once()

    assert Delivery.objects.filter(status="delivered").count() == 30
    (asked,) = token_server.asked
    assert asked.body == b"grant_type=client_credentials&scope=events+write"
    assert asked.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert asked.headers["Accept"] == "application/json"
    assert set(tokens_seen(token_server)) == {"slow-token"}


def test_token_is_kept_for_the_next_turn(token_server, pump_once):
    (first,) = make_due(token_server)
    pump_once()
    make_delivery(destination=first.destination)
    pump_once()

    assert tokens_seen(token_server) == ["token-1", "token-1"]
    assert len(token_server.asked) == 1


def test_token_is_renewed_before_it_ends(token_server, pump_once):
    token_server.lifetime = 0.2
    (first,) = make_due(token_server)
    pump_once()
    time.sleep(0.2)
    make_delivery(destination=first.destination)
    pump_once()

    assert tokens_seen(token_server) == ["token-1", "token-2"]


def test_refused_token_is_renewed_within_the_attempt(token_server, pump_once):
    token_server.is_good = lambda token: token != "token-1"
    (delivery,) = make_due(token_server)

    pump_once()

    assert tokens_seen(token_server) == ["token-1", "token-2"]
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempt_count) == ("delivered", 1)
    first, second = token_server.requests
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


def test_many_refused_at_once_ask_once(token_server, pump_once):
    token_server.is_good = lambda token: token != "token-1"
    make_due(token_server, count=20, max_in_flight=20)

    pump_once()

    assert Delivery.objects.filter(status="delivered").count() == 20
    assert len(token_server.asked) == 2


def test_endpoint_that_takes_no_token_fails_after_one_renewal(token_server, pump_once):
    token_server.is_good = lambda token: False
    (delivery,) = make_due(token_server)

    pump_once()

    assert len(token_server.requests) == 2
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempt_count) == ("pending", 1)
    assert (delivery.last_status_code, delivery.last_error_code) == (401, "http_error")


def test_server_that_wants_the_secret_in_the_body_gets_it(token_server, pump_once):
    token_server.takes_header = False
    (first,) = make_due(token_server)
    pump_once()
    first.destination.updated_at = timezone.now()
    first.destination.save()
    token_server.is_good = lambda token: token == "token-2"
    make_delivery(destination=first.destination)

    pump_once()

    assert Delivery.objects.filter(status="delivered").count() == 2
    ways = ["Authorization" in request.headers for request in token_server.asked]
    assert ways == [True, False, False]  # and then it is known
    assert b"client_secret=cl1ent+secret%26more" in token_server.asked[-1].body


def test_other_destinations_do_not_wait(token_server, sink, pump_once):
    token_server.answers = [give("late", delay_seconds=1.5)]
    (slow,) = make_due(token_server)
    quick = make_delivery(destination=make_destination(url=sink.url))

    pump_once()

    slow.refresh_from_db()
    quick.refresh_from_db()
    assert slow.delivered_at > quick.delivered_at
    assert quick.attempts.get().duration_ms < 1000


def test_token_is_nowhere_kept(token_server, pump_once):
    token_server.always(
        Answer(200, b"you sent token-1", headers=[("X-Echo", "token-1")])
    )
    make_due(token_server)

    pump_once()

    attempt = Attempt.objects.get()
    assert attempt.request_headers["Authorization"] == "Bearer [redacted]"
    assert attempt.response_body == "you sent [redacted]"
    assert attempt.response_headers["X-Echo"] == "[redacted]"


def test_verify_asks_for_a_fresh_token(token_server):
    destination = make_guarded(token_server)

    for _ in range(2):
        result = verify_destination(destination, actor=SYSTEM, now=timezone.now())
        assert result.delivered

    assert tokens_seen(token_server) == ["token-1", "token-2"]
    assert result.request_headers["Authorization"] == "Bearer [redacted]"


def test_suspect_asks_in_its_own_process(token_server, pump_once):
    (delivery,) = make_due(token_server)
    Delivery.objects.filter(pk=delivery.pk).update(is_suspect=True)

    pump_once()

    delivery.refresh_from_db()
    assert delivery.status == "delivered"
    assert tokens_seen(token_server) == ["token-1"]
