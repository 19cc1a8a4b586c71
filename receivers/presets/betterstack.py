"""Better Stack's outgoing webhooks for incidents.

Source: https://betterstack.com/docs/uptime/webhooks/ (read 2026-11).
"""

from __future__ import annotations

from integrations_project.lib.json_types import JSONObject
from receivers.presets.base import Headers, Preset, Shape, dig, has_object, has_text

STATES = (
    "started", "created", "reopened", "acknowledged", "unacknowledged", "resolved",
)  # fmt: skip


def is_incident(body: JSONObject, headers: Headers) -> bool:
    """Whether an incident started, was acknowledged or ended."""
    del headers
    return dig(body, "data", "type") == "incident" and body.get("event") in STATES


def is_other(body: JSONObject, headers: Headers) -> bool:
    """Whether it is about a comment, a monitor's settings or the on-call contact."""
    del headers
    return (
        has_text(body, "event")
        and has_object(body, "data", "attributes")
        and has_text(body, "data", "type")
    )


PRESET = Preset(
    name="betterstack",
    label="Better Stack",
    about="Incidents: started is down, resolved is operational.",
    source="https://betterstack.com/docs/uptime/webhooks/ (read 2026-11)",
    shapes=(
        Shape(
            name="incident",
            matches=is_incident,
            status_field="event",
            message_field="data.attributes.cause",
            service_name_field="data.attributes.name ?? data.attributes.url",
            key_field="data.id",
            time_field="data.attributes.resolved_at ?? data.attributes.started_at",
        ),
        Shape(
            name="other",
            matches=is_other,
            quiet="unsupported",
            sentence="Only incidents are read; choose the incident webhook.",
        ),
    ),
    mapping={
        "operational": ("resolved",),
        "down": tuple(state for state in STATES if state != "resolved"),
    },
    steps=(
        "In Better Stack open Integrations, Exporting data, Outgoing webhooks.",
        "Press Configure, choose the type Incident and paste {url}.",
    ),
    sample={
        "event": "started",
        "data": {
            "id": "25",
            "type": "incident",
            "attributes": {
                "name": "API Gateway",
                "url": "https://api.example.com",
                "cause": "Status 503",
                "started_at": "2026-11-20T09:12:44.151Z",
                "acknowledged_at": None,
                "resolved_at": None,
            },
            "relationships": {"monitor": {"data": {"id": "4", "type": "monitor"}}},
        },
    },
)
