"""Another installation of this product: its formats `status_update` and `standard`.

Source: docs/formats.md.
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

TEST_HEADER = "X-Signalpost-Test"
#: The groups of our event types; another sender's may have the same envelope.
GROUPS = ("alert", "incident", "service", "monitor", "destination", "test")


def is_update(body: JSONObject, headers: Headers) -> bool:
    """Whether it is in the format `status_update`."""
    del headers
    return {"service_name", "status", "occurred_at", "event_id"} <= body.keys()


def is_test_update(body: JSONObject, headers: Headers) -> bool:
    """Whether somebody pressed Verify with that format; only a header tells."""
    return is_update(body, headers) and bool(header(headers, TEST_HEADER))


def is_event(body: JSONObject, headers: Headers) -> bool:
    """Whether it is in the format `standard`."""
    del headers
    group = str(body.get("type", "")).partition(".")[0]
    return (
        group in GROUPS
        and has_text(body, "timestamp")
        and has_text(body, "data", "trace")
    )


def is_test_event(body: JSONObject, headers: Headers) -> bool:
    """Whether somebody pressed Verify."""
    return is_event(body, headers) and body.get("type") == "test.verify"


def is_change(body: JSONObject, headers: Headers) -> bool:
    """Whether a service changed its status."""
    return (
        is_event(body, headers)
        and has_object(body, "data", "service")
        and has_text(body, "data", "status")
    )


def is_incident(body: JSONObject, headers: Headers) -> bool:
    """Whether an incident of a service was opened, changed or resolved."""
    return is_event(body, headers) and has_text(body, "data", "services", 0, "name")


def refine_incident(body: JSONValue, raw: str) -> str:
    """Say when an open incident is a minor one."""
    is_minor = dig(body, "data", "severity") == "minor"
    return f"{raw} (minor)" if raw == "opened" and is_minor else raw


PRESET = Preset(
    name="signalpost",
    label="Signalpost",
    about="Another installation: its service changes, and its incidents.",
    source="docs/formats.md",
    shapes=(
        Shape(
            name="test",
            matches=lambda body, headers: (
                is_test_event(body, headers) or is_test_update(body, headers)
            ),
            quiet="test",
            sentence="Somebody pressed Verify at the other installation.",
        ),
        Shape(
            name="status update",
            matches=is_update,
            status_field="status",
            message_field="message",
            service_name_field="service_name",
            time_field="occurred_at",
        ),
        Shape(
            name="service change",
            matches=is_change,
            status_field="data.status",
            message_field="data.message",
            service_name_field="data.service.name",
            time_field="timestamp",
        ),
        Shape(
            name="incident",
            matches=is_incident,
            status_field="data.status",
            message_field="data.title",
            service_name_field="data.services.0.name",
            key_field="data.id",
            time_field="timestamp",
            refine=refine_incident,
        ),
        Shape(
            name="other",
            matches=is_event,
            quiet="unsupported",
            sentence="Only changes of services and incidents are read.",
        ),
    ),
    mapping={
        "operational": ("resolved",),
        "degraded": ("opened (minor)",),
        "down": ("opened",),
    },
    steps=(
        "At the other installation open Settings, Webhooks, Add webhook.",
        "Paste {url} as URL, choose the format Status update and the event "
        "service.status_changed.",
        "Generate a secret there and paste it as the secret of this receiver.",
        "Press Verify, then Save.",
    ),
    sample={
        "service_name": "API Gateway",
        "status": "down",
        "message": "5 % of requests fail",
        "occurred_at": "2026-11-20T09:12:44.125000Z",
        "event_id": "0193470c-0000-7000-8000-000000000001",
    },
    signing=Signing(scheme="standard_webhooks", header="webhook-signature"),
    delivery_id_field="header:webhook-id ?? event_id",
)
