"""Alerts as Meter's networks send them.

Source: https://docs.meter.com/reference/webhooks (read 2026-11).
"""

from __future__ import annotations

from webhooks.datatypes import EventSnapshot
from webhooks.formats.base import JSON, WEBHOOK_ONLY, dump, iso_seconds, refuse
from webhooks.formats.samples import build_sample

SAMPLE_TYPE = "alert.device_offline"


class NetworkAlertFormat:
    """``{"metadata": {alert_name, network_name, timestamp}, "data": {…}}``."""

    name = "network_alert"
    label = "Network alert"
    description = "Alerts only, as metadata and data; no incidents, no services."
    kinds = WEBHOOK_ONLY
    content_type = JSON

    def carries(self, event_type: str) -> bool:
        """Carry alerts only."""
        return event_type.startswith("alert.")

    def render(self, snapshot: EventSnapshot) -> str:
        """Return the alert's envelope; the time has whole seconds and ``Z``."""
        if not self.carries(snapshot.type):
            refuse(self.name, snapshot, only="alerts")
        data = snapshot.data
        return dump(
            {
                "metadata": {
                    "alert_name": data["alert_name"],
                    "network_name": data.get("network_name") or snapshot.network_name,
                    "timestamp": iso_seconds(snapshot.occurred_at),
                },
                "data": data["data"],
            }
        )

    def sample(self, event_type: str) -> EventSnapshot:
        """Return a made-up alert."""
        return build_sample(event_type if self.carries(event_type) else SAMPLE_TYPE)
