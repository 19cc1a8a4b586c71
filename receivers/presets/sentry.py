"""Sentry's integration platform: issues and metric alerts.

Source: https://docs.sentry.io/organization/integrations/integration-platform/webhooks/
(read 2026-11).
"""

from __future__ import annotations

from integrations_project.lib.json_types import JSONObject, JSONValue
from receivers.presets.base import (
    Headers,
    Preset,
    Shape,
    Signing,
    dig,
    has_object,
    has_text,
    header,
)

RESOURCE = "Sentry-Hook-Resource"
TIME = "header:Sentry-Hook-Timestamp"


def is_issue(body: JSONObject, headers: Headers) -> bool:
    """Whether an issue was created, resolved, ignored or assigned."""
    del headers
    return has_text(body, "data", "issue", "status") and has_text(body, "action")


def is_metric_alert(body: JSONObject, headers: Headers) -> bool:
    """Whether a metric alert changed; its own status is a number that says less."""
    del headers
    return has_object(body, "data", "metric_alert") and has_text(body, "action")


def is_installation(body: JSONObject, headers: Headers) -> bool:
    """Whether the integration was installed or removed."""
    return header(headers, RESOURCE) == "installation" or (
        has_object(body, "data", "installation") and has_text(body, "action")
    )


def is_other(body: JSONObject, headers: Headers) -> bool:
    """Whether it is one of Sentry's other resources, such as comments."""
    is_named = bool(header(headers, RESOURCE))
    return is_named or (has_object(body, "installation") and has_text(body, "action"))


def refine(body: JSONValue, raw: str) -> str:
    """Say when an unresolved issue is fatal."""
    is_fatal = dig(body, "data", "issue", "level") == "fatal"
    return f"{raw} (fatal)" if raw == "unresolved" and is_fatal else raw


PRESET = Preset(
    name="sentry",
    label="Sentry",
    about=(
        "An unresolved issue degrades, a fatal one takes down; metric alerts by their "
        "level."
    ),
    source=(
        "https://docs.sentry.io/organization/integrations/integration-platform/"
        "webhooks/ (read 2026-11)"
    ),
    shapes=(
        Shape(
            name="installation",
            matches=is_installation,
            quiet="test",
            sentence="The integration was installed or removed.",
        ),
        Shape(
            name="issue",
            matches=is_issue,
            status_field="data.issue.status",
            message_field="data.issue.title",
            service_name_field="data.issue.project.name ?? data.issue.project.slug",
            key_field="data.issue.id",
            time_field=TIME,
            refine=refine,
        ),
        Shape(
            name="metric alert",
            matches=is_metric_alert,
            status_field="action",
            message_field="data.description_title ?? data.metric_alert.title",
            service_name_field=(
                "data.metric_alert.projects.0 ?? data.metric_alert.alert_rule.name"
            ),
            key_field="data.metric_alert.alert_rule.id ?? data.metric_alert.id",
            time_field=TIME,
        ),
        Shape(
            name="other",
            matches=is_other,
            quiet="unsupported",
            sentence="Only issues and metric alerts are read; choose these resources.",
        ),
    ),
    mapping={
        "operational": ("resolved",),
        "degraded": ("unresolved", "warning"),
        "down": ("unresolved (fatal)", "critical"),
    },
    steps=(
        "In Sentry open Settings, Custom Integrations, Create New Integration, "
        "Internal.",
        "Paste {url} as Webhook URL and switch Alert Rule Action on.",
        "Under Permissions let it read issues; under Webhooks tick issue.",
        "Save, and paste the Client Secret as the secret of this receiver.",
    ),
    sample={
        "action": "created",
        "installation": {"uuid": "a8e5d37a-696c-4c54-adb5-b3f28d64c7de"},
        "data": {
            "issue": {
                "id": "1170820242",
                "shortId": "API-9",
                "title": "OperationalError: connection refused",
                "level": "fatal",
                "status": "unresolved",
                "project": {"id": "1", "name": "API Gateway", "slug": "api"},
            }
        },
        "actor": {"type": "application", "id": "sentry", "name": "Sentry"},
    },
    sample_headers={RESOURCE: "issue"},
    signing=Signing(scheme="hex", header="Sentry-Hook-Signature"),
    delivery_id_field="header:Request-ID",
)
