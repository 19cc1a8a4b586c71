"""What every format has in common, and the registry's contract.

A format turns an event's snapshot into a body. It is pure: no database, clock or
network, so equal snapshots give equal bytes.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, NoReturn, Protocol
from uuid import UUID

from webhooks.datatypes import EventSnapshot
from webhooks.exceptions import UnsupportedEvent

JSON = "application/json"
WEBHOOK_ONLY = frozenset({"webhook"})
WEBHOOK_AND_CHAT = frozenset({"webhook", "chat"})
SAMPLE_TIME = datetime(2026, 1, 23, 21, 40, 3, tzinfo=UTC)
SAMPLE_ID = str(UUID("01890000-0000-7000-8000-000000000001"))
SAMPLE_TRACE = str(UUID("01890000-0000-7000-8000-000000000002"))


class Format(Protocol):
    """One shape of body that a destination can ask for."""

    name: str  #: as stored and in the API
    label: str  #: as screens show it
    description: str  #: one sentence for the form
    kinds: frozenset[str]  #: of destinations that may use it: webhook, email, chat
    content_type: str  #: of the body, for the request's header

    def carries(self, event_type: str) -> bool:
        """Whether an event of this type has a body in this format."""

    def render(self, snapshot: EventSnapshot) -> str:
        """Return the exact body.

        Raises:
            UnsupportedEvent: The format cannot carry this type of event.
        """

    def sample(self, event_type: str) -> EventSnapshot:
        """Return a made-up event that this format carries, for Verify and help.

        Args:
            event_type: The type to show; one that the format does not carry
                is answered with one that it does.
        """


def dump(document: Any) -> str:
    """Return compact JSON; keys keep their order, so equal values give equal text."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def iso(moment: datetime) -> str:
    """Return a time as the API writes it: ISO 8601, UTC, with ``Z``."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def iso_seconds(moment: datetime) -> str:
    """Return a time in whole seconds with ``Z``: 2026-01-23T21:40:03Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def in_seconds(text: str) -> str:
    """Return a time of an event's data, cut to whole seconds."""
    return iso_seconds(datetime.fromisoformat(text))


def in_milliseconds(text: str) -> str:
    """Return a time of an event's data, cut to milliseconds: …03.500Z, always three."""
    moment = datetime.fromisoformat(text).astimezone(UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def refuse(format_name: str, snapshot: EventSnapshot, *, only: str) -> NoReturn:
    """Say that a format cannot carry an event, and what it is for."""
    raise UnsupportedEvent(
        f"The format {format_name} cannot carry {snapshot.type}; it is for {only} only."
    )
