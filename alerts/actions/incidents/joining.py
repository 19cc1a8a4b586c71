"""Related failures join the incident that is open, instead of opening another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.fields.json import KeyTransform

from alerts.actions.incidents.opening import NewIncident, build_link
from alerts.actions.incidents.telling import add_entry, lock_incidents, store_changes
from alerts.actions.preferences import find_preferences
from alerts.datatypes import MANUAL
from alerts.models import (
    Incident,
    IncidentEntry,
    IncidentService,
    Preferences,
    Service,
)
from alerts.severity import describe_status, find_worst_severity
from integrations_project.lib.rows import insert_row

if TYPE_CHECKING:
    from accounts.datatypes import Actor

Relation = Preferences.Relation


def join_related(
    service: Service,
    new: NewIncident,
    *,
    status: str,
    actor: Actor,
    now: datetime,
    begin: Callable[[UUID], None] | None = None,
) -> Incident | None:
    """Let a new failure join an open incident of a related service, if there is one.

    The caller holds `lock_incident_numbers`, so that of failures at the same moment
    the second finds what the first opened. Nobody is told.

    Args:
        service: What fails.
        new: The incident that would be opened otherwise.
        status: What the service's source says.
        actor: Who says so.
        now: Counts the minutes since an incident was opened.
        begin: Called with the id of the incident before it is touched.

    Returns:
        The incident with the service in it; None when nothing related is open.
    """
    preferences = find_preferences(service.organization)
    candidates = _list_candidates(service, preferences, now=now)
    if candidates is None:
        return None
    incident = candidates.order_by("pk").first()
    # A person may resolve it at this moment; then the failure is a new incident.
    locked = lock_incidents([incident.pk]).get(incident.pk) if incident else None
    if locked is None or not locked.is_open:
        return None
    if begin is not None:
        begin(locked.pk)
    insert_row(build_link(locked, service, new, now=now))
    severity = find_worst_severity([locked.severity, new.severity])
    said = [f"{describe_status(service.name, status)}, and joined.", new.message]
    if severity != locked.severity:
        said.append(f"The severity is {severity} now.")
    store_changes(locked, now=now, severity=severity)
    message = " ".join(filter(None, said))
    kind = IncidentEntry.Kind.LINKED
    add_entry(locked, kind, actor=actor, now=now, message=message)
    return locked


def _list_candidates(
    service: Service, preferences: Preferences, *, now: datetime
) -> QuerySet[Incident] | None:
    """Return open incidents of related services, that this service is not in yet.

    What a person opened is theirs: nothing joins it by itself.
    """
    links = _relate(service, preferences)
    if links is None or not preferences.join_minutes:
        return None
    of_incident = IncidentService.objects.filter(
        incident=OuterRef("pk"), resolved_at=None
    )
    return Incident.objects.filter(
        Exists(links.filter(incident=OuterRef("pk"), resolved_at=None)),
        ~Exists(of_incident.filter(service=service)),
        ~Q(source_kind=MANUAL.kind),
        organization=service.organization_id,
        status=Incident.Status.OPENED,
        opened_at__gte=now - timedelta(minutes=preferences.join_minutes),
    )


def _relate(
    service: Service, preferences: Preferences
) -> QuerySet[IncidentService] | None:
    """Return the links of related services; None when nothing makes one related."""
    links = IncidentService.objects.all()
    match preferences.related_by:
        case Relation.GROUP if service.group:
            return links.filter(service__group=service.group)
        case Relation.NETWORK if service.network_id:
            return links.filter(service__network=service.network_id)
        case Relation.LABEL if value := _find_label(service, preferences):
            # By transform: a label's name may hold what Django takes for a lookup.
            named = KeyTransform(preferences.related_label, "service__labels")
            return links.annotate(label_value=named).filter(label_value=value)
    return None


def _find_label(service: Service, preferences: Preferences) -> object:
    labels = service.labels if isinstance(service.labels, dict) else {}
    return labels.get(preferences.related_label)
