"""Alerts, byte for byte as the vendor's pages show them."""

from __future__ import annotations

import json

import pytest

from tests.webhooks.formats.documented import (
    change_event,
    compact,
    list_payloads,
    read_payload,
)
from webhooks.datatypes import alert_event_type
from webhooks.exceptions import UnsupportedEvent
from webhooks.formats import find_uncarried_type, get_format, render

EXAMPLES = list_payloads("network_alert_")


def test_examples_are_there():
    assert len(EXAMPLES) == 7


@pytest.mark.parametrize("name", EXAMPLES)
def test_documented_example(name):
    documented = read_payload(name)
    metadata = documented["metadata"]
    event = change_event(
        alert_event_type(metadata["alert_name"]),
        occurred_at=metadata["timestamp"],
        **metadata,
        data=documented["data"],
    )

    assert render("network_alert", event) == compact(documented)


@pytest.mark.parametrize("name", EXAMPLES)
def test_sample_is_the_documented_example(name):
    documented = read_payload(name)
    event_type = alert_event_type(documented["metadata"]["alert_name"])
    sample = get_format("network_alert").sample(event_type)

    assert render("network_alert", sample) == compact(documented)


def test_time_has_whole_seconds():
    event = change_event("alert.x", occurred_at="2026-01-23T22:40:03.999999+01:00")

    body = json.loads(render("network_alert", event))
    assert body["metadata"]["timestamp"] == "2026-01-23T21:40:03Z"


def test_letters_stay_as_they_are():
    event = change_event("alert.x", data={"device": "Schalter Büro 🔌"})

    assert '"data":{"device":"Schalter Büro 🔌"}' in render("network_alert", event)


def test_incident_is_refused():
    with pytest.raises(UnsupportedEvent, match="it is for alerts only"):
        render("network_alert", change_event("incident.opened"))


@pytest.mark.parametrize(
    ("pattern", "uncarried"),
    [
        ("alert.*", None),
        ("alert.device_boot", None),
        ("incident.*", "incident.opened"),
        ("*", "incident.opened"),
    ],
)
def test_patterns(pattern, uncarried):
    assert find_uncarried_type("network_alert", pattern) == uncarried
