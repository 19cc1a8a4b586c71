"""Reads who is on call: schedules as they are stored, as plain values."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db.models import Prefetch

from accounts.models import Membership
from alerts.models import OnCallMember, OnCallOverride, OnCallRotation, OnCallSchedule
from alerts.on_call import (
    Override,
    Person,
    Rotation,
    Schedule,
    Shift,
    find_coverage,
    find_on_duty,
)
from integrations_project.lib.zones import find_zone

#: How far ahead somebody is looked for who is on next.
LOOK_AHEAD = timedelta(days=92)


class Duty(NamedTuple):
    """Who is on call at a moment, who else would be, and who comes next."""

    current: Shift[Person] | None
    others: list[Shift[Person]]
    following: Shift[Person] | None
    #: When the turn ends; None when it has no end as far as one looks ahead.
    ends_at: datetime | None = None


def read_plans(
    schedules: Iterable[OnCallSchedule], *, since: datetime, until: datetime
) -> dict[UUID, Schedule[Person]]:
    """Return the plan of each schedule, with the overrides that touch a period.

    Somebody who left the organization, or cannot sign in any more, holds their turns
    no longer: the next rotation does, or nobody. Four queries, however many.
    """
    rows = {schedule.pk: schedule for schedule in schedules}
    rotations = _read_rotations(rows)
    overrides = _read_overrides(rows, since=since, until=until)
    present = _list_present({row.organization_id for row in rows.values()})
    plans = {}
    for key, row in rows.items():
        here = present[row.organization_id]
        found = [_as_rotation(each, here) for each in rotations[key]]
        plans[key] = Schedule(
            zone=find_zone(row.time_zone),
            rotations=found,
            overrides=[
                _as_override(each, found)
                for each in overrides[key]
                if each.user_id in here
            ],
        )
    return plans


def read_plan(
    schedule: OnCallSchedule, *, since: datetime, until: datetime
) -> Schedule[Person]:
    """Return the plan of one schedule, with the overrides that touch a period."""
    return read_plans([schedule], since=since, until=until)[schedule.pk]


def find_duties(
    schedules: Collection[OnCallSchedule], *, now: datetime
) -> dict[UUID, Duty]:
    """Return for each schedule who is on call now and who is next."""
    plans = read_plans(schedules, since=now, until=now + LOOK_AHEAD)
    return {key: _find_duty(plan, now=now) for key, plan in plans.items()}


def find_duty(schedule: OnCallSchedule, *, now: datetime) -> Duty:
    """Return who is on call now by one schedule, and who is next."""
    return find_duties([schedule], now=now)[schedule.pk]


def find_person(schedule: OnCallSchedule, *, now: datetime) -> Person | None:
    """Return who is on call at a moment; None is nobody."""
    plan = read_plan(schedule, since=now, until=now + timedelta(seconds=1))
    shift, _ = find_on_duty(plan, now)
    return None if shift is None else shift.who


def _find_duty(plan: Schedule[Person], *, now: datetime) -> Duty:
    current, others = find_on_duty(plan, now)
    coming = find_coverage(plan, since=now, until=now + LOOK_AHEAD).shifts
    me = current and current.who
    # One's own next turn, right after, is no hand-over.
    end = now
    for shift in coming:
        if shift.who != me or shift.starts_at > end:
            return Duty(_until(current, end), others, shift, end)
        end = shift.ends_at
    is_open = current is None or end >= now + LOOK_AHEAD
    return Duty(_until(current, end), others, None, None if is_open else end)


def _until(shift: Shift[Person] | None, end: datetime) -> Shift[Person] | None:
    if shift is None:
        return None
    return Shift(
        starts_at=shift.starts_at,
        ends_at=end,
        who=shift.who,
        layer=shift.layer,
        is_override=shift.is_override,
    )


def _read_rotations(
    schedule_ids: Collection[UUID],
) -> defaultdict[UUID, list[OnCallRotation]]:
    members = Prefetch("members", OnCallMember.objects.select_related("user"))
    found: defaultdict[UUID, list[OnCallRotation]] = defaultdict(list)
    rows = OnCallRotation.objects.filter(schedule__in=schedule_ids)
    for row in rows.prefetch_related(members):
        found[row.schedule_id].append(row)
    return found


def _read_overrides(
    schedule_ids: Collection[UUID], *, since: datetime, until: datetime
) -> defaultdict[UUID, list[OnCallOverride]]:
    found: defaultdict[UUID, list[OnCallOverride]] = defaultdict(list)
    rows = OnCallOverride.objects.select_related("user").filter(
        schedule__in=schedule_ids, starts_at__lt=until, ends_at__gt=since
    )
    # By id is by the time they were made: the latest wins.
    for row in rows.order_by("-pk"):
        found[row.schedule_id].append(row)
    return found


def _list_present(
    organization_ids: Collection[UUID],
) -> defaultdict[UUID, set[UUID]]:
    found: defaultdict[UUID, set[UUID]] = defaultdict(set)
    rows = Membership.objects.filter(
        organization__in=organization_ids, user__is_active=True
    )
    for organization_id, user_id in rows.values_list("organization_id", "user_id"):
        found[organization_id].add(user_id)
    return found


def _as_rotation(row: OnCallRotation, present: set[UUID]) -> Rotation[Person]:
    people = [
        Person(
            user_id=member.user_id,
            name=str(member.user),
            email=member.user.email,
            destination_id=member.destination_id,
        )
        if member.user_id in present
        else None
        for member in row.members.all()
    ]
    return Rotation(
        name=str(row),
        people=people,
        shift_days=row.shift_days,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        handover_time=row.handover_time,
        active_from=row.active_from,
        active_to=row.active_to,
        weekdays=frozenset(row.weekdays),
    )


def _as_override(
    row: OnCallOverride, rotations: Iterable[Rotation[Person]]
) -> Override[Person]:
    """Somebody who stands in is told where their own turns tell them."""
    known = [p for rotation in rotations for p in rotation.people if p is not None]
    who = next((person for person in known if person.user_id == row.user_id), None)
    return Override(
        who=who
        or Person(user_id=row.user_id, name=str(row.user), email=row.user.email),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        reason=row.reason,
    )
