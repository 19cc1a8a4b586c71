"""Prometheus Alertmanager's webhook receiver, version 4.

Source: https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
(read 2026-11).
"""

from __future__ import annotations

from integrations_project.lib.json_types import JSONObject, JSONValue
from receivers.presets.base import Headers, Preset, Shape, dig

#: Severities that do not take a service down.
MILD = ("warning", "warn", "minor", "info", "informational", "low")


def is_group(body: JSONObject, headers: Headers) -> bool:
    """Whether a body is a group of alerts; Grafana's has an ``orgId`` beside."""
    del headers
    alerts = body.get("alerts")
    return (
        isinstance(alerts, list)
        and "groupKey" in body
        and isinstance(body.get("groupLabels"), dict)
        and "orgId" not in body
    )


def refine(alert: JSONValue, raw: str) -> str:
    """Say how severe a firing alert is, so that a warning only degrades."""
    severity = str(dig(alert, "labels", "severity") or "").strip().lower()
    if raw.lower() == "firing" and severity in MILD:
        return f"{raw} ({severity})"
    return raw


PRESET = Preset(
    name="alertmanager",
    label="Prometheus Alertmanager",
    about="Each alert of a group on its own: firing is down, resolved is operational.",
    source="https://prometheus.io/docs/alerting/latest/configuration/ (read 2026-11)",
    shapes=(
        Shape(
            name="alerts",
            matches=is_group,
            items_path="alerts[]",
            status_field="status",
            message_field=(
                "annotations.summary ?? annotations.description ?? annotations.message"
            ),
            service_name_field=(
                "labels.service ?? labels.job ?? labels.instance ?? labels.alertname"
            ),
            key_field="fingerprint ?? labels.alertname",
            time_field="endsAt ?? startsAt",
            refine=refine,
        ),
    ),
    mapping={
        "operational": ("resolved",),
        "degraded": tuple(f"firing ({severity})" for severity in MILD),
        "down": ("firing",),
    },
    steps=(
        "Open alertmanager.yml.",
        "Add a receiver: name: signalpost, webhook_configs: [{url: {url}, "
        "send_resolved: true}].",
        "Name it in a route: receiver: signalpost, then reload Alertmanager.",
    ),
    sample={
        "version": "4",
        "groupKey": '{}:{alertname="HighErrorRate"}',
        "status": "firing",
        "receiver": "signalpost",
        "groupLabels": {"alertname": "HighErrorRate"},
        "commonLabels": {"alertname": "HighErrorRate", "severity": "critical"},
        "commonAnnotations": {},
        "externalURL": "https://alertmanager.example.com",
        "truncatedAlerts": 0,
        "alerts": [
            {
                "status": "firing",
                "labels": {
                    "alertname": "HighErrorRate",
                    "service": "API Gateway",
                    "severity": "critical",
                },
                "annotations": {"summary": "5 % of requests fail"},
                "startsAt": "2026-11-20T09:12:44.125Z",
                "endsAt": "0001-01-01T00:00:00Z",
                "generatorURL": "https://prometheus.example.com/graph",
                "fingerprint": "c5a1f5a0b7e2d9f4",
            }
        ],
    },
)
