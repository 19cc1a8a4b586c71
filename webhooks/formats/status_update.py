"""A service's status as a receiver takes it, so that one installation feeds another.

The fields are those of Alert24's receivers (https://alert24.net/docs, webhook
receivers, read 2026-11), with the time and the id of the event beside them.
"""

from __future__ import annotations

from webhooks.datatypes import EventSnapshot
from webhooks.formats.base import JSON, WEBHOOK_ONLY, dump, iso, refuse
from webhooks.formats.samples import build_sample

SAMPLE_TYPE = "service.status_changed"


class StatusUpdateFormat:
    """``{"service_name", "status", "message", "occurred_at", "event_id"}``."""

    name = "status_update"
    label = "Status update"
    description = "Changes of a service's status only, as a receiver takes them."
    kinds = WEBHOOK_ONLY
    content_type = JSON

    def carries(self, event_type: str) -> bool:
        """Carry what tells a service's status only."""
        return event_type in ("service.status_changed", "service.reminder")

    def render(self, snapshot: EventSnapshot) -> str:
        """Return the status; its words are those that receivers know by themselves."""
        if not self.carries(snapshot.type):
            refuse(self.name, snapshot, only="changes of a service's status")
        data = snapshot.data
        return dump(
            {
                "service_name": data["service"]["name"],
                "status": data["status"],
                "message": data["message"],
                "occurred_at": iso(snapshot.occurred_at),
                "event_id": snapshot.id,
            }
        )

    def sample(self, event_type: str) -> EventSnapshot:
        """Return a made-up change of a status."""
        return build_sample(event_type if self.carries(event_type) else SAMPLE_TYPE)
