"""Azure Monitor's action groups with the common alert schema.

Source: https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-common-schema
(read 2026-11).
"""

from __future__ import annotations

from integrations_project.lib.json_types import JSONObject, JSONValue
from receivers.presets.base import Headers, Preset, Shape, dig, has_text

SCHEMA = "azureMonitorCommonAlertSchema"
MILD = ("Sev2", "Sev3", "Sev4")


def is_alert(body: JSONObject, headers: Headers) -> bool:
    """Whether an alert fired or was resolved."""
    del headers
    return body.get("schemaId") == SCHEMA and has_text(
        body, "data", "essentials", "monitorCondition"
    )


def is_test(body: JSONObject, headers: Headers) -> bool:
    """Whether somebody pressed Test action group: its rules are named so."""
    rule = str(dig(body, "data", "essentials", "alertRule"))
    return is_alert(body, headers) and rule.startswith("test-")


def is_other(body: JSONObject, headers: Headers) -> bool:
    """Whether it is one of the schemas that Azure had before."""
    del headers
    return str(body.get("schemaId", "")).lower().startswith("azuremonitor") or (
        body.get("schemaId") == "Microsoft.Insights/activityLogs"
    )


def refine(body: JSONValue, raw: str) -> str:
    """Say how severe an alert is that fired; Sev0 and Sev1 take a service down."""
    severity = str(dig(body, "data", "essentials", "severity"))
    return f"{raw} ({severity})" if raw == "Fired" and severity in MILD else raw


PRESET = Preset(
    name="azure",
    label="Azure Monitor",
    about="Alerts of the common schema: Sev0 and Sev1 are down, the others degraded.",
    source=(
        "https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-common-schema "
        "(read 2026-11)"
    ),
    shapes=(
        Shape(
            name="test",
            matches=is_test,
            quiet="test",
            sentence="Somebody tested the action group.",
        ),
        Shape(
            name="alert",
            matches=is_alert,
            status_field="data.essentials.monitorCondition",
            message_field="data.essentials.description ?? data.essentials.alertRule",
            service_name_field=(
                "data.essentials.configurationItems.0 ?? data.essentials.alertRule"
            ),
            key_field="data.essentials.alertId",
            time_field=(
                "data.essentials.resolvedDateTime ?? data.essentials.firedDateTime"
            ),
            refine=refine,
        ),
        Shape(
            name="other",
            matches=is_other,
            quiet="unsupported",
            sentence="Switch the common alert schema on in the action group.",
        ),
    ),
    mapping={
        "operational": ("resolved",),
        "degraded": tuple(f"fired ({severity.lower()})" for severity in MILD),
        "down": ("fired",),
    },
    steps=(
        "In the Azure portal open Monitor, Alerts, Action groups, Create.",
        "Under Actions choose Webhook and paste {url} as URI.",
        "Switch Enable the common alert schema to Yes.",
        "Name the action group in your alert rules.",
    ),
    sample={
        "schemaId": SCHEMA,
        "data": {
            "essentials": {
                "alertId": "/subscriptions/1/providers/Microsoft/alerts/2",
                "alertRule": "Error rate",
                "severity": "Sev1",
                "signalType": "Metric",
                "monitorCondition": "Fired",
                "monitoringService": "Platform",
                "configurationItems": ["API Gateway"],
                "firedDateTime": "2026-11-20T09:12:44.3713213Z",
                "description": "5 % of requests fail",
                "essentialsVersion": "1.0",
                "alertContextVersion": "1.0",
            },
            "alertContext": {},
        },
    },
)
