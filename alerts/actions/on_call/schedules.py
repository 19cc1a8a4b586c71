"""On-call schedules: saved with their rotations as one document, and deleted."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction

from accounts.actions import list_changes, record_audit
from alerts.actions.on_call.checks import NewRotation, check_schedule
from alerts.actions.on_call.feeds import give_token
from alerts.models import OnCallMember, OnCallRotation, OnCallSchedule

if TYPE_CHECKING:
    from accounts.datatypes import Actor

ROTATION_FIELDS = (
    "name",
    "kind",
    "shift_days",
    "starts_on",
    "ends_on",
    "handover_time",
    "active_from",
    "active_to",
    "weekdays",
)


@transaction.atomic
def save_schedule(
    schedule: OnCallSchedule,
    *,
    rotations: Sequence[NewRotation] | None = None,
    actor: Actor,
) -> OnCallSchedule:
    """Store a schedule with its rotations as one document.

    Args:
        schedule: With the new values on it.
        rotations: All of them, the strongest first; those that are left out are
            removed. None leaves them as they are.
        actor: Who does it.

    Raises:
        ValidationError: With a sentence for each field; nothing was written.
    """
    check_schedule(schedule, rotations)
    is_new = schedule._state.adding
    before = {} if is_new else _values(OnCallSchedule.objects.get(pk=schedule.pk))
    if is_new:
        give_token(schedule)
    schedule.save()
    if rotations is not None:
        _write_rotations(schedule, rotations)
    changes = list_changes(before, _values(schedule))
    if is_new or changes:
        _audit(
            schedule,
            actor=actor,
            action="created" if is_new else "updated",
            changes=changes,
        )
    return schedule


@transaction.atomic
def delete_schedule(schedule: OnCallSchedule, *, actor: Actor) -> None:
    """Remove a schedule, and the steps of escalation policies that ask it."""
    _audit(schedule, actor=actor, action="deleted")
    schedule.delete()


def _write_rotations(
    schedule: OnCallSchedule, rotations: Sequence[NewRotation]
) -> None:
    kept: Collection[UUID] = [new.row.pk for new in rotations]
    schedule.rotations.exclude(pk__in=kept).delete()
    for position, new in enumerate(rotations):
        new.row.schedule, new.row.position = schedule, position
        new.row.save()
        new.row.members.all().delete()
        OnCallMember.objects.bulk_create(
            OnCallMember(
                rotation=new.row,
                user=member.user,
                destination=member.destination,
                position=number,
            )
            for number, member in enumerate(new.members)
        )


def _values(schedule: OnCallSchedule) -> dict[str, Any]:
    rows = schedule.rotations.prefetch_related("members__user", "members__destination")
    return {
        "name": schedule.name,
        "time_zone": schedule.time_zone,
        "rotations": [_describe(row) for row in rows],
    }


def _describe(row: OnCallRotation) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(row, name) for name in ROTATION_FIELDS}
    plain = {
        k: v if isinstance(v, list | int) else str(v or "") for k, v in values.items()
    }
    people = [
        f"{member.user}, told at {member.destination}"
        if member.destination
        else str(member.user)
        for member in row.members.all()
    ]
    return plain | {"people": people}


def _audit(
    schedule: OnCallSchedule,
    *,
    actor: Actor,
    action: str,
    changes: dict[str, Any] | None = None,
) -> None:
    record_audit(
        organization=schedule.organization,
        actor=actor,
        action=f"on_call_schedule.{action}",
        target=schedule,
        changes=changes,
    )
