"""Incidents as Metaplane sends them, with both lists of monitors.

A service of ours stands for a monitor. What identifies one of several states of a
service is the monitor's group: as its sender says, else its group and the key that a
receiver tells it apart by.

Source: https://docs.metaplane.dev/docs/webhooks (read 2026-11).
"""

from __future__ import annotations

import base64
from typing import Any

from webhooks.datatypes import EventSnapshot
from webhooks.formats.base import JSON, WEBHOOK_ONLY, dump, in_milliseconds, refuse
from webhooks.formats.samples import build_sample

SAMPLE_TYPE = "incident.opened"
MONITOR_TYPE = "SERVICE_STATUS"


class IncidentFormat:
    """The incident with the monitors that it affects; times in milliseconds."""

    name = "incident"
    label = "Incident"
    description = "Incidents only, with the monitors that are affected."
    kinds = WEBHOOK_ONLY
    content_type = JSON

    def carries(self, event_type: str) -> bool:
        """Carry incidents only."""
        return event_type.startswith("incident.")

    def render(self, snapshot: EventSnapshot) -> str:
        """Return the incident; equal ``idempotencyId`` means equal bytes."""
        if not self.carries(snapshot.type):
            refuse(self.name, snapshot, only="incidents")
        data = snapshot.data
        updated_at = in_milliseconds(data["updated_at"])
        services = {service["id"]: service for service in data["services"]}
        affected = [(link, services[link["service"]]) for link in data["affected"]]
        return dump(
            {
                "id": data["id"],
                "createdAt": in_milliseconds(data["opened_at"]),
                "updatedAt": updated_at,
                "idempotencyId": build_idempotency_id(data["id"], updated_at),
                "status": data["status"],
                "acknowledged": data["acknowledged"],
                "acknowledgedAt": _time(data["acknowledged_at"]),
                "incidentUrl": data["url"],
                "labels": [
                    {"id": label, "name": label} for label in _words(data["labels"])
                ],
                "affectedMonitors": [_show(*each) for each in affected],
                "affectedMonitors_v2": [_show_v2(*each) for each in affected],
            }
        )

    def sample(self, event_type: str) -> EventSnapshot:
        """Return a made-up incident."""
        return build_sample(event_type if self.carries(event_type) else SAMPLE_TYPE)


def build_idempotency_id(incident_id: str, updated_at: str) -> str:
    """Return the standard base64 of ``{id}-{updatedAt}``, with its padding."""
    return base64.b64encode(f"{incident_id}-{updated_at}".encode()).decode()


def _show(link: dict[str, Any], service: dict[str, Any]) -> dict[str, Any]:
    """Show a service as the first list does: what it is about is on the monitor."""
    entity = _entity(service)
    return {
        "id": link["id"],
        "linkedAt": in_milliseconds(link["linked_at"]),
        "resolvedAt": _time(link["resolved_at"]),
        "monitor": {
            "id": service["id"],
            "type": MONITOR_TYPE,
            "name": service["name"],
            "entityType": entity["entityType"],
            "absolutePath": entity["absolutePath"],
            "tags": _tags(service),
            "owners": [],
        },
        "group": _group(link, service),
        "connections": _connections(service),
    }


def _show_v2(link: dict[str, Any], service: dict[str, Any]) -> dict[str, Any]:
    """Show a service as the second list does; ``monitor`` is a list there."""
    return {
        "id": link["id"],
        "monitor": [
            {
                "id": service["id"],
                "name": service["name"],
                "type": MONITOR_TYPE,
                "tags": _tags(service),
                "entities": [_entity(service)],
                "owners": [],
            }
        ],
        "group": _group(link, service),
        "linkedAt": in_milliseconds(link["linked_at"]),
        "resolvedAt": _time(link["resolved_at"]),
        "connections": _connections(service),
    }


def _entity(service: dict[str, Any]) -> dict[str, str]:
    network = service["network"]
    return {
        "id": service["id"],
        "connectionId": network["id"] if network else "",
        "entityType": service["entity_type"] or "service",
        "absolutePath": service["absolute_path"] or service["name"],
    }


def _group(
    link: dict[str, Any], service: dict[str, Any]
) -> list[dict[str, str]] | None:
    if link.get("group"):  # as its sender says
        return [{"name": p["name"], "value": p["value"]} for p in link["group"]]
    pairs = {"group": service["group"], "key": link["key"]}
    return [{"name": n, "value": v} for n, v in pairs.items() if v] or None


def _connections(service: dict[str, Any]) -> list[dict[str, str]]:
    network = service["network"]
    if not network:
        return []
    return [{"id": network["id"], "name": network["label"], "type": "network"}]


def _tags(service: dict[str, Any]) -> list[dict[str, str]]:
    return [{"name": label} for label in _words(service["labels"])]


def _words(labels: dict[str, Any]) -> list[str]:
    """Return labels, name to value, as ``name:value``; without a value, the name."""
    return [
        name if value in (None, "", True) else f"{name}:{value}"
        for name, value in labels.items()
    ]


def _time(text: str | None) -> str | None:
    return None if text is None else in_milliseconds(text)
