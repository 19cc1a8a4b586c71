"""What the outside is shown of services and incidents, in the API and in events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings

from alerts.models import Incident, IncidentEntry, IncidentService, Service
from alerts.staleness import find_stale_since

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from accounts.models import User
    from alerts.datatypes import StatusUpdate
    from alerts.error_budget import Budget, Burn

#: An incident that is posted to for days keeps a readable payload.
MAX_UPDATES = 100


def format_time(moment: datetime | None) -> str | None:
    """Return a time in ISO 8601 with ``Z``; None stays None."""
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")


def build_incident_snapshot(
    incident: Incident, *, entries: Iterable[IncidentEntry] | None = None
) -> dict[str, Any]:
    """Return an incident as the API shows it.

    Reads ``owner`` and ``affected__service__network``: fetch them with a list.
    Times are ISO 8601 with ``Z``; ``services`` has each service once, ``affected``
    each of its states from when to when; ``updates`` is the timeline, the oldest
    first, of which the last hundred lines are told.

    Args:
        incident: As it is stored.
        entries: Its last hundred lines, when a list has read them; None reads them.
    """
    is_receiver = incident.source_kind == "receiver"
    merged_into = incident.merged_into_id
    return {
        "id": str(incident.pk),
        "number": incident.number,
        "title": incident.title,
        "status": incident.status,
        "severity": incident.severity,
        "acknowledged": incident.acknowledged,
        "acknowledged_at": format_time(incident.acknowledged_at),
        "acknowledged_by": incident.acknowledged_by or None,
        "owner": _show_person(incident.owner),
        "opened_at": format_time(incident.opened_at),
        "resolved_at": format_time(incident.resolved_at),
        "updated_at": format_time(incident.updated_at),
        "services": _list_services(incident),
        "affected": [_show_link(link) for link in incident.affected.all()],
        "receiver": incident.source_id if is_receiver else None,
        "monitors": _list_monitors(incident),
        "labels": incident.labels,
        "post_mortem": incident.post_mortem,
        "merged_into": str(merged_into) if merged_into else None,
        "updates": _list_updates(incident, entries),
        "url": settings.SITE_URL + incident.get_absolute_url(),
        "source_kind": incident.source_kind,
        "source_label": incident.source_label,
        "trace": str(incident.trace),
    }


def build_status_change_snapshot(
    service: Service,
    update: StatusUpdate,
    *,
    previous_status: str,
    previous_since: datetime,
    changes_last_hour: int,
) -> dict[str, Any]:
    """Return a change of a service's status, as ``service.status_changed`` tells it.

    ``stale_since`` is since when there is no news from one of its sources, or null.

    Args:
        service: As it is now; its network is read.
        update: What made it so.
        previous_status: What it showed before.
        previous_since: Since when it showed that.
        changes_last_hour: How often it changed in the last hour, this time included.
    """
    return {
        "service": _show_service(service),
        "status": service.status,
        "previous_status": previous_status,
        "message": service.status_message,
        "receipt": str(update.receipt_id) if update.receipt_id else None,
        "source": {"kind": update.source.kind, "label": update.source.label},
        "status_since": format_time(service.status_since),
        "previous_status_since": format_time(previous_since),
        "changes_last_hour": changes_last_hour,
        "stale_since": format_time(find_stale_since(service)),
        "url": settings.SITE_URL + service.get_absolute_url(),
    }


def build_burning_snapshot(
    service: Service,
    *,
    budget: Budget,
    share: float | None,
    burn: Burn,
    since: datetime,
) -> dict[str, Any]:
    """Return what ``uptime.budget_burning`` tells; its message is added by the caller.

    Args:
        service: Its network is read.
        budget: Of the last 30 days; what is left may be below 0.
        share: Uptime of these days, 0 to 1; None when nothing was counted.
        burn: How fast, and in which window.
        since: When it was first seen to burn.
    """
    return {
        "service": _show_service(service),
        "target_percent": round(budget.target * 100, 4),
        "uptime_percent": None if share is None else round(share * 100, 4),
        "budget_left_percent": round(budget.left_percent, 2),
        "budget_left_seconds": round(budget.left_seconds, 3),
        "burn_rate": round(burn.rate, 2),
        "burn_window_seconds": round(burn.window.total_seconds()),
        "burning_since": format_time(since),
        "message": "",
        "url": settings.SITE_URL + service.get_absolute_url(),
    }


def _show_service(service: Service) -> dict[str, Any]:
    """Return of a service what tells it apart and where it belongs."""
    return {
        "id": str(service.pk),
        "name": service.name,
        "group": service.group,
        "entity_type": service.entity_type,
        "absolute_path": service.absolute_path,
        "labels": service.labels if isinstance(service.labels, dict) else {},
        "network": _show_network(service),
    }


def _show_network(service: Service) -> dict[str, str] | None:
    network = service.network
    if network is None:
        return None
    return {"id": str(network.pk), "label": network.label}


def _show_person(user: User | None) -> dict[str, str] | None:
    return None if user is None else {"id": str(user.pk), "name": str(user)}


def _list_monitors(incident: Incident) -> list[str]:
    """Return the monitors that opened it or joined it, the first first."""
    sources: list[Incident | IncidentService] = [incident, *incident.affected.all()]
    ids = (each.source_id for each in sources if each.source_kind == "monitor")
    return list(dict.fromkeys(ids))


def _list_services(incident: Incident) -> list[dict[str, Any]]:
    # One service may be in it under several keys; it is named once.
    services: dict[str, dict[str, Any]] = {}
    for link in incident.affected.all():
        service = link.service
        services[str(service.pk)] = _show_service(service) | {"status": service.status}
    return list(services.values())


def _show_link(link: IncidentService) -> dict[str, Any]:
    return {
        "id": str(link.pk),
        "service": str(link.service_id),
        "key": link.key,
        "group": link.group,
        "source_kind": link.source_kind,
        "source_label": link.source_label,
        "linked_at": format_time(link.linked_at),
        "resolved_at": format_time(link.resolved_at),
    }


def _list_updates(
    incident: Incident, entries: Iterable[IncidentEntry] | None
) -> list[dict[str, Any]]:
    if entries is None:
        entries = incident.entries.order_by("-id")[:MAX_UPDATES]
    lines = sorted(entries, key=lambda entry: entry.pk)
    return [_show_entry(entry) for entry in lines]


def _show_entry(entry: IncidentEntry) -> dict[str, Any]:
    return {
        "id": str(entry.pk),
        "kind": entry.kind,
        "message": entry.message,
        "actor": entry.actor_label,
        "created_at": format_time(entry.created_at),
    }
