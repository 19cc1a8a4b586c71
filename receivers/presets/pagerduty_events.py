"""What tools post to PagerDuty's Events API, version 2, posted here instead.

Source: https://developer.pagerduty.com/docs/send-alert-event (read 2026-11).
"""

from __future__ import annotations

from integrations_project.lib.json_types import JSONObject, JSONValue
from receivers.presets.base import Headers, Preset, Shape, dig, has_text

MILD = ("warning", "info")


def is_alert(body: JSONObject, headers: Headers) -> bool:
    """Whether an alert is triggered, acknowledged or resolved."""
    del headers
    return has_text(body, "event_action") and (
        "routing_key" in body or "dedup_key" in body
    )


def is_change(body: JSONObject, headers: Headers) -> bool:
    """Whether it is a change event, which is no alert."""
    del headers
    return (
        "routing_key" in body
        and "event_action" not in body
        and has_text(body, "payload", "summary")
    )


def refine(body: JSONValue, raw: str) -> str:
    """Say how severe a triggered alert is."""
    severity = str(dig(body, "payload", "severity") or "")
    return f"{raw} ({severity})" if raw == "trigger" and severity in MILD else raw


PRESET = Preset(
    name="pagerduty_events",
    label="PagerDuty Events v2 format",
    about="For tools that can send alerts to PagerDuty: give them this URL instead.",
    source="https://developer.pagerduty.com/docs/send-alert-event (read 2026-11)",
    shapes=(
        Shape(
            name="change",
            matches=is_change,
            quiet="unsupported",
            sentence="A change event tells of a change, not of a status.",
        ),
        Shape(
            name="alert",
            matches=is_alert,
            status_field="event_action",
            message_field="payload.summary",
            service_name_field=(
                "payload.component ?? payload.source ?? client ?? dedup_key"
            ),
            key_field="dedup_key",
            time_field="payload.timestamp",
            refine=refine,
        ),
    ),
    mapping={
        "operational": ("resolve",),
        "degraded": tuple(f"trigger ({severity})" for severity in MILD),
        "down": ("trigger", "acknowledge"),
    },
    steps=(
        "In the tool that reports to PagerDuty replace "
        "https://events.pagerduty.com/v2/enqueue by {url}.",
        "Any routing key will do; it is not read.",
    ),
    sample={
        "routing_key": "any",
        "event_action": "trigger",
        "dedup_key": "api-errors",
        "payload": {
            "summary": "5 % of requests fail",
            "source": "api-1.example.com",
            "severity": "critical",
            "component": "API Gateway",
            "timestamp": "2026-11-20T09:12:44.315+0000",
        },
    },
)
