"""Grafana's webhook contact point, and the notification channel it had before.

Source: https://grafana.com/docs/grafana/latest/alerting/configure-notifications/
manage-contact-points/integrations/webhook-notifier/ (read 2026-11).
"""

from __future__ import annotations

from integrations_project.lib.json_types import JSONObject
from receivers.presets.alertmanager import MILD, refine
from receivers.presets.base import Headers, Preset, Shape, Signing, dig


def is_group(body: JSONObject, headers: Headers) -> bool:
    """Whether a body is a group of alerts; Alertmanager's has no ``orgId``."""
    del headers
    return isinstance(body.get("alerts"), list) and "orgId" in body


def is_test(body: JSONObject, headers: Headers) -> bool:
    """Whether somebody pressed Test at the contact point."""
    labels = dig(body, "alerts", 0, "labels")
    return (
        is_group(body, headers)
        and dig(labels, "alertname") == "TestAlert"
        and dig(labels, "instance") == "Grafana"
    )


def is_legacy(body: JSONObject, headers: Headers) -> bool:
    """Whether it is from the alerting that Grafana had until version 10."""
    del headers
    return {"ruleId", "ruleName", "state"} <= body.keys()


def is_legacy_test(body: JSONObject, headers: Headers) -> bool:
    """Whether somebody pressed Send Test at the notification channel."""
    return is_legacy(body, headers) and body.get("ruleName") == "Test notification"


PRESET = Preset(
    name="grafana",
    label="Grafana",
    about="Each alert of a group on its own; Grafana's earlier alerting too.",
    source=(
        "https://grafana.com/docs/grafana/latest/alerting/configure-notifications/ "
        "(read 2026-11)"
    ),
    shapes=(
        Shape(
            name="test",
            matches=is_test,
            quiet="test",
            sentence="Somebody pressed Test at the contact point.",
        ),
        Shape(
            name="alerts",
            matches=is_group,
            items_path="alerts[]",
            status_field="status",
            message_field="annotations.summary ?? annotations.description",
            service_name_field="labels.service ?? labels.job ?? labels.alertname",
            key_field="fingerprint ?? labels.alertname",
            time_field="endsAt ?? startsAt",
            refine=refine,
        ),
        Shape(
            name="legacy test",
            matches=is_legacy_test,
            quiet="test",
            sentence="Somebody pressed Send Test at the notification channel.",
        ),
        Shape(
            name="legacy",
            matches=is_legacy,
            status_field="state",
            message_field="message ?? title",
            service_name_field="ruleName",
            key_field="ruleId",
        ),
    ),
    mapping={
        "operational": ("resolved", "ok"),
        "degraded": ("no_data", *(f"firing ({severity})" for severity in MILD)),
        "down": ("firing", "alerting"),
    },
    steps=(
        "In Grafana open Alerting, Contact points, Add contact point.",
        "Choose the integration Webhook and paste {url} as URL.",
        "Under optional settings paste the secret as HMAC signature secret.",
        "Press Test, then name the contact point in a notification policy.",
    ),
    sample={
        "receiver": "Signalpost",
        "status": "firing",
        "orgId": 1,
        "version": "1",
        "groupKey": '{}:{alertname="HighErrorRate"}',
        "groupLabels": {"alertname": "HighErrorRate"},
        "commonLabels": {"alertname": "HighErrorRate"},
        "commonAnnotations": {},
        "externalURL": "https://grafana.example.com/",
        "truncatedAlerts": 0,
        "title": "[FIRING:1] HighErrorRate",
        "state": "alerting",
        "message": "**Firing**",
        "alerts": [
            {
                "status": "firing",
                "labels": {"alertname": "HighErrorRate", "service": "API Gateway"},
                "annotations": {"summary": "5 % of requests fail"},
                "startsAt": "2026-11-20T09:12:44.125+01:00",
                "endsAt": "0001-01-01T00:00:00Z",
                "generatorURL": "https://grafana.example.com/alerting/1/view",
                "fingerprint": "c5a1f5a0b7e2d9f4",
                "values": {"A": 5.1},
            }
        ],
    },
    signing=Signing(scheme="hex", header="X-Grafana-Alerting-Signature"),
)
