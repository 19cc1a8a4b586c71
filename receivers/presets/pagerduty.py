"""PagerDuty's webhooks, version 3.

Source: https://developer.pagerduty.com/docs/webhooks-overview (read 2026-11).
"""

from __future__ import annotations

from integrations_project.lib.json_types import JSONObject
from receivers.presets.base import Headers, Preset, Shape, Signing, dig, has_text


def is_ping(body: JSONObject, headers: Headers) -> bool:
    """Whether somebody pressed Send Test Event."""
    del headers
    return dig(body, "event", "event_type") == "pagey.ping"


def is_incident(body: JSONObject, headers: Headers) -> bool:
    """Whether an incident changed; notes and the like have no status."""
    del headers
    return str(dig(body, "event", "event_type")).startswith("incident.") and has_text(
        body, "event", "data", "status"
    )


def is_other(body: JSONObject, headers: Headers) -> bool:
    """Whether it is about something else than an incident's state."""
    del headers
    return has_text(body, "event", "event_type") and has_text(
        body, "event", "resource_type"
    )


PRESET = Preset(
    name="pagerduty",
    label="PagerDuty",
    about="Incidents: triggered and acknowledged are down, resolved is operational.",
    source="https://developer.pagerduty.com/docs/webhooks-overview (read 2026-11)",
    shapes=(
        Shape(
            name="ping",
            matches=is_ping,
            quiet="test",
            sentence="Somebody pressed Send Test Event.",
        ),
        Shape(
            name="incident",
            matches=is_incident,
            status_field="event.data.status",
            message_field="event.data.title",
            service_name_field="event.data.service.summary",
            key_field="event.data.id",
            time_field="event.occurred_at",
        ),
        Shape(
            name="other",
            matches=is_other,
            quiet="unsupported",
            sentence="Only the state of incidents is read; choose the incident events.",
        ),
    ),
    mapping={
        "operational": ("resolved",),
        "down": ("triggered", "acknowledged"),
    },
    steps=(
        "In PagerDuty open Integrations, Generic Webhooks (v3), New Webhook.",
        "Paste {url} as Webhook URL and choose the scope, such as one service.",
        "Choose the events incident.triggered, acknowledged, reopened and resolved.",
        "Save, copy the secret that is shown once, and paste it into this receiver.",
    ),
    sample={
        "event": {
            "id": "01BZYIL05THJDFF2Y08X9SVMTU",
            "event_type": "incident.triggered",
            "resource_type": "incident",
            "occurred_at": "2026-11-20T09:12:44.781Z",
            "data": {
                "id": "PFQZPSY",
                "type": "incident",
                "number": 9,
                "status": "triggered",
                "title": "5 % of requests fail",
                "service": {
                    "id": "PA2P440",
                    "summary": "API Gateway",
                    "type": "service_reference",
                },
                "urgency": "high",
            },
        }
    },
    signing=Signing(scheme="pagerduty", header="X-PagerDuty-Signature"),
    delivery_id_field="event.id",
)
