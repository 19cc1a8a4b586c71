"""Who is on call when, from rotations and overrides; no database, no clock.

Local times are read as on a clock that is never set back: a time that the change to
summer time leaves out is the first moment after it, and one that comes twice is its
first. So a shift over a change lasts 23 or 25 hours, and none is lost or held twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Generic, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

WhoT = TypeVar("WhoT")
DAY = timedelta(days=1)
MIDNIGHT = time()
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who may be on call, as plain values."""

    user_id: UUID
    name: str
    email: str
    destination_id: UUID | None = None  # where they are told; None is an e-mail


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation(Generic[WhoT]):
    """People who take turns; the first turn starts at ``starts_on``'s hand-over."""

    name: str
    people: Sequence[WhoT | None]  # in turn; None holds a turn that nobody takes
    shift_days: int
    starts_on: date
    handover_time: time
    ends_on: date | None = None  # the last day on which a shift may start
    #: Only part of each day; up to a time before ``active_from`` is of the next day.
    active_from: time | None = None
    active_to: time | None = None
    weekdays: frozenset[int] = frozenset()  # 0 is Monday; empty is every day


@dataclass(frozen=True, slots=True, kw_only=True)
class Override(Generic[WhoT]):
    """Somebody else for a while."""

    who: WhoT
    starts_at: datetime
    ends_at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule(Generic[WhoT]):
    """Overrides win, the latest made first; then the first rotation with somebody."""

    zone: ZoneInfo
    rotations: Sequence[Rotation[WhoT]]
    overrides: Sequence[Override[WhoT]] = ()  # the latest made first


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift(Generic[WhoT]):
    """Somebody is on call from one moment until, not including, another; in UTC."""

    starts_at: datetime
    ends_at: datetime
    who: WhoT
    layer: str  # the rotation's name, or the override's reason
    is_override: bool = False

    @property
    def duration(self) -> timedelta:
        """How long it is."""
        return self.ends_at - self.starts_at


Gap = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage(Generic[WhoT]):
    """Who is on in a period, and when nobody is; both in order of time."""

    shifts: list[Shift[WhoT]]
    gaps: list[Gap]


def find_moment(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """Return the first moment, in UTC, at which the clock shows this time or a later.

    For a time that the zone leaves out that is the moment of its change.
    """
    # A clock's face knows no fold; one that is set would begin at the later hour.
    wall = datetime.combine(day, clock.replace(fold=0))
    moment = wall.replace(tzinfo=zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wall:
        return moment
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    while moment - before > _SECOND:
        middle = before + (moment - before) // 2
        if middle.astimezone(zone).replace(tzinfo=None) >= wall:
            moment = middle
        else:
            before = middle
    return moment.replace(microsecond=0)


def find_coverage(
    schedule: Schedule[WhoT], *, since: datetime, until: datetime
) -> Coverage[WhoT]:
    """Return the shifts between two moments, cut to them, and when nobody is on."""
    free: list[Gap] = [(since, until)] if since < until else []
    shifts: list[Shift[WhoT]] = []
    for layer in list_layers(schedule, since=since, until=until):
        shifts += _cut(layer, free)
        free = _subtract(free, layer)
    shifts.sort(key=lambda shift: shift.starts_at)
    return Coverage(shifts=shifts, gaps=free)


def list_layers(
    schedule: Schedule[WhoT], *, since: datetime, until: datetime
) -> list[list[Shift[WhoT]]]:
    """Return what each override and each rotation says by itself, the strongest first.

    Shifts that touch the period are whole, not cut to it.
    """
    layers = [
        [_as_shift(override)]
        for override in schedule.overrides
        if override.starts_at < until and override.ends_at > since
    ]
    layers += [
        list(_walk(rotation, schedule.zone, since=since, until=until))
        for rotation in schedule.rotations
    ]
    return layers


def find_on_duty(
    schedule: Schedule[WhoT], moment: datetime
) -> tuple[Shift[WhoT] | None, list[Shift[WhoT]]]:
    """Return who is on call at a moment, and whom the other layers name besides."""
    layers = list_layers(schedule, since=moment, until=moment + _SECOND)
    found = [
        shift
        for layer in layers
        for shift in layer
        if shift.starts_at <= moment < shift.ends_at
    ]
    return (found[0] if found else None), found[1:]


def _walk(
    rotation: Rotation[WhoT], zone: ZoneInfo, *, since: datetime, until: datetime
) -> Iterator[Shift[WhoT]]:
    if not rotation.people:
        return
    active = _list_active(rotation, zone, since=since, until=until)
    for number, starts_at, ends_at in _list_turns(rotation, zone, since, until):
        who = rotation.people[number % len(rotation.people)]
        if who is None or starts_at >= ends_at:
            continue
        turn = Shift(starts_at=starts_at, ends_at=ends_at, who=who, layer=rotation.name)
        yield from [turn] if active is None else _cut([turn], active)


def _list_turns(
    rotation: Rotation[WhoT], zone: ZoneInfo, since: datetime, until: datetime
) -> Iterator[tuple[int, datetime, datetime]]:
    """Yield number, start and end of each turn that touches the period."""
    days = (since.astimezone(zone).date() - rotation.starts_on).days
    number = max(0, days // rotation.shift_days - 1)
    length = timedelta(days=rotation.shift_days)
    day = rotation.starts_on + number * length
    over = None
    if rotation.ends_on is not None:
        over = find_moment(rotation.ends_on + DAY, rotation.handover_time, zone)
    starts_at = find_moment(day, rotation.handover_time, zone)
    while starts_at < until and (over is None or starts_at < over):
        day += length
        next_at = find_moment(day, rotation.handover_time, zone)
        ends_at = next_at if over is None else min(next_at, over)
        if ends_at > since:
            yield number, starts_at, ends_at
        number, starts_at = number + 1, next_at


def _list_active(
    rotation: Rotation[WhoT], zone: ZoneInfo, *, since: datetime, until: datetime
) -> list[Gap] | None:
    """Return when a part-time rotation is on at all; None is around the clock.

    Reaches as far over the period as one shift is long, so that none is cut there.
    """
    if rotation.active_from is None and not rotation.weekdays:
        return None
    margin = (rotation.shift_days + 2) * DAY
    day = (since - margin).astimezone(zone).date()
    last = (until + margin).astimezone(zone).date()
    begin, end = rotation.active_from or MIDNIGHT, rotation.active_to or MIDNIGHT
    spans: list[Gap] = []
    while day <= last:
        if not rotation.weekdays or day.weekday() in rotation.weekdays:
            end_day = day if end > begin else day + DAY
            span = (find_moment(day, begin, zone), find_moment(end_day, end, zone))
            if spans and spans[-1][1] == span[0]:
                spans[-1] = (spans[-1][0], span[1])
            elif span[0] < span[1]:
                spans.append(span)
        day += DAY
    return spans


def _as_shift(override: Override[WhoT]) -> Shift[WhoT]:
    return Shift(
        starts_at=override.starts_at,
        ends_at=override.ends_at,
        who=override.who,
        layer=override.reason,
        is_override=True,
    )


def _cut(shifts: Sequence[Shift[WhoT]], spans: Sequence[Gap]) -> list[Shift[WhoT]]:
    """Return what of the shifts lies in the spans; both are in order, none overlaps."""
    pieces: list[Shift[WhoT]] = []
    first = 0
    for shift in shifts:
        while first < len(spans) and spans[first][1] <= shift.starts_at:
            first += 1
        for start, end in _from(spans, first, until=shift.ends_at):
            starts_at, ends_at = max(start, shift.starts_at), min(end, shift.ends_at)
            pieces.append(replace(shift, starts_at=starts_at, ends_at=ends_at))
    return pieces


def _from(spans: Sequence[Gap], first: int, *, until: datetime) -> Iterator[Gap]:
    for index in range(first, len(spans)):
        if spans[index][0] >= until:
            return
        yield spans[index]


def _subtract(free: Iterable[Gap], shifts: Sequence[Shift[WhoT]]) -> list[Gap]:
    """Return what of the free spans no shift takes."""
    left: list[Gap] = []
    first = 0
    for start, end in free:
        while first < len(shifts) and shifts[first].ends_at <= start:
            first += 1
        begin = start
        for index in range(first, len(shifts)):
            if shifts[index].starts_at >= end:
                break
            if shifts[index].starts_at > begin:
                left.append((begin, shifts[index].starts_at))
            begin = max(begin, shifts[index].ends_at)
        if begin < end:
            left.append((begin, end))
    return left
