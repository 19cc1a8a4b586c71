"""A status comes in, a signed webhook goes out: real processes, real sockets."""

from __future__ import annotations

import pytest
from standardwebhooks import Webhook

pytestmark = pytest.mark.slow


def verify(request, secret):
    """Check a request as a receiver with the public library would."""
    return Webhook(secret).verify(request.body, dict(request.headers))


def test_posted_status_becomes_a_signed_webhook(installation):
    installation.set_up()
    response = installation.post("degraded", "Slow answers")
    assert response.status_code == 200
    assert response.json()["items"][0]["status"] == "degraded"
    request = installation.sink.wait_for(1)[0]
    event = verify(request, installation.secret)
    assert event["type"] == "service.status_changed"
    assert event["data"]["service"]["name"] == "API Gateway"
    assert event["data"]["message"] == "Slow answers"


def test_incident_opens_and_is_resolved(installation):
    installation.set_up(event_types=["incident.*"], auto_create_incidents="degraded")
    installation.post("down", "No answer")
    installation.sink.wait_for(1)
    installation.post("operational", "Back")
    opened, resolved = installation.sink.wait_for(2)
    assert verify(opened, installation.secret)["type"] == "incident.opened"
    assert verify(resolved, installation.secret)["type"] == "incident.resolved"


def test_one_trace_joins_what_happened(installation):
    installation.set_up()
    installation.post("down")
    event = installation.sink.wait_for(1)[0].json()
    receipt = installation.call("GET", "receipts")["results"][0]
    delivery = installation.call("GET", "deliveries")["results"][0]
    traces = {event["data"]["trace"], receipt["trace"], delivery["trace"]}
    assert len(traces) == 1
