"""Atlassian Statuspage's webhook to subscribers: components and incidents.

Source: https://support.atlassian.com/statuspage/docs/enable-webhook-notifications/
(read 2026-11).
"""

from __future__ import annotations

from integrations_project.lib.json_types import JSONObject, JSONValue
from receivers.presets.base import Headers, Preset, Shape, dig, has_object, has_text

#: States of an incident in which it is not over.
OPEN = ("investigating", "identified", "monitoring", "verifying")


def is_component(body: JSONObject, headers: Headers) -> bool:
    """Whether a component got another status."""
    del headers
    return has_text(body, "component_update", "new_status") and has_object(body, "page")


def is_incident(body: JSONObject, headers: Headers) -> bool:
    """Whether an incident or a maintenance was written or updated."""
    del headers
    return has_text(body, "incident", "status") and has_object(body, "page")


def refine(body: JSONValue, raw: str) -> str:
    """Say how bad an open incident is: its state alone does not tell."""
    impact = str(dig(body, "incident", "impact") or "none")
    return f"{raw} ({impact})" if raw in OPEN else raw


PRESET = Preset(
    name="statuspage",
    label="Atlassian Statuspage",
    about="Components by their status; incidents by their state and impact.",
    source=(
        "https://support.atlassian.com/statuspage/docs/enable-webhook-notifications/ "
        "(read 2026-11)"
    ),
    shapes=(
        Shape(
            name="component",
            matches=is_component,
            status_field="component_update.new_status",
            message_field="component.description ?? page.status_description",
            service_name_field="component.name",
            key_field="component.id ?? component_update.component_id",
            time_field="component_update.created_at",
        ),
        Shape(
            name="incident",
            matches=is_incident,
            status_field="incident.status",
            message_field="incident.incident_updates.0.body ?? incident.name",
            service_name_field=(
                "incident.components.0.name ?? "
                "incident.incident_updates.0.affected_components.0.name ?? page.id"
            ),
            key_field="incident.id",
            time_field="incident.updated_at",
            refine=refine,
        ),
    ),
    mapping={
        "operational": (
            "operational",
            "resolved",
            "postmortem",
            "completed",
            *(f"{state} (none)" for state in OPEN),
        ),
        "degraded": (
            "degraded_performance",
            "partial_outage",
            *(f"{state} (minor)" for state in OPEN),
        ),
        "down": (
            "major_outage",
            *(
                f"{state} ({impact})"
                for state in OPEN
                for impact in ("major", "critical")
            ),
        ),
        "maintenance": (
            "under_maintenance",
            "in_progress",
            *(f"{state} (maintenance)" for state in OPEN),
        ),
    },
    steps=(
        "Open the status page of the service, press Subscribe to updates.",
        "Choose the webhook, paste {url} and an e-mail address for its failures.",
        "Confirm the subscription in the e-mail that arrives.",
    ),
    sample={
        "meta": {"generated_at": "2026-11-20T09:12:44.498Z"},
        "page": {
            "id": "jb7j80lkgqvb",
            "status_indicator": "major",
            "status_description": "Partial System Outage",
        },
        "component": {
            "id": "sqm6pl84wzjc",
            "name": "API Gateway",
            "status": "major_outage",
            "page_id": "jb7j80lkgqvb",
        },
        "component_update": {
            "id": "nd963wv4j30b",
            "component_id": "sqm6pl84wzjc",
            "old_status": "operational",
            "new_status": "major_outage",
            "created_at": "2026-11-20T09:12:44.379Z",
        },
    },
)
