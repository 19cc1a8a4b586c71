"""What the outside is shown of services and incidents, in the API and in events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings

from alerts.models import Incident, IncidentEntry, Service

if TYPE_CHECKING:
    from datetime import datetime

#: An incident that is posted to for days keeps a readable payload.
MAX_UPDATES = 100


def format_time(moment: datetime | None) -> str | None:
    """Return a time in ISO 8601 with ``Z``; None stays None."""
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")


def build_service_snapshot(service: Service) -> dict[str, Any]:
    """Return a service as the API shows it; reads its network."""
    network = service.network
    return {
        "id": str(service.pk),
        "name": service.name,
        "description": service.description,
        "status": service.status,
        "status_since": format_time(service.status_since),
        "network": None
        if network is None
        else {"id": str(network.pk), "label": network.label},
        "group": service.group,
        "entity_type": service.entity_type,
        "absolute_path": service.absolute_path,
        "labels": service.labels,
        "created_at": format_time(service.created_at),
    }


def build_incident_snapshot(incident: Incident) -> dict[str, Any]:
    """Return an incident as the API shows it.

    Reads ``affected__service`` and ``entries``: prefetch both for a list. Times are
    ISO 8601 with ``Z``; ``updates`` is the timeline, the oldest first, of which the
    last hundred lines are told.
    """
    is_receiver = incident.source_kind == "receiver"
    return {
        "id": str(incident.pk),
        "number": incident.number,
        "title": incident.title,
        "status": incident.status,
        "severity": incident.severity,
        "acknowledged": incident.acknowledged,
        "acknowledged_at": format_time(incident.acknowledged_at),
        "acknowledged_by": incident.acknowledged_by or None,
        "opened_at": format_time(incident.opened_at),
        "resolved_at": format_time(incident.resolved_at),
        "updated_at": format_time(incident.updated_at),
        "services": _list_services(incident),
        "receiver": incident.source_id if is_receiver else None,
        "monitors": [incident.source_id] if incident.source_kind == "monitor" else [],
        "labels": incident.labels,
        "updates": _list_updates(incident),
        "url": settings.SITE_URL + incident.get_absolute_url(),
        "source_kind": incident.source_kind,
        "source_label": incident.source_label,
        "trace": str(incident.trace),
    }


def _list_services(incident: Incident) -> list[dict[str, Any]]:
    # One service may be in it under several keys; it is named once.
    services: dict[str, dict[str, Any]] = {}
    for link in incident.affected.all():
        service = link.service
        services[str(service.pk)] = {
            "id": str(service.pk),
            "name": service.name,
            "status": service.status,
        }
    return list(services.values())


def _list_updates(incident: Incident) -> list[dict[str, Any]]:
    return [_show_entry(entry) for entry in list(incident.entries.all())[-MAX_UPDATES:]]


def _show_entry(entry: IncidentEntry) -> dict[str, Any]:
    return {
        "id": str(entry.pk),
        "kind": entry.kind,
        "message": entry.message,
        "actor": entry.actor_label,
        "created_at": format_time(entry.created_at),
    }
