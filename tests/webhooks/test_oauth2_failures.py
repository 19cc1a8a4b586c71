"""Tokens that cannot be had: what the attempt says, and how long it takes."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.datatypes import SYSTEM
from tests.http_server import Answer
from tests.webhooks.oauth2_server import (
    SECRET,
    give,
    make_due,
    make_guarded,
    refuse,
    say,
)
from webhooks.actions import verify_destination
from webhooks.models import Attempt

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("answers", "said", "hint"),
    [
        pytest.param(
            [refuse(401, "invalid_client", f"no {SECRET} here")] * 2,
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
        pytest.param(
            [say({"access_token": "a" * 20_000})], "too long", "token URL", id="long"
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
def test_attempt_says_what_the_server_said(
    token_server, pump_once, answers, said, hint
):
    token_server.answers = list(answers)
    (delivery,) = make_due(token_server)

    pump_once()

    assert token_server.requests == []  # nothing goes out without a token
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempt_count) == ("pending", 1)
    attempt = Attempt.objects.get()
    assert attempt.error_code == "oauth2_token_failed"
    assert attempt.error.startswith(f"No token from 127.0.0.1:{token_server.port}: ")
    assert said in attempt.error
    assert hint in attempt.error_hint
    assert SECRET not in attempt.error
    assert attempt.status_code is None


def test_slow_token_counts_within_the_timeout(token_server, pump_once):
    token_server.answers = [Answer(instead="never")]
    make_due(token_server, count=3, timeout_seconds=1)

    pump_once()

    assert len(token_server.asked) == 1
    for attempt in Attempt.objects.all():
        assert attempt.error_code == "oauth2_token_failed"
        assert 900 < attempt.duration_ms < 2500


def test_slow_endpoint_has_what_the_token_left(token_server, pump_once):
    token_server.answers = [give("late", delay_seconds=0.6)]
    token_server.always(Answer(delay_seconds=5))
    make_due(token_server, timeout_seconds=1)

    pump_once()

    attempt = Attempt.objects.get()
    assert attempt.error_code == "timeout"
    assert 900 < attempt.duration_ms < 2000
    assert attempt.timings["total_ms"] > 900


def test_refused_token_url_is_said(token_server, pump_once, settings):
    (delivery,) = make_due(
        token_server, oauth2_token_url="http://169.254.169.254/token"
    )

    pump_once()

    attempt = Attempt.objects.get()
    assert attempt.error_code == "oauth2_token_failed"
    assert "169.254.169.254" in attempt.error
    delivery.refresh_from_db()
    assert delivery.status == "pending"


def test_verify_says_why_there_is_no_token(token_server):
    destination = make_guarded(token_server, oauth2_client_secret="another one")

    result = verify_destination(destination, actor=SYSTEM, now=timezone.now())

    assert not result.delivered
    assert result.error_code == "oauth2_token_failed"
    assert "invalid_client" in result.error_detail
