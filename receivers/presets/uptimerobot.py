"""UptimeRobot's webhook, whose body its owner writes with variables.

The setup steps give a body; bodies with the names of UptimeRobot's own examples,
in snake case, are read too.

Source: https://uptimerobot.com/integrations/webhooks-integration/ (read 2026-11).
"""

from __future__ import annotations

from integrations_project.lib.json_types import JSONObject
from receivers.presets.base import Headers, Preset, Shape

BODY = (
    '{"monitorID": "*monitorID*", "monitorFriendlyName": "*monitorFriendlyName*", '
    '"alertType": "*alertType*", "alertDetails": "*alertDetails*", '
    '"alertDateTime": "*alertDateTime*"}'
)


def is_alert(body: JSONObject, headers: Headers) -> bool:
    """Whether a monitor went down or up, or its certificate runs out."""
    del headers
    has_type = "alertType" in body or "alert_type" in body
    return has_type and (
        "monitorFriendlyName" in body or "monitor_friendly_name" in body
    )


PRESET = Preset(
    name="uptimerobot",
    label="UptimeRobot",
    about="One post for each monitor that goes down or up.",
    source="https://uptimerobot.com/integrations/webhooks-integration/ (read 2026-11)",
    shapes=(
        Shape(
            name="alert",
            matches=is_alert,
            status_field="alertType ?? alert_type",
            message_field="alertDetails ?? alert_details",
            service_name_field="monitorFriendlyName ?? monitor_friendly_name",
            key_field=(
                "monitorID ?? monitor_id ?? monitorFriendlyName ?? "
                "monitor_friendly_name"
            ),
            time_field="alertDateTime ?? alert_date_time",
        ),
    ),
    # 1 is down, 2 is up, 3 a certificate that runs out soon.
    mapping={"operational": ("2", "up"), "degraded": ("3",), "down": ("1", "down")},
    steps=(
        "In UptimeRobot open Integrations & API, Webhook, Add.",
        "Paste {url} as URL to notify, choose POST and Send as JSON.",
        f"Paste this as POST value: {BODY}",
        "Tick the integration in your monitors.",
    ),
    sample={
        "monitorID": "777810874",
        "monitorFriendlyName": "API Gateway",
        "alertType": "1",
        "alertDetails": "HTTP 503 - Service Unavailable",
        "alertDateTime": "1795166000",
    },
)
