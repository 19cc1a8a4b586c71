"""Deliveries with OAuth2 tokens: a token server and an endpoint, both on loopback."""

from __future__ import annotations

import time

import pytest
from django.utils import timezone

from accounts.datatypes import SYSTEM
from tests.factories import make_delivery, make_destination
from tests.http_server import Answer
from tests.webhooks.oauth2_server import CLIENT, TokenServer, refuse, say
from webhooks.actions import verify_destination
from webhooks.models import Attempt, Delivery

pytestmark = pytest.mark.django_db


@pytest.fixture
def server():
    started = TokenServer()
    yield started
    started.close()


def make_guarded(server, **fields):
    defaults = {
        "url": f"{server.url}hook",
        "auth_method": "oauth2",
        "oauth2_token_url": f"{server.url}token",
        "oauth2_client_id": CLIENT[0],
        "oauth2_client_secret": CLIENT[1],
    }
    return make_destination(**defaults | fields)


def make_due(server, *, count=1, **fields):
    destination = make_guarded(server, **fields)
    return [make_delivery(destination=destination) for _ in range(count)]


def tokens_seen(server):
    return [
        request.headers["Authorization"].removeprefix("Bearer ")
        for request in server.requests
    ]


def only_attempt():
    return Attempt.objects.get()


def test_asks_once_and_sends_all_with_the_token(server, pump_once):
    make_due(server, count=30, oauth2_scope="events write", max_in_flight=30)
    server.answers = [Answer(instead="", delay_seconds=0.2, **_token("slow-token"))]

    pump_once()

    assert Delivery.objects.filter(status="delivered").count() == 30
    (asked,) = server.asked
    assert asked.body == b"grant_type=client_credentials&scope=events+write"
    assert asked.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert asked.headers["Accept"] == "application/json"
    assert set(tokens_seen(server)) == {"slow-token"}


def _token(text, **more):
    answer = say({"access_token": text, "token_type": "bearer", **more})
    return {"status": 200, "body": answer.body, "headers": answer.headers}


def test_token_is_kept_for_the_next_turn(server, pump_once):
    (first,) = make_due(server)
    pump_once()
    make_delivery(destination=first.destination)
    pump_once()

    assert tokens_seen(server) == ["token-1", "token-1"]
    assert len(server.asked) == 1


def test_token_is_renewed_before_it_ends(server, pump_once):
    server.lifetime = 0.2
    (first,) = make_due(server)
    pump_once()
    time.sleep(0.2)
    make_delivery(destination=first.destination)
    pump_once()

    assert tokens_seen(server) == ["token-1", "token-2"]


def test_refused_token_is_renewed_within_the_attempt(server, pump_once):
    server.is_good = lambda token: token != "token-1"
    (delivery,) = make_due(server)

    pump_once()

    assert tokens_seen(server) == ["token-1", "token-2"]
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempt_count) == ("delivered", 1)
    first, second = server.requests
    assert first.body == second.body
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


def test_many_refused_at_once_ask_once(server, pump_once):
    server.is_good = lambda token: token != "token-1"
    make_due(server, count=20, max_in_flight=20)

    pump_once()

    assert Delivery.objects.filter(status="delivered").count() == 20
    assert len(server.asked) == 2


def test_endpoint_that_takes_no_token_fails_after_one_renewal(server, pump_once):
    server.is_good = lambda token: False
    (delivery,) = make_due(server)

    pump_once()

    assert len(server.requests) == 2
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempt_count) == ("pending", 1)
    assert (delivery.last_status_code, delivery.last_error_code) == (401, "http_error")


def test_server_that_wants_the_secret_in_the_body_gets_it_there(server, pump_once):
    server.takes_header = False
    (first,) = make_due(server)
    pump_once()
    first.destination.updated_at = timezone.now()
    first.destination.save()
    server.is_good = lambda token: token == "token-2"
    make_delivery(destination=first.destination)

    pump_once()

    assert Delivery.objects.filter(status="delivered").count() == 2
    ways = ["Authorization" in request.headers for request in server.asked]
    assert ways == [True, False, False]  # and then it is known
    assert b"client_secret=cl1ent+secret%26more" in server.asked[-1].body


@pytest.mark.parametrize(
    ("answers", "said", "hint"),
    [
        pytest.param(
            [refuse(401, "invalid_client", f"no {CLIENT[1]} here")] * 2,
            "it answered 401 invalid_client: no [redacted] here.",
            "client id and the client secret",
            id="client",
        ),
        pytest.param(
            [refuse(400, "invalid_scope")],
            "it answered 400 invalid_scope.",
            "Check the scope",
            id="scope",
        ),
        pytest.param(
            [refuse(400, "unauthorized_client")],
            "it answered 400 unauthorized_client.",
            "grant type client_credentials",
            id="grant",
        ),
        pytest.param(
            [Answer(503, b"down")], "it answered 503.", "side of the OAuth2", id="down"
        ),
        pytest.param(
            [Answer(200, b"<html>")], "holds no access_token", "token URL", id="html"
        ),
        pytest.param(
            [say({"access_token": "a b\r\nX: y"})],
            "holds no access_token",
            "token URL",
            id="smuggled",
        ),
        pytest.param([say(["token"])], "holds no access_token", "token", id="list"),
        pytest.param(
            [say({"access_token": "a", "token_type": "mac"})],
            'tokens of the type "mac"',
            "bearer",
            id="type",
        ),
        pytest.param(
            [Answer(302, b"", [("Location", "http://127.0.0.1:1/")])],
            "redirect",
            "token URL",
            id="redirect",
        ),
        pytest.param([Answer(instead="close")], "closed", "token URL", id="closed"),
    ],
)
def test_failure_says_what_the_server_said(server, pump_once, answers, said, hint):
    server.answers = list(answers)
    (delivery,) = make_due(server)

    pump_once()

    assert server.requests == []  # nothing goes out without a token
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempt_count) == ("pending", 1)
    attempt = only_attempt()
    assert attempt.error_code == "oauth2_token_failed"
    assert attempt.error.startswith(f"No token from 127.0.0.1:{server.port}: ")
    assert said in attempt.error
    assert hint in attempt.error_hint
    assert CLIENT[1] not in attempt.error
    assert attempt.status_code is None


def test_slow_token_counts_within_the_timeout(server, pump_once):
    server.answers = [Answer(instead="never")]
    make_due(server, count=3, timeout_seconds=1)

    pump_once()

    assert len(server.asked) == 1
    for attempt in Attempt.objects.all():
        assert attempt.error_code == "oauth2_token_failed"
        assert 900 < attempt.duration_ms < 2500


def test_slow_endpoint_has_what_the_token_left(server, pump_once):
    server.answers = [Answer(delay_seconds=0.6, **_token("late"))]
    server.always(Answer(delay_seconds=5))
    make_due(server, timeout_seconds=1)

    pump_once()

    attempt = only_attempt()
    assert attempt.error_code == "timeout"
    assert 900 < attempt.duration_ms < 2000
    assert attempt.timings["total_ms"] > 900


def test_other_destinations_do_not_wait(server, sink, pump_once):
    server.answers = [Answer(delay_seconds=1.5, **_token("late"))]
    (slow,) = make_due(server)
    quick = make_delivery(destination=make_destination(url=sink.url))

    pump_once()

    slow.refresh_from_db()
    quick.refresh_from_db()
    assert slow.delivered_at > quick.delivered_at
    assert quick.attempts.get().duration_ms < 1000


def test_refused_token_url_is_said(server, pump_once, settings):
    (delivery,) = make_due(server, oauth2_token_url="http://169.254.169.254/token")

    pump_once()

    attempt = only_attempt()
    assert attempt.error_code == "oauth2_token_failed"
    assert "169.254.169.254" in attempt.error
    delivery.refresh_from_db()
    assert delivery.status == "pending"


def test_token_is_nowhere_kept(server, pump_once):
    server.always(Answer(200, b"you sent token-1", headers=[("X-Echo", "token-1")]))
    make_due(server)

    pump_once()

    attempt = only_attempt()
    assert attempt.request_headers["Authorization"] == "Bearer [redacted]"
    assert attempt.response_body == "you sent [redacted]"
    assert attempt.response_headers["X-Echo"] == "[redacted]"


def test_verify_asks_for_a_fresh_token(server):
    destination = make_guarded(server)

    for _ in range(2):
        result = verify_destination(destination, actor=SYSTEM, now=timezone.now())
        assert result.delivered

    assert tokens_seen(server) == ["token-1", "token-2"]
    assert result.request_headers["Authorization"] == "Bearer [redacted]"


def test_verify_says_why_there_is_no_token(server):
    destination = make_guarded(server, oauth2_client_secret="another one")

    result = verify_destination(destination, actor=SYSTEM, now=timezone.now())

    assert not result.delivered
    assert result.error_code == "oauth2_token_failed"
    assert "invalid_client" in result.error_detail


def test_suspect_asks_in_its_own_process(server, pump_once):
    (delivery,) = make_due(server)
    Delivery.objects.filter(pk=delivery.pk).update(is_suspect=True)

    pump_once()

    delivery.refresh_from_db()
    assert delivery.status == "delivered"
    assert tokens_seen(server) == ["token-1"]
