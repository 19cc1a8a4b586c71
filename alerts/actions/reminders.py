"""What is still bad is told again, as often as a rule says: reminders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from alerts.actions.incidents.telling import build_incident_event
from alerts.actions.lasting import stop_repeating
from alerts.actions.quiet import find_silencer, list_active_windows
from alerts.actions.routing import describe_event
from alerts.actions.rule_loading import build_spec, load_targets
from alerts.conditions import find_active, matches
from alerts.datatypes import Source, StatusUpdate
from alerts.models import Incident, Rule, RuleState, Service, Status, StatusChange
from alerts.snapshots import build_status_change_snapshot
from integrations_project.lib.clock import database_now
from integrations_project.lib.ids import uuid7
from webhooks import actions as webhooks
from webhooks.datatypes import NewEvent

if TYPE_CHECKING:
    from accounts.models import Organization

#: How many a run takes; the next one, a minute later, goes on.
MAX_STATES = 2000
FLAPPING_PERIOD = timedelta(hours=1)
#: What is told again began as one of these.
_BEGINNINGS = {"incident": "incident.opened", "service": "service.status_changed"}
_BAD = (Status.DEGRADED, Status.DOWN)


def send_reminders(*, now: datetime) -> int:
    """Tell again what is still bad and due to be told again.

    ``incident.reminder`` and ``service.reminder`` carry what is so now, and go to the
    targets of the rule alone. After a pause, one is sent and not one for each that was
    missed. An incident that somebody has acknowledged is not repeated, nor is what a
    window silences. Two runs at
    the same time send each once: the time of the next is moved by a conditional
    update, in the transaction that publishes.

    Args:
        now: The database's time.

    Returns:
        How many events were published.
    """
    rows = RuleState.objects.filter(next_repeat_at__lte=now)
    due = rows.order_by("subject_kind", "subject_id", "pk").values_list(
        "subject_kind", "subject_id", "pk"
    )
    count = 0
    for subject, group in groupby(due[:MAX_STATES], key=lambda row: (row[0], row[1])):
        state_ids = [pk for _, _, pk in group]
        with transaction.atomic():
            count += _remind(subject, state_ids, now=now)
    return count


def _remind(
    subject: tuple[str, UUID], state_ids: Sequence[int], *, now: datetime
) -> int:
    """Tell the rules that remember one subject, with its row locked."""
    kind, key = subject
    if kind == "incident" and _is_taken(key):
        stop_repeating(subject)
        return 0
    found = find_happening(kind, key, now=now)
    states = RuleState.objects.filter(pk__in=state_ids, next_repeat_at__lte=now)
    if found is None:
        # It was deleted, or is no longer bad.
        states.delete()
        return 0
    organization, event = found
    count = 0
    windows = list_active_windows(organization.pk, now=database_now())
    is_silent = find_silencer(windows, describe_event(event)) is not None
    for state in states.select_related("rule").order_by("pk"):
        if _move(state, event, now=now, is_silent=is_silent):
            targets = load_targets([state.rule_id]).get(state.rule_id, set())
            told = replace(event, id=uuid7(), destination_ids=frozenset(targets))
            webhooks.publish(organization, told)
            count += 1
    return count


def _move(state: RuleState, event: NewEvent, *, now: datetime, is_silent: bool) -> bool:
    """Set when the next is due; tell whether this one is ours to send now."""
    rule: Rule = state.rule
    repeat = timedelta(seconds=rule.repeat_seconds or 0)
    assert state.next_repeat_at is not None  # the query asks for it
    speaks = bool(rule.repeat_seconds) and rule.enabled and asks_for(rule, event)
    active_at = find_active(rule.active_hours, now)
    following: datetime | None = None
    if speaks and active_at > now:
        following = active_at  # outside its hours nothing is told
    elif rule.repeat_seconds and rule.enabled:
        missed = (now - state.next_repeat_at) // repeat
        following = state.next_repeat_at + repeat * (missed + 1)
    is_sent = speaks and active_at <= now and not is_silent
    rows = RuleState.objects.filter(pk=state.pk, next_repeat_at=state.next_repeat_at)
    changed = rows.update(
        next_repeat_at=following, repeat_count=state.repeat_count + int(is_sent)
    )
    return bool(changed) and is_sent


def asks_for(rule: Rule, event: NewEvent) -> bool:
    """Whether the rule would still tell of what is bad, as rule and event are now."""
    began = _BEGINNINGS[event.subject_kind]
    return matches(build_spec(rule), replace(describe_event(event), type=began))


def _is_taken(key: UUID) -> bool:
    """Whether somebody looks after an incident; acknowledging stops the repetition."""
    return Incident.objects.filter(pk=key, acknowledged=True).exists()


def find_happening(
    kind: str, key: UUID, *, now: datetime
) -> tuple[Organization, NewEvent] | None:
    """Return what is bad still as the event that tells it again, its row locked.

    Args:
        kind: ``incident`` or ``service``.
        key: Of the incident or the service.
        now: When it is told.

    Returns:
        None when it is over, or gone.
    """
    return _find_incident(key, now) if kind == "incident" else _find_service(key, now)


def _find_incident(key: UUID, now: datetime) -> tuple[Organization, NewEvent] | None:
    rows = Incident.objects.select_for_update(of=("self",), no_key=True)
    incident = rows.select_related("organization").filter(pk=key).first()
    if incident is None or not incident.is_open:
        return None
    event, _ = build_incident_event(incident, "reminder", trace=incident.trace, now=now)
    return incident.organization, replace(event, is_direct=True)


def _find_service(key: UUID, now: datetime) -> tuple[Organization, NewEvent] | None:
    rows = Service.objects.select_for_update(of=("self",), no_key=True)
    service = rows.select_related("organization", "network").filter(pk=key).first()
    if service is None or service.status not in _BAD:
        return None
    return service.organization, build_service_reminder(service, now=now)


def build_service_reminder(service: Service, *, now: datetime) -> NewEvent:
    """Return ``service.reminder``: the change that made it so, told as it is now."""
    changes = StatusChange.objects.filter(service=service)
    last, *before = changes.order_by("-changed_at", "-pk")[:2]
    update = StatusUpdate(
        status=service.status,
        source=Source(
            kind=last.source_kind, id=last.source_id, label=last.source_label
        ),
        message=service.status_message,
        receipt_id=last.receipt_id,
        trace=last.trace,
        now=now,
    )
    network = service.network
    return NewEvent(
        type="service.reminder",
        data=build_status_change_snapshot(
            service,
            update,
            previous_status=last.previous_status,
            previous_since=before[0].changed_at if before else service.created_at,
            changes_last_hour=changes.filter(
                changed_at__gt=now - FLAPPING_PERIOD
            ).count(),
        ),
        occurred_at=now,
        trace=last.trace,
        subject_kind="service",
        subject_id=str(service.pk),
        subject_label=service.name,
        network_id=network.pk if network else None,
        network_name=network.label if network else "",
        is_direct=True,
    )
