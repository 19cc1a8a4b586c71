"""Verify: the same request as a delivery, at once, and nothing else."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from standardwebhooks import Webhook

from accounts.datatypes import SYSTEM, Actor
from integrations_project.lib.signing import generate_secret
from tests.factories import make_destination, make_organization, make_user
from tests.http_server import Answer
from webhooks.actions import verify_destination
from webhooks.exceptions import VerifyLimitReached
from webhooks.models import Attempt, Delivery, Destination, Event

pytestmark = pytest.mark.django_db


def verify(destination, actor=SYSTEM, **options):
    return verify_destination(
        destination, actor=actor, **{"now": timezone.now()} | options
    )


def test_delivers_a_signed_sample(sink):
    secret = generate_secret()
    sink.always(Answer(body=b"thanks", headers=[("X-Request-Id", "7")]))

    result = verify(make_destination(url=sink.url, secret=secret))

    (request,) = sink.requests
    payload = Webhook(secret).verify(request.body, dict(request.headers))
    assert payload["type"] == "test.verify"
    assert request.headers["webhook-id"] == result.request_headers["webhook-id"]
    assert (result.delivered, result.status_code) == (True, 200)
    assert result.request_body.encode() == request.body
    assert (result.response_body, result.error_code) == ("thanks", "")
    assert result.response_headers["X-Request-Id"] == "7"
    assert result.timings["total_ms"] > 0


def test_sends_what_the_format_carries(sink):
    verify(
        make_destination(url=sink.url, format="network_alert", event_types=["alert.*"])
    )

    assert sink.requests[0].json()["metadata"]["alert_name"] == "ALERT_DEVICE_OFFLINE"


def test_works_before_saving(sink):
    destination = Destination(
        organization=make_organization(),
        label="New",
        url=sink.url,
        auth_method="basic",
        username="u",
        password="s3cret",
        headers={"X-Api-Key": "k3y", "X-Team": "ops"},
    )

    result = verify(destination)

    assert sink.requests[0].headers["Authorization"] == "Basic dTpzM2NyZXQ="
    assert sink.requests[0].headers["X-Api-Key"] == "k3y"
    assert result.request_headers["Authorization"] == "Basic [redacted]"
    assert result.request_headers["X-Api-Key"] == "[redacted]"
    assert result.request_headers["X-Team"] == "ops"
    assert not Destination.objects.exists()


def test_failure_says_what_to_do(sink):
    sink.always(Answer(401, b"who are you?"))
    destination = make_destination(url=sink.url)

    result = verify(destination)

    assert (result.delivered, result.status_code) == (False, 401)
    assert (result.error_code, result.response_body) == ("http_error", "who are you?")
    assert "token" in result.error_hint
    destination.refresh_from_db()
    assert (destination.consecutive_failures, destination.last_failure_at) == (0, None)
    assert not Event.objects.exists()
    assert not Delivery.objects.exists()
    assert not Attempt.objects.exists()


def test_refused_address_is_named():
    destination = make_destination()
    destination.url = "https://10.1.2.3/"

    with pytest.raises(ValidationError, match=r"10\.1\.2\.3 is"):
        verify(destination)


def test_stored_secret_does_not_go_to_another_host(make_sink):
    first, second = make_sink(), make_sink()
    destination = make_destination(
        url=first.url, secret="s3cret", auth_method="bearer", token="t0ken"
    )
    destination.url = second.url

    verify(destination)

    (request,) = second.requests
    assert "webhook-signature" not in request.headers
    assert "Authorization" not in request.headers
    assert (destination.secret, destination.token) == ("s3cret", "t0ken")


def test_ten_a_minute_for_each_person(sink):
    destination = make_destination(url=sink.url)
    one, other = (
        Actor(label=str(user), user=user) for user in (make_user(), make_user())
    )
    now = timezone.now()
    for _ in range(10):
        verify(destination, one, now=now)

    with pytest.raises(VerifyLimitReached):
        verify(destination, one, now=now)

    assert len(sink.requests) == 10
    assert verify(destination, other, now=now).delivered
    assert verify(destination, one, now=now + dt.timedelta(seconds=61)).delivered
