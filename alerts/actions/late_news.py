"""What windows kept rules from telling is told when they are over."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from alerts.actions.incidents.telling import build_incident_event, lock_incidents
from alerts.actions.quiet import (
    ActiveWindow,
    find_covering,
    find_incident_silencer,
    keep_silenced,
    list_active_windows,
    to_thing,
)
from alerts.actions.reminders import build_service_reminder
from alerts.actions.routing import Late, publish_late
from alerts.actions.rule_loading import load_targets
from alerts.models import Incident, RuleState, Service, Silenced, Status
from alerts.window_words import say_held_back
from webhooks import actions as webhooks

if TYPE_CHECKING:
    from alerts.actions.lasting import Subject

_BAD = (Status.DEGRADED, Status.DOWN)


@dataclass(slots=True)
class _Told:
    """Whom incidents told already, for each of their services."""

    by_service: dict[UUID, set[UUID]] = field(default_factory=dict)
    count: int = 0


def tell_late_news(organization_id: UUID, *, now: datetime) -> int:
    """Tell rules what is bad still and no window silences any more.

    ``incident.reminder`` and ``service.reminder`` go to the targets of the rules
    that were kept from telling, each destination once. Run twice at the same time,
    each is told once: its row is removed in the transaction that publishes, with the
    subject locked.

    Returns:
        How many events were published.
    """
    rows = Silenced.objects.filter(organization=organization_id)
    due = list(rows.order_by("subject_kind", "pk").values_list("subject_kind", "pk"))
    told = _Told()
    # "incident" comes before "service": what says more is told first.
    for kind, row_id in due:
        with transaction.atomic():
            if kind == "incident":
                _tell_incident(row_id, told, now=now)
            else:
                _tell_service(row_id, told, now=now)
    return told.count


def hold_back(organization_id: UUID, *, now: datetime) -> int:
    """Cancel what waits to be told of what a window silences; it is owed from now on.

    Returns:
        How many subjects had something that waited.
    """
    windows = list_active_windows(organization_id, now=now)
    if not windows:
        return 0
    held = RuleState.objects.filter(
        rule__organization=organization_id, told_at__gt=now
    ).values_list("subject_kind", "subject_id")
    count = 0
    for subject in sorted(set(held), reverse=True):  # services before incidents
        with transaction.atomic():
            window = _find_silencer(subject, windows, now=now)
            if window is not None:
                count += _hold_back(organization_id, subject, window, now=now)
    return count


def _find_silencer(
    subject: Subject, windows: Collection[ActiveWindow], *, now: datetime
) -> ActiveWindow | None:
    """Return the window that silences a subject, whose row is locked."""
    kind, key = subject
    if kind == "incident":
        incident = lock_incidents([key]).get(key)
        return None if incident is None else find_incident_silencer(incident, now=now)
    rows = Service.objects.select_for_update(of=("self",), no_key=True)
    service = rows.filter(pk=key).first()
    return None if service is None else find_covering(windows, [to_thing(service)])


def _hold_back(
    organization_id: UUID, subject: Subject, window: ActiveWindow, *, now: datetime
) -> int:
    kind, key = subject
    states = list(
        RuleState.objects.filter(subject_kind=kind, subject_id=key, told_at__gt=now)
    )
    targets = load_targets([state.rule_id for state in states])
    reason = say_held_back(window.title)
    reasons = {each: reason for ids in targets.values() for each in ids}
    cancelled = webhooks.cancel_held(reasons, subject_kind=kind, subject_id=str(key))
    # A rule whose targets a pump took in time has told them.
    missed = [s for s in states if cancelled & targets.get(s.rule_id, set())]
    if not missed:
        return 0
    RuleState.objects.filter(pk__in=[state.pk for state in missed]).delete()
    row = Silenced.objects.filter(subject_kind=kind, subject_id=key).first()
    if row is None:
        row = Silenced(
            organization_id=organization_id,
            window_id=window.id,
            subject_kind=kind,
            subject_id=key,
            since=min(state.since for state in missed),
            was_told=True,
            rule_ids=[],
        )
    if row.rule_ids is not None:
        row.rule_ids = [*row.rule_ids, *(str(state.rule_id) for state in missed)]
    keep_silenced([row])
    return 1


def _tell_incident(row_id: int, told: _Told, *, now: datetime) -> None:
    """Tell an incident that opened while a window was on."""
    key = _find_subject(row_id)
    incident = None if key is None else lock_incidents([key]).get(key)
    row = Silenced.objects.filter(pk=row_id).first()
    if row is None:
        return
    if incident is None or not incident.is_open:
        row.delete()
        return
    if find_incident_silencer(incident, now=now) is not None:
        return
    row.delete()
    destinations, service_ids = _publish_incident(incident, row, now=now)
    for service_id in service_ids:
        told.by_service.setdefault(service_id, set()).update(destinations)
    told.count += bool(destinations)


def _publish_incident(
    incident: Incident, row: Silenced, *, now: datetime
) -> tuple[frozenset[UUID], list[UUID]]:
    event, service_ids = build_incident_event(
        incident, "reminder", trace=incident.trace, now=now
    )
    late = Late(
        stands_for="incident.opened",
        since=row.since,
        rule_ids=row.rule_ids,
        service_ids=service_ids,
    )
    return publish_late(incident.organization, event, late), service_ids


def _tell_service(row_id: int, told: _Told, *, now: datetime) -> None:
    """Tell a service that became bad while a window was on."""
    key = _find_subject(row_id)
    rows = Service.objects.select_for_update(of=("self",), no_key=True)
    service = (
        rows.select_related("organization", "network").filter(pk=key).first()
        if key is not None
        else None
    )
    row = Silenced.objects.filter(pk=row_id).first()
    if row is None:
        return
    if service is None:
        row.delete()
        return
    windows = list_active_windows(service.organization_id, now=now)
    if find_covering(windows, [to_thing(service)]) is not None:
        return
    row.delete()
    if service.status not in _BAD:
        return
    event = build_service_reminder(service, now=now)
    late = Late(
        stands_for="service.status_changed",
        since=row.since,
        rule_ids=row.rule_ids,
        service_ids=[service.pk],
        but_not=told.by_service.get(service.pk, ()),
    )
    destinations = publish_late(service.organization, event, late)
    told.count += bool(destinations)


def _find_subject(row_id: int) -> UUID | None:
    rows = Silenced.objects.filter(pk=row_id)
    return rows.values_list("subject_id", flat=True).first()
