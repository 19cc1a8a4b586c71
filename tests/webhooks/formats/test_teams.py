"""Cards for Teams: the envelope of Workflows, no Markdown of others, the size."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.webhooks.formats.documented import change_event
from webhooks.datatypes import EVENT_TYPES
from webhooks.formats import render

TYPES = [*EVENT_TYPES, "alert.ap_radar_hit", "alert.x", "test.verify"]
MAX_BYTES = 28 * 1024


def card_of(event_type, **data):
    message = json.loads(render("teams", change_event(event_type, **data)))
    [attachment] = message["attachments"]
    assert message["type"] == "message"
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    return attachment["content"]


def list_elements(body):
    for element in body:
        yield element
        yield from list_elements(element.get("items", []))


@pytest.mark.parametrize("event_type", TYPES)
def test_card_of_every_type(event_type):
    card = card_of(event_type)

    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    assert card["$schema"] == "http://adaptivecards.io/schemas/adaptive-card.json"
    kinds = {element["type"] for element in list_elements(card["body"])}
    # A TextBlock would read Markdown.
    assert kinds == {"Container", "RichTextBlock"}
    for element in list_elements(card["body"]):
        runs = element.get("inlines", [{"type": "TextRun", "text": "-"}])
        assert all(run["type"] == "TextRun" and run["text"] for run in runs)


def test_card_of_an_incident():
    card = card_of("incident.resolved", title="Orders are late")
    heading, _said, severity = card["body"][:3]

    assert heading["style"] == "good"
    [title] = heading["items"][0]["inlines"]
    assert title["text"] == "Incident resolved: #1 Orders are late"
    assert [run["text"] for run in severity["inlines"]] == ["Severity: ", "Minor"]
    [button] = card["actions"]
    assert button["type"] == "Action.OpenUrl"
    assert "/incidents/" in button["url"]


def test_event_without_a_page_has_no_button():
    assert "actions" not in card_of("alert.x")


@given(
    st.text(max_size=6000),
    st.dictionaries(st.text(max_size=400), st.text(max_size=600), max_size=30),
)
def test_whatever_an_alert_says_it_fits(message, details):
    body = render(
        "teams", change_event("alert.x", data={"message": message, **details})
    )
    assert len(body.encode(errors="replace")) < MAX_BYTES


def test_worst_case_fits():
    details = {f"{'🔌' * 400}{number}": "🔌" * 600 for number in range(20)}
    event = change_event("alert.x", data={"message": "🔌" * 6000, **details})

    assert len(render("teams", event).encode()) < MAX_BYTES
