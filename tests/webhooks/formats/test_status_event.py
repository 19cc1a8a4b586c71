"""Status events as Bleemeo documents them."""

from __future__ import annotations

import json

import pytest

from tests.webhooks.formats.documented import change_event, read_payload
from webhooks.exceptions import UnsupportedEvent
from webhooks.formats import find_uncarried_type, render

EVENT = "service.status_changed"
SERVICE = {
    "id": "4bec41e4-4efc-4bb8-b872-186aa54779a6",
    "name": "Pending system security updates",
    "network": {
        "id": "951df56d-d5dd-58c3-ab9a-8f2c8a6e478b",
        "label": "voip01.example.com",
    },
}


def body_of(**changed):
    return json.loads(render("status_event", change_event(EVENT, **changed)))


def test_documented_example():
    documented = read_payload("status_event")
    body = body_of(
        event_id=documented["id"],
        occurred_at="2017-03-30T13:59:19.268468Z",
        service=SERVICE,
        status="operational",
        message="Current value: 0.00",
        previous_status_since="2017-03-30T13:56:19.5Z",
        changes_last_hour=2,
    )

    assert list(body) == list(documented)
    # Ours are of another account, and an event of ours is never modified.
    for name in ("account", "created_at", "modified_at"):
        del body[name], documented[name]
    assert body == documented


@pytest.mark.parametrize(
    ("status", "number", "word"),
    [
        ("operational", 0, "OK"),
        ("degraded", 1, "Warning"),
        ("down", 2, "Critical"),
        ("maintenance", 3, "Unknown"),
        ("something else", 3, "Unknown"),
    ],
)
def test_numbers(status, number, word):
    body = body_of(status=status)

    assert (body["status"], body["status_text"]) == (number, word)
    assert body["title"].endswith(f" is {word}")


def test_service_of_no_network():
    body = body_of(service=SERVICE | {"network": None})

    assert body["agent"] == body["metric"] == SERVICE["id"]
    assert body["title"] == "Pending system security updates is Warning"


def test_nothing_was_said():
    assert body_of(message="")["text"] == "Current status: degraded"


def test_times_keep_their_fractions_where_the_vendor_does():
    body = body_of(occurred_at="2026-01-23T21:40:03.123456Z")

    assert body["created_at"] == body["modified_at"] == "2026-01-23T21:40:03.123456Z"
    assert body["happened_at"] == body["status_changed_at"] == "2026-01-23T21:40:03Z"


def test_others_are_refused():
    with pytest.raises(UnsupportedEvent, match="changes of a service's status only"):
        render("status_event", change_event("incident.opened"))
    assert find_uncarried_type("status_event", "service.*") is None
    assert find_uncarried_type("status_event", "*") == "incident.opened"
