"""The message of e-mail and chat services: written once, read when it is sent."""

from __future__ import annotations

import json

import pytest

from tests.webhooks.formats.documented import change_event
from webhooks.datatypes import EVENT_TYPES
from webhooks.formats import get_format, render
from webhooks.formats.message import read_message

TYPES = [*EVENT_TYPES, "alert.ap_radar_hit", "test.verify"]


def body_of(event_type, **data):
    return render("message", change_event(event_type, **data)).encode()


@pytest.mark.parametrize("event_type", TYPES)
def test_every_type_is_read_as_it_was_written(event_type):
    body = body_of(event_type)

    message = read_message(body)

    document = json.loads(body)
    assert message.title == document["title"]
    assert [list(fact) for fact in message.facts] == document["facts"]
    assert message.tone in {"good", "warning", "bad", "neutral"}


def test_plain_text_has_text_facts_and_link():
    message = read_message(body_of("service.status_changed", message="Fans are loud"))

    assert message.title == "Example service is degraded"
    assert message.plain_text.startswith("Fans are loud\n\nBefore: Operational")


def test_title_is_one_line():
    message = read_message(body_of("incident.opened", title="a\r\nBcc: b@example.com"))

    assert message.title == "Incident opened: #1 a Bcc: b@example.com"


@pytest.mark.parametrize(
    "body", [b"", b"nonsense", b"[]", b"{}", b'{"title": 7}', b'{"text": "a"}', b"\xff"]
)
def test_body_of_another_format_is_told_as_it_is(body):
    message = read_message(body)

    assert message.title == "Message from Signalpost"
    assert message.text == body.decode("utf-8", "replace")


def test_webhooks_do_not_use_it():
    assert get_format("message").kinds == {"email", "chat"}
