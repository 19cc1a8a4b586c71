"""The formats: what each one carries, and the exact body."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from webhooks.datatypes import EVENT_TYPES, EventSnapshot
from webhooks.exceptions import UnknownFormat, UnsupportedEvent
from webhooks.formats import find_uncarried_type, get_format, list_formats

ALERT = EventSnapshot(
    id="e1",
    type="alert.device_offline",
    occurred_at=dt.datetime(2026, 1, 23, 21, 40, 3, 500_000, tzinfo=dt.UTC),
    trace="t1",
    network_name="Main Office",
    data={
        "alert_name": "ALERT_DEVICE_OFFLINE",
        "network_name": "Main Office",
        "timestamp": "2026-01-23T21:40:03Z",
        "data": {"device": "Switch ä"},
    },
)


def test_standard_body():
    assert json.loads(get_format("standard").render(ALERT)) == {
        "type": "alert.device_offline",
        "timestamp": "2026-01-23T21:40:03.500000Z",
        "data": ALERT.data | {"trace": "t1"},
    }


def test_network_alert_body():
    assert get_format("network_alert").render(ALERT) == (
        '{"metadata":{"alert_name":"ALERT_DEVICE_OFFLINE",'
        '"network_name":"Main Office","timestamp":"2026-01-23T21:40:03Z"},'
        '"data":{"device":"Switch ä"}}'
    )


def test_network_alert_refuses_an_incident():
    sample = get_format("standard").sample("incident.opened")

    with pytest.raises(UnsupportedEvent, match=r"cannot carry incident\.opened"):
        get_format("network_alert").render(sample)


@pytest.mark.parametrize("chosen", list_formats(), ids=lambda chosen: chosen.name)
@pytest.mark.parametrize("event_type", [*EVENT_TYPES, "alert.x", "test.verify"])
def test_every_sample_is_carried(chosen, event_type):
    sample = chosen.sample(event_type)

    assert chosen.carries(sample.type)
    assert json.loads(chosen.render(sample))
    assert chosen.render(sample) == chosen.render(chosen.sample(event_type))
    if chosen.carries(event_type):
        assert sample.type == event_type


def test_unknown_name():
    with pytest.raises(UnknownFormat, match="standard, network_alert"):
        get_format("xml")


def test_pattern_that_a_format_cannot_carry():
    assert find_uncarried_type("network_alert", "alert.*") is None
    assert find_uncarried_type("network_alert", "*") == "incident.opened"
    assert find_uncarried_type("standard", "*") is None
