"""The examples that the receivers were specified from, word by word."""

from __future__ import annotations

import pytest

from tests.factories import make_service

SIMPLE = b"""{
  "status": "degraded",
  "message": "Email delivery delays in US-East region"
}"""
NESTED = b"""{
  "data": {
    "attributes": {
      "current_status": "major",
      "description": "Database connectivity issues"
    }
  }
}"""
DYNAMIC = b"""{
  "service_name": "API Gateway",
  "status": "down",
  "message": "API Gateway is unreachable"
}"""
BEFORE = b'{"status": "maintenance", "message": "Deploying v2.4.1"}'
AFTER = b'{"status": "operational", "message": "Deploy v2.4.1 complete"}'
WORDS = {
    "operational": ["operational", "up", "ok", "healthy", "none", "resolved"],
    "degraded": ["degraded", "partial", "warning", "minor"],
    "down": ["down", "outage", "major", "critical", "error"],
    "maintenance": ["maintenance", "scheduled", "under_maintenance"],
}


def test_simplest_payload(sender):
    (item,) = sender.post(SIMPLE).json()["items"]
    sender.receiver.service.refresh_from_db()
    assert item["status"] == "degraded"
    assert sender.receiver.service.status_message == (
        "Email delivery delays in US-East region"
    )


def test_nested_payload(make_sender):
    sender = make_sender(
        status_field="data.attributes.current_status",
        message_field="data.attributes.description",
    )
    (item,) = sender.post(NESTED).json()["items"]
    assert (item["raw_status"], item["status"]) == ("major", "down")


def test_dynamic_service(make_sender):
    service = make_service(name="API Gateway")
    sender = make_sender(
        organization=service.organization, service_name_field="service_name"
    )
    (item,) = sender.post(DYNAMIC).json()["items"]
    assert (item["service"], item["status"]) == ("API Gateway", "down")


def test_deployment(sender):
    before = sender.post(BEFORE).json()["items"][0]
    after = sender.post(AFTER).json()["items"][0]
    assert before["status"] == "maintenance"
    assert (after["status"], after["previous_status"]) == ("operational", "maintenance")


@pytest.mark.parametrize(
    ("status", "word"), [(s, w.upper()) for s, words in WORDS.items() for w in words]
)
def test_default_mapping(sender, status, word):
    assert sender.post({"status": word}).json()["items"][0]["status"] == status
