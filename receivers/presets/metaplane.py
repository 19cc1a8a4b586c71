"""Metaplane's incident webhooks.

Source: https://docs.metaplane.dev/docs/webhooks (read 2026-11).
"""

from __future__ import annotations

from integrations_project.lib.json_types import JSONObject
from receivers.presets.base import Headers, Preset, Shape, Signing, has_text

FIRST = "affectedMonitors.0.monitor"
FIRST_V2 = "affectedMonitors_v2.0.monitor.0"


def is_incident(body: JSONObject, headers: Headers) -> bool:
    """Whether an incident was opened, acknowledged or resolved."""
    del headers
    return (
        has_text(body, "status")
        and has_text(body, "idempotencyId")
        and ("affectedMonitors" in body or "affectedMonitors_v2" in body)
    )


PRESET = Preset(
    name="metaplane",
    label="Metaplane",
    about="Incidents: opened is down, resolved is operational.",
    source="https://docs.metaplane.dev/docs/webhooks (read 2026-11)",
    shapes=(
        Shape(
            name="incident",
            matches=is_incident,
            status_field="status",
            message_field=f"{FIRST}.name ?? {FIRST_V2}.name ?? incidentUrl",
            service_name_field=(
                f"{FIRST}.absolutePath ?? {FIRST_V2}.entities.0.absolutePath ?? "
                f"{FIRST}.name ?? {FIRST_V2}.name"
            ),
            key_field="id",
            time_field="updatedAt",
        ),
    ),
    mapping={"operational": ("resolved",), "down": ("opened",)},
    steps=(
        "In Metaplane open the settings of alerts, Add destination, Webhook.",
        "Paste {url} and press Verify in the actions menu.",
        "Under Secure make a key, and paste it as the secret of this receiver.",
    ),
    sample={
        "id": "26345",
        "createdAt": "2026-11-20T09:12:44.243Z",
        "updatedAt": "2026-11-20T09:12:44.243Z",
        "idempotencyId": "MjYzNDUtMjAyNi0xMS0yMFQwOToxMjo0NC4yNDNa",
        "status": "opened",
        "acknowledged": False,
        "acknowledgedAt": None,
        "incidentUrl": "https://app.metaplane.dev/incidents/26345",
        "labels": [],
        "affectedMonitors": [
            {
                "id": "1",
                "monitor": {
                    "id": "2",
                    "type": "ROW_COUNT",
                    "name": "Row count",
                    "entityType": "table",
                    "absolutePath": "DB.SALES.ORDERS",
                },
                "linkedAt": "2026-11-20T09:12:44.243Z",
                "resolvedAt": None,
                "group": None,
            }
        ],
    },
    signing=Signing(scheme="hex", header="x-metaplane-sig"),
    delivery_id_field="idempotencyId",
)
