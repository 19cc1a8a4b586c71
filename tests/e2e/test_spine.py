"""A status comes in, a signed webhook goes out: real processes, real sockets."""

from __future__ import annotations

import json
import socket

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


def test_pump_killed_between_claim_and_send_loses_nothing(installation):
    with DeafEndpoint() as endpoint:
        installation.set_up()
        webhook = f"webhooks/{installation.webhook['id']}"
        installation.call(
            "PATCH", webhook, url=endpoint.url, secret=installation.secret
        )
        installation.post("down", "Must arrive")
        # The kernel takes the connection, nobody reads: claimed, and not delivered.
        connection = endpoint.accept()
        (pump,) = installation.product.find("busy worker")
        pump.kill()
        connection.close()
        body = endpoint.answer()
    assert json.loads(body)["data"]["message"] == "Must arrive"


class DeafEndpoint:
    """Listens, and reads nothing before it is told to."""

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(30)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/"
        return self

    def __exit__(self, *_error):
        self.listener.close()

    def accept(self):
        connection, _ = self.listener.accept()
        connection.settimeout(30)
        return connection

    def answer(self):
        """Take one request, say 200 and return its body."""
        with self.accept() as connection, connection.makefile("rb") as file:
            length = 0
            while (line := file.readline()) != b"\r\n":
                name, _, value = line.decode().partition(":")
                length = int(value) if name.lower() == "content-length" else length
            body = file.read(length)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        return body
