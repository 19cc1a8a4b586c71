"""Messages for Discord: what they show, what is escaped, what Discord would refuse."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.webhooks.formats.documented import change_event
from webhooks.datatypes import EVENT_TYPES
from webhooks.formats import render
from webhooks.formats.discord import escape

TYPES = [*EVENT_TYPES, "alert.ap_radar_hit", "test.verify"]


def embed_of(event_type, **data):
    message = json.loads(render("discord", change_event(event_type, **data)))
    assert message["allowed_mentions"] == {"parse": []}
    (embed,) = message["embeds"]
    return embed


def check(embed):
    fields = embed.get("fields", [])
    texts = [embed["title"], embed.get("description", "-")]
    assert 1 <= len(texts[0]) <= 256
    assert 1 <= len(texts[1]) <= 4096
    assert len(fields) <= 25
    for each in fields:
        assert 1 <= len(each["name"]) <= 256
        assert 1 <= len(each["value"]) <= 1024
        texts += [each["name"], each["value"]]
    assert sum(map(len, texts)) <= 6000


@pytest.mark.parametrize("event_type", TYPES)
def test_discord_takes_every_type(event_type):
    check(embed_of(event_type))


def test_embed_of_an_incident():
    embed = embed_of("incident.opened", title="Orders are late")

    assert embed["title"] == "Incident opened: \\#1 Orders are late"
    assert embed["color"] == 0xC62828
    assert embed["timestamp"] == "2026-01-23T21:40:03Z"
    assert embed["url"].startswith("http")
    assert embed["fields"][0] == {"name": "Severity", "value": "Minor", "inline": True}


def test_markup_of_others_is_escaped():
    embed = embed_of(
        "incident.opened", title="@everyone [sign in](https://evil) **now**"
    )

    assert "\\[sign in\\](https://evil) \\*\\*now\\*\\*" in embed["title"]


def test_other_addresses_are_no_links():
    assert "url" not in embed_of("incident.opened", url="javascript:alert(1)")


@given(text=st.text(), length=st.integers(2, 50))
def test_escaped_text_keeps_its_limit(text, length):
    escaped = escape(text, limit=length)

    assert 1 <= len(escaped) <= length
    plain = escaped.rstrip("…")
    assert (len(plain) - len(plain.rstrip("\\"))) % 2 == 0 or "…" not in escaped


@given(text=st.text(max_size=9000))
def test_long_texts_are_cut(text):
    check(embed_of("incident.opened", title=text, source_label=text))
