"""Messages for Slack: what they show, what is escaped, what Slack would refuse."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.webhooks.formats.documented import change_event
from webhooks.datatypes import EVENT_TYPES
from webhooks.formats import render
from webhooks.formats.samples import build_sample
from webhooks.formats.slack import escape

INCIDENT_ID = build_sample("incident.opened").data["id"]
TYPES = [*EVENT_TYPES, "alert.ap_radar_hit", "alert.x", "test.verify"]


def message_of(event_type, **data):
    return json.loads(render("slack", change_event(event_type, **data)))


def list_texts(message):
    """All texts of a message with the most characters that Slack takes there."""
    yield message["text"], 4000
    for block in message["blocks"]:
        if "text" in block:
            yield block["text"]["text"], 3000
        for each in block.get("fields", []):
            yield each["text"], 2000
        for each in block.get("elements", []):
            is_button = each["type"] == "button"
            text = each["text"]["text"] if is_button else each["text"]
            yield text, 75 if is_button else 2000
            yield each.get("url", "-"), 3000


def check(message):
    assert 1 <= len(message["blocks"]) <= 50
    for block in message["blocks"]:
        assert 1 <= len(block.get("fields", [1])) <= 10
    for text, limit in list_texts(message):
        assert 1 <= len(text) <= limit


@pytest.mark.parametrize("event_type", TYPES)
def test_slack_takes_every_type(event_type):
    check(message_of(event_type))


def test_message_of_an_incident():
    message = message_of("incident.opened", title="Orders are late")

    assert message["text"] == "🔴 Incident opened: #1 Orders are late"
    first, _said, facts, actions, footer = message["blocks"]
    assert first["text"]["text"] == "🔴 *Incident opened: #1 Orders are late*"
    assert facts["fields"][0]["text"] == "*Severity*\nMinor"
    assert actions["elements"][0]["url"].endswith(f"/incidents/{INCIDENT_ID}/")
    assert footer["elements"][0]["text"] == (
        "incident.opened · <!date^1769204403^{date_short_pretty} {time_secs}|"
        "2026-01-23T21:40:03Z>"
    )


@pytest.mark.parametrize(
    ("status", "mark"),
    [("operational", "🟢"), ("degraded", "🟡"), ("down", "🔴"), ("maintenance", "🔵")],
)
def test_colour_says_how_bad(status, mark):
    message = message_of("service.status_changed", status=status)

    assert message["text"].startswith(mark)


def test_nobody_can_be_mentioned():
    evil = "<!channel> <@U1> <https://evil.example|Sign in> & co"
    event = change_event("incident.opened", title=evil, source_label=evil)
    body = render("slack", event)

    links = re.findall(r"<[^>]*>", body)
    assert [link[:7] for link in links] == ["<!date^"]
    assert "&lt;!channel&gt;" in body
    texts = [t for b in json.loads(body)["blocks"] for t in b.get("fields", [])]
    assert all(text["verbatim"] for text in texts)


def test_cut_leaves_no_half_entity():
    assert escape("a&b", limit=20) == "a&amp;b"
    assert escape("a&b&c", limit=8) == "a&amp;b…"
    for limit in range(2, 12):
        cut = escape("x&<>&<>", limit=limit)
        assert len(cut) <= limit
        assert "&" not in re.sub(r"&(amp|lt|gt);", "", cut)


@given(
    st.text(max_size=6000),
    st.dictionaries(st.text(max_size=40), st.text(max_size=3000), max_size=30),
)
def test_whatever_an_alert_says_slack_takes(message, details):
    check(message_of("alert.x", data={"message": message, **details}))
