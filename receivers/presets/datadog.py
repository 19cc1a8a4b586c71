"""Datadog's webhooks integration, whose payload its owner writes with variables.

Source: https://docs.datadoghq.com/integrations/webhooks/ (read 2026-11).
"""

from __future__ import annotations

from integrations_project.lib.json_types import JSONObject
from receivers.presets.base import Headers, Preset, Shape, has_text

PAYLOAD = (
    '{"alert_id": "$ALERT_ID", "alert_cycle_key": "$ALERT_CYCLE_KEY", '
    '"alert_transition": "$ALERT_TRANSITION", "alert_type": "$ALERT_TYPE", '
    '"title": "$EVENT_TITLE", "alert_title": "$ALERT_TITLE", '
    '"service": "$TAGS[service]", "hostname": "$HOSTNAME", "date": "$DATE"}'
)


def is_alert(body: JSONObject, headers: Headers) -> bool:
    """Whether a monitor changed its state."""
    del headers
    return has_text(body, "alert_transition") and "alert_id" in body


def is_test(body: JSONObject, headers: Headers) -> bool:
    """Whether somebody pressed Test Notifications in a monitor."""
    return is_alert(body, headers) and "[TEST]" in str(body.get("title", ""))


PRESET = Preset(
    name="datadog",
    label="Datadog",
    about="Monitors by their transition; a warning degrades, a recovery restores.",
    source="https://docs.datadoghq.com/integrations/webhooks/ (read 2026-11)",
    shapes=(
        Shape(
            name="test",
            matches=is_test,
            quiet="test",
            sentence="Somebody pressed Test Notifications in a monitor.",
        ),
        Shape(
            name="alert",
            matches=is_alert,
            status_field="alert_transition",
            message_field="title ?? alert_title ?? alert_metric",
            service_name_field=(
                "service ?? alert_title ?? hostname ?? alert_metric ?? alert_id"
            ),
            key_field="alert_cycle_key ?? aggreg_key ?? alert_id",
            time_field="date ?? date_posix",
        ),
    ),
    mapping={
        "operational": ("recovered",),
        "degraded": ("warn", "re-warn", "no data", "re-no data"),
        "down": ("triggered", "re-triggered", "alert"),
    },
    steps=(
        "In Datadog open Integrations, Webhooks, New.",
        "Name it signalpost and paste {url} as URL.",
        f"Paste this as payload: {PAYLOAD}",
        "Write @webhook-signalpost into the message of your monitors.",
    ),
    sample={
        "alert_id": "1234",
        "alert_cycle_key": "8877665544332211",
        "alert_transition": "Triggered",
        "alert_type": "error",
        "title": "[Triggered] Error rate is high",
        "alert_title": "Error rate is high",
        "service": "API Gateway",
        "hostname": "api-1",
        "date": "1795166000000",
    },
)
