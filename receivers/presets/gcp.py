"""Google Cloud Monitoring's webhook notification channel.

Source: https://cloud.google.com/monitoring/support/notification-options#webhooks
(read 2026-11).
"""

from __future__ import annotations

from integrations_project.lib.json_types import JSONObject
from receivers.presets.base import Headers, Preset, Shape, has_text


def is_incident(body: JSONObject, headers: Headers) -> bool:
    """Whether an incident was opened or closed."""
    del headers
    return has_text(body, "incident", "incident_id") and has_text(
        body, "incident", "state"
    )


def is_test(body: JSONObject, headers: Headers) -> bool:
    """Whether somebody pressed Test connection."""
    return is_incident(body, headers) and body.get("version") == "test"


PRESET = Preset(
    name="gcp",
    label="Google Cloud Monitoring",
    about="Incidents: open is down, closed is operational.",
    source=(
        "https://cloud.google.com/monitoring/support/notification-options "
        "(read 2026-11)"
    ),
    shapes=(
        Shape(
            name="test",
            matches=is_test,
            quiet="test",
            sentence="Somebody tested the connection.",
        ),
        Shape(
            name="incident",
            matches=is_incident,
            status_field="incident.state",
            message_field="incident.summary ?? incident.condition_name",
            service_name_field=(
                "incident.resource_display_name ?? incident.resource_name ?? "
                "incident.policy_name"
            ),
            key_field="incident.incident_id",
            time_field="incident.ended_at ?? incident.started_at",
        ),
    ),
    mapping={"operational": ("closed",), "down": ("open", "acknowledged")},
    steps=(
        "In the Google Cloud console open Monitoring, Alerting, Edit notification "
        "channels.",
        "Beside Webhooks press Add new and paste {url} as Endpoint URL.",
        "Press Test connection, save, and name the channel in your policies.",
    ),
    sample={
        "version": "1.2",
        "incident": {
            "incident_id": "0.lj2va6zdkemq",
            "resource_name": "API Gateway",
            "resource": {"type": "gce_instance", "labels": {"zone": "europe-west1-b"}},
            "state": "open",
            "started_at": 1_795_166_000,
            "ended_at": None,
            "policy_name": "Error rate",
            "condition_name": "5xx above 5 %",
            "url": "https://console.cloud.google.com/monitoring/alerting/incidents/1",
            "summary": "5 % of requests fail",
        },
    },
)
