"""An event as a short message, for e-mail and for the services that Apprise reaches.

What the message looks like there is decided when it is sent; what it says is written
down once, so that every retry says the same.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from webhooks.datatypes import EventSnapshot
from webhooks.formats.announcement import announce
from webhooks.formats.base import JSON, dump
from webhooks.formats.samples import build_sample

KINDS = frozenset({"email", "chat"})
UNKNOWN_TITLE = "Message from Signalpost"


class MessageFormat:
    """``{"title", "text", "facts": [[name, value]], "url", "tone", "actions"}``.

    ``actions`` is there when something can be done by a link: ``[[label, url]]``.
    """

    name = "message"
    label = "Message"
    description = (
        "Every event as title, text, facts and link: e-mail and chat services."
    )
    kinds = KINDS
    content_type = JSON

    def carries(self, event_type: str) -> bool:
        """Carry every type of event."""
        return bool(event_type)

    def render(self, snapshot: EventSnapshot) -> str:
        """Return the message; ``tone`` is good, warning, bad or neutral."""
        told = announce(snapshot)
        document: dict[str, Any] = {
            "title": told.title,
            "text": told.text,
            "facts": [list(fact) for fact in told.facts],
            "url": told.url,
            "tone": told.tone,
        }
        if told.actions:
            document["actions"] = [list(each) for each in told.actions]
        return dump(document)

    def sample(self, event_type: str) -> EventSnapshot:
        """Return a made-up event of the type, else a plain test event."""
        return build_sample(event_type)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A stored message, read again."""

    title: str  #: one line, never empty
    text: str
    facts: tuple[tuple[str, str], ...]
    url: str
    tone: str
    actions: tuple[tuple[str, str], ...] = ()  #: label and link that does it

    @property
    def plain_text(self) -> str:
        """Return everything below the title as plain text."""
        facts = "\n".join(f"{name}: {value}" for name, value in self.facts)
        actions = "\n".join(f"{label}: {url}" for label, url in self.actions)
        parts = (self.text, facts, self.url, actions)
        return "\n\n".join(part for part in parts if part)


def read_message(body: bytes) -> Message:
    """Return the message in a stored body.

    A body of another format, from before the destination was changed, is told as it
    is rather than lost.
    """
    try:
        document = json.loads(body)
        return Message(
            title=" ".join(document["title"].split()) or UNKNOWN_TITLE,
            text=document["text"],
            facts=tuple((name, value) for name, value in document["facts"]),
            url=document["url"],
            tone=document["tone"],
            actions=tuple((label, url) for label, url in document.get("actions", ())),
        )
    except (ValueError, KeyError, TypeError, AttributeError):
        text = body.decode("utf-8", "replace")
        return Message(title=UNKNOWN_TITLE, text=text, facts=(), url="", tone="neutral")
