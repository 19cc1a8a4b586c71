"""The product's own format: type, timestamp, data.

Source: https://github.com/standard-webhooks/standard-webhooks, payload structure
(read 2026-11).
"""

from __future__ import annotations

from webhooks.datatypes import EventSnapshot
from webhooks.formats.base import JSON, WEBHOOK_ONLY, dump, iso
from webhooks.formats.samples import build_sample


class StandardFormat:
    """``{"type", "timestamp", "data"}``; ``data`` holds the trace too."""

    name = "standard"
    label = "Standard"
    description = "Every event, as type, timestamp and data."
    kinds = WEBHOOK_ONLY
    content_type = JSON

    def carries(self, event_type: str) -> bool:
        """Carry every type of event."""
        return bool(event_type)

    def render(self, snapshot: EventSnapshot) -> str:
        """Return the full snapshot with its type and time."""
        return dump(
            {
                "type": snapshot.type,
                "timestamp": iso(snapshot.occurred_at),
                "data": {**snapshot.data, "trace": snapshot.trace},
            }
        )

    def sample(self, event_type: str) -> EventSnapshot:
        """Return a made-up event of the type, else a plain test event."""
        return build_sample(event_type)
