"""OpenStatus' webhook notification.

Source: https://docs.openstatus.dev/alerting/providers/webhook (read 2026-11).
"""

from __future__ import annotations

from integrations_project.lib.json_types import JSONObject
from receivers.presets.base import Headers, Preset, Shape, has_object, has_text


def is_monitor(body: JSONObject, headers: Headers) -> bool:
    """Whether a monitor failed, slowed down or recovered."""
    del headers
    return (
        has_object(body, "monitor")
        and "cronTimestamp" in body
        and has_text(body, "status")
    )


PRESET = Preset(
    name="openstatus",
    label="OpenStatus",
    about="Monitors: error is down, degraded is degraded, recovered is operational.",
    source="https://docs.openstatus.dev/alerting/providers/webhook (read 2026-11)",
    shapes=(
        Shape(
            name="monitor",
            matches=is_monitor,
            status_field="status",
            message_field="errorMessage",
            service_name_field="monitor.name ?? monitor.url",
            key_field="monitor.id",
            time_field="cronTimestamp",
        ),
    ),
    mapping={
        "operational": ("recovered",),
        "degraded": ("degraded",),
        "down": ("error",),
    },
    steps=(
        "In OpenStatus open Notifications, Add notification, Webhook.",
        "Paste {url} and choose the monitors that report.",
    ),
    sample={
        "monitor": {"id": 1, "name": "API Gateway", "url": "https://api.example.com"},
        "cronTimestamp": 1_795_166_000_307,
        "status": "error",
        "statusCode": 503,
        "errorMessage": "Service Unavailable",
    },
)
