"""A service's change of status, as Bleemeo sends the events of a metric.

The organization is the account, the network the agent, the service the metric.

Source: https://docs.bleemeo.com/alerting/integrations/webhook (read 2026-11).
"""

from __future__ import annotations

from webhooks.datatypes import EventSnapshot
from webhooks.formats.base import (
    JSON,
    WEBHOOK_ONLY,
    dump,
    in_seconds,
    iso,
    iso_seconds,
    refuse,
)
from webhooks.formats.samples import build_sample

SAMPLE_TYPE = "service.status_changed"
#: Ours to the number and the word; what is not in it is unknown.
STATUSES = {
    "operational": (0, "OK"),
    "degraded": (1, "Warning"),
    "down": (2, "Critical"),
}
UNKNOWN = (3, "Unknown")


class StatusEventFormat:
    """The status as a number from 0 to 3, with the times around it."""

    name = "status_event"
    label = "Status event"
    description = "Changes of a service's status only, as a number from 0 to 3."
    kinds = WEBHOOK_ONLY
    content_type = JSON

    def carries(self, event_type: str) -> bool:
        """Carry what tells a service's status only."""
        return event_type in ("service.status_changed", "service.reminder")

    def render(self, snapshot: EventSnapshot) -> str:
        """Return all fields of the vendor's table, in its order."""
        if not self.carries(snapshot.type):
            refuse(self.name, snapshot, only="changes of a service's status")
        data = snapshot.data
        service = data["service"]
        network = service["network"]
        status, word = STATUSES.get(data["status"], UNKNOWN)
        happened_at = iso_seconds(snapshot.occurred_at)
        changed_before = data["previous_status_since"]
        subject = " - ".join(
            ([network["label"]] if network else []) + [service["name"]]
        )
        return dump(
            {
                "id": snapshot.id,
                "account": snapshot.organization_id,
                # Always an id, as there: a service of no network is its own agent.
                "agent": network["id"] if network else service["id"],
                "metric": service["id"],
                "status": status,
                "status_text": word,
                "text": data["message"] or f"Current status: {data['status']}",
                "title": f"{subject} is {word}",
                "status_changed_at": happened_at,
                "previous_status_changed_at": in_seconds(changed_before),
                "number_status_change_last_hour": data["changes_last_hour"],
                # This body is the notification.
                "has_been_notified": True,
                "created_at": iso(snapshot.occurred_at),
                "created_by": None,
                "modified_at": iso(snapshot.occurred_at),
                "modified_by": None,
                "happened_at": happened_at,
            }
        )

    def sample(self, event_type: str) -> EventSnapshot:
        """Return a made-up change of a status."""
        return build_sample(event_type if self.carries(event_type) else SAMPLE_TYPE)
