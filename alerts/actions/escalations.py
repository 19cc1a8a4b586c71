"""Incidents on their way through the steps of a policy: begun, taken, stopped."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.datatypes import SYSTEM
from alerts.actions import duty
from alerts.actions.escalation_policies import find_policy
from alerts.actions.incidents.telling import (
    add_entry,
    build_incident_event,
    lock_incidents,
    touch_incident,
)
from alerts.actions.mailboxes import get_mailbox
from alerts.actions.quiet import (
    ActiveWindow,
    find_incident_silencer,
    note_silence,
)
from alerts.models import (
    Escalation,
    EscalationPolicy,
    Incident,
    IncidentEntry,
    OnCallSchedule,
    Service,
)
from integrations_project.lib.clock import database_now
from integrations_project.lib.prepared import Prepared
from webhooks import actions as webhooks
from webhooks.models import Delivery, Destination

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from accounts.datatypes import Actor

logger = logging.getLogger(__name__)

EXHAUSTED = "Every step was taken, and nobody took the incident."
#: Nobody was told in a whole round: the next one is not begun in the same moment.
LEAST_WAIT = timedelta(minutes=1)
#: Incidents that one run of the task takes up, those that wait longest first.
RUN_LIMIT = 500
Kind = IncidentEntry.Kind
# Asked by every recovery of an incident.
_RUNNING = Prepared(
    lambda incident_id: Escalation.objects.filter(
        pk=incident_id, next_at__isnull=False
    ),
    incident_id=UUID(int=1),
)


class _Target(NamedTuple):
    """Whom a step tells: nobody has a sentence that says why."""

    destination: Destination | None
    said: str  # "Ann (on call, Primary)", or why nobody is told


def begin_all(incidents: Collection[Incident], *, now: datetime) -> None:
    """Do `begin` for incidents of one organization; without policies one look."""
    if incidents:
        organization_id = next(iter(incidents)).organization_id
        if EscalationPolicy.objects.filter(organization=organization_id).exists():
            for incident in incidents:
                begin(incident, now=now)


@transaction.atomic
def begin(incident: Incident, *, now: datetime) -> Escalation | None:
    """Let an incident go through the steps of its policy, and take the first.

    The steps are kept as they are now: later changes of the policy do not reach it.
    Doing it again does nothing, so does an incident that somebody looks after.

    Args:
        incident: As it is stored, with the services that it affects.
        now: When it was opened, or became severe enough.

    Returns:
        None when there is no policy for it.
    """
    if not incident.is_open or incident.acknowledged:
        return None
    services = Service.objects.filter(
        affecting__incident=incident, affecting__resolved_at=None
    )
    policy = find_policy(incident, services.distinct())
    if policy is None:
        return None
    escalation, created = Escalation.objects.get_or_create(
        incident=incident,
        defaults={
            "policy_label": policy.label,
            "steps": _copy_steps(policy),
            "rounds_left": policy.repeat_count,
            "next_at": now,
        },
    )
    if not created:
        return None
    while take_step(incident.pk, now=now):
        continue
    escalation.refresh_from_db()
    return escalation


@transaction.atomic(savepoint=False)
def stop(
    incident: Incident, reason: str, *, now: datetime, actor: Actor = SYSTEM
) -> bool:
    """End it, with a line in the timeline.

    Args:
        incident: Whose escalation.
        reason: Why, such as "acknowledged by Ann".
        now: When.
        actor: Who made it so.

    Returns:
        False when there is none that goes on.
    """
    if not _RUNNING.run(incident_id=incident.pk):
        return False
    running = Escalation.objects.filter(pk=incident.pk, next_at__isnull=False)
    if not running.update(next_at=None, stopped_reason=reason[:200]):
        return False
    message = f"Escalation stopped: {reason}."
    add_entry(incident, Kind.ESCALATED, actor=actor, now=now, message=message)
    return True


def take_due_steps(*, now: datetime) -> int:
    """Take every step that is due; two runs at the same time take each once.

    A step that is late, as after a pause, is taken once, and the next one waits its
    minutes from then.

    Returns:
        How many were taken.
    """
    due = Escalation.objects.filter(next_at__lte=now).order_by("next_at")
    count = 0
    for incident_id in list(due.values_list("pk", flat=True)[:RUN_LIMIT]):
        try:
            while take_step(incident_id, now=now):
                count += 1
        except Exception:  # one incident must not keep the others waiting
            logger.exception("escalation failed incident=%s", incident_id)
    return count


@transaction.atomic
def take_step(incident_id: UUID, *, now: datetime) -> bool:
    """Take the next step of an incident if it is due: tell whom it names.

    Position, event, deliveries and the line of the timeline are one transaction. When
    nobody can be told, the line says why and the next step is due at once. While a
    window silences the incident, the step waits for its end.

    Returns:
        False when none is due, or somebody else took it at the same time.
    """
    # The incident's row first, as everybody locks it who changes an incident.
    incident = lock_incidents([incident_id]).get(incident_id)
    escalation = Escalation.objects.filter(pk=incident_id, next_at__lte=now).first()
    if incident is None or escalation is None:
        return False
    if not incident.is_open or incident.acknowledged:
        stop(incident, "somebody looks after the incident", now=now)
        return False
    if window := find_incident_silencer(incident, now=database_now()):
        _pause(incident, escalation, window, now=now)
        return False
    if escalation.next_position >= len(escalation.steps):
        return _end(incident, escalation, now=now)

    step = escalation.steps[escalation.next_position]
    wait = timedelta(minutes=step["wait_minutes"])
    if not _advance(escalation, now + wait, wait):
        return False
    if not _tell(incident, escalation, step, now=now):
        _hurry(escalation, now=now)
    return True


def describe(escalation: Escalation) -> list[dict[str, Any]]:
    """Return its steps for a page: number, label, wait, and how far each is.

    ``state`` is ``done``, ``waiting`` or ``none``; ``at`` is when a waiting one is
    taken.
    """
    rows = []
    is_over = escalation.next_at is None
    for position, step in enumerate(escalation.steps):
        is_next = not is_over and position == escalation.next_position
        is_done = position < escalation.next_position
        rows.append(
            {
                "number": position + 1,
                "label": step["label"],
                "is_schedule": bool(step.get("schedule")),
                "wait_minutes": step["wait_minutes"],
                "state": "waiting" if is_next else "done" if is_done else "none",
                "at": escalation.next_at if is_next else None,
            }
        )
    return rows


def _copy_steps(policy: EscalationPolicy) -> list[dict[str, Any]]:
    rows = policy.steps.select_related("destination", "schedule").order_by("position")
    steps = []
    for row in rows:
        name = "destination" if row.destination_id else "schedule"
        target = row.destination or row.schedule
        assert target is not None
        steps.append(
            {
                name: str(target.pk),
                "label": str(target),
                "wait_minutes": row.wait_minutes,
            }
        )
    return [step | {"rounds": policy.repeat_count + 1} for step in steps]


def _advance(escalation: Escalation, next_at: datetime, wait: timedelta) -> bool:
    """Move on by a conditional update; False when somebody else did it."""
    position, rounds_left = escalation.next_position + 1, escalation.rounds_left
    if position == len(escalation.steps) and rounds_left:
        position, rounds_left = 0, rounds_left - 1
        next_at += max(LEAST_WAIT - wait, timedelta())
    mine = Escalation.objects.filter(
        pk=escalation.pk,
        next_position=escalation.next_position,
        next_at=escalation.next_at,
        rounds_left=escalation.rounds_left,
    )
    return bool(
        mine.update(next_position=position, rounds_left=rounds_left, next_at=next_at)
    )


def _pause(
    incident: Incident, escalation: Escalation, window: ActiveWindow, *, now: datetime
) -> None:
    """Let the step wait for the end of the window that silences the incident."""
    note_silence(incident.pk, window, actor_label=SYSTEM.label, now=now)
    mine = Escalation.objects.filter(pk=escalation.pk, next_at=escalation.next_at)
    mine.update(next_at=window.until)


def _hurry(escalation: Escalation, *, now: datetime) -> None:
    """Make the next step due at once, unless it begins another round or ends it."""
    following = escalation.next_position + 1
    if following < len(escalation.steps):
        Escalation.objects.filter(pk=escalation.pk).update(next_at=now)


def _end(incident: Incident, escalation: Escalation, *, now: datetime) -> bool:
    ended = Escalation.objects.filter(pk=escalation.pk, next_at=escalation.next_at)
    if ended.update(next_at=None, stopped_reason=EXHAUSTED):
        add_entry(
            incident,
            Kind.ESCALATED,
            actor=SYSTEM,
            now=now,
            message=f"{EXHAUSTED} The policy {escalation.policy_label} ends here.",
        )
    return False


def _tell(
    incident: Incident,
    escalation: Escalation,
    step: Mapping[str, Any],
    *,
    now: datetime,
) -> bool:
    """Tell whom a step names, and write the line; False when that is nobody."""
    name = f"Step {escalation.next_position + 1}"
    round_number = step.get("rounds", 1) - escalation.rounds_left
    if round_number > 1:
        name += f", round {round_number}"
    target = _find_target(incident, step, now=now)
    if target.destination is None:
        message = f"{name}: nobody was told. {target.said}"
        add_entry(incident, Kind.ESCALATED, actor=SYSTEM, now=now, message=message)
        return False

    message = f"{name}: told {target.said}."
    entry = add_entry(incident, Kind.ESCALATED, actor=SYSTEM, now=now, message=message)
    refusal = _publish(incident, target.destination, now=now)
    if refusal:
        entry.message = f"{name}: {target.said} was not told. {refusal}"
        entry.save(update_fields=("message",))
    return not refusal


def _publish(incident: Incident, destination: Destination, *, now: datetime) -> str:
    """Publish to one destination alone; returns why nothing is sent there, if so."""
    touch_incident(incident, now=now)
    event, _ = build_incident_event(
        incident, "escalated", trace=incident.trace, now=now
    )
    direct = replace(event, is_direct=True, destination_ids=[destination.pk])
    row = webhooks.publish(incident.organization, direct)
    delivery = Delivery.objects.filter(event=row, destination=destination).first()
    if delivery is None:
        return "It takes only events of networks that this incident is not in."
    return delivery.reason


def _find_target(
    incident: Incident, step: Mapping[str, Any], *, now: datetime
) -> _Target:
    if "destination" in step:
        rows = Destination.objects.filter(organization=incident.organization_id)
        found = rows.filter(pk=step["destination"]).first()
        gone = f"The webhook {step['label']} does not exist any more."
        return _Target(found, str(found) if found else gone)
    schedules = OnCallSchedule.objects.filter(organization=incident.organization_id)
    schedule = schedules.filter(pk=step["schedule"]).defer("feed_token").first()
    if schedule is None:
        return _Target(None, f"The schedule {step['label']} does not exist any more.")
    return _find_on_call(incident, schedule, now=now)


def _find_on_call(
    incident: Incident, schedule: OnCallSchedule, *, now: datetime
) -> _Target:
    person = duty.find_person(schedule, now=now)
    if person is None:
        return _Target(None, f"Nobody is on call in {schedule}.")
    told = f"{person.name} (on call, {schedule})"
    if person.destination_id is not None:
        rows = Destination.objects.filter(organization=incident.organization_id)
        if own := rows.filter(pk=person.destination_id).first():
            return _Target(own, told)
    try:
        return _Target(get_mailbox(person, incident.organization), told)
    except ValidationError as error:
        return _Target(None, f"{told} cannot be mailed: {' '.join(error.messages)}")
