"""Draws who is on call as weeks of days, in the schedule's own zone. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from alerts.days import find_day_span, find_month
from alerts.on_call import Coverage, Gap, Person, Schedule, Shift

DAY = timedelta(days=1)
#: Colours that people are told apart by; then they begin again.
TONES = 8
VIEWS = {"week": "1 week", "two-weeks": "2 weeks", "month": "Month"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Part of a day, and who is on; without a name nobody is."""

    time: str  # from to, or "all day"
    name: str
    layer: str
    tone: int
    is_override: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One cell of the calendar."""

    day: date
    segments: list[Segment]
    is_today: bool
    is_outside: bool  # of another month than the one that is shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The days that a view shows, whole weeks from Monday on, and its neighbours."""

    view: str
    first: date
    last: date
    title: str
    previous: date
    following: date
    month: int | None = None


def find_period(view: str, day: date) -> Period:
    """Return the period of a view that a day lies in."""
    monday = day - timedelta(days=day.weekday())
    if view == "month":
        first, last = find_month(day.year, day.month)
        return Period(
            view=view,
            first=first - timedelta(days=first.weekday()),
            last=last + timedelta(days=6 - last.weekday()),
            title=f"{first:%B %Y}",
            previous=first - DAY,
            following=last + DAY,
            month=first.month,
        )
    length = timedelta(days=14 if view == "two-weeks" else 7)
    last = monday + length - DAY
    return Period(
        view=view,
        first=monday,
        last=last,
        title=f"{say_day(monday)} to {say_day(last)} {last.year}",
        previous=monday - length,
        following=monday + length,
    )


def build_weeks(
    coverage: Coverage[Person],
    period: Period,
    *,
    zone: ZoneInfo,
    today: date,
    tones: dict[UUID, int],
) -> list[list[Day]]:
    """Return the days of a period in weeks, each with who is on from when to when."""
    days = [
        period.first + timedelta(days=number)
        for number in range((period.last - period.first).days + 1)
    ]
    cells = [
        Day(
            day=day,
            segments=_list_segments(coverage, day, zone=zone, tones=tones),
            is_today=day == today,
            is_outside=period.month is not None and day.month != period.month,
        )
        for day in days
    ]
    return [cells[start : start + 7] for start in range(0, len(cells), 7)]


def number_people(plan: Schedule[Person]) -> dict[UUID, int]:
    """Return a colour for each person of the rotations and overrides."""
    people = [who for rotation in plan.rotations for who in rotation.people if who]
    people += [override.who for override in reversed(plan.overrides)]
    distinct = dict.fromkeys(person.user_id for person in people)
    return {user_id: number % TONES for number, user_id in enumerate(distinct)}


def say_day(day: date) -> str:
    """Say a day without its year: ``Mon 23 Nov``."""
    return f"{day:%a} {day.day} {day:%b}"


def say_moment(moment: datetime, zone: ZoneInfo) -> str:
    """Say a moment in a zone: ``Mon 23 Nov, 09:00``."""
    local = moment.astimezone(zone)
    return f"{say_day(local.date())}, {local:%H:%M}"


def say_span(span: Gap, zone: ZoneInfo) -> str:
    """Say a time from a moment to another; the day once when it is the same."""
    start, end = (moment.astimezone(zone) for moment in span)
    if start.date() == end.date():
        return f"{say_moment(start, zone)} to {end:%H:%M}"
    return f"{say_moment(start, zone)} to {say_moment(end, zone)}"


def _list_segments(
    coverage: Coverage[Person],
    day: date,
    *,
    zone: ZoneInfo,
    tones: dict[UUID, int],
) -> list[Segment]:
    start, end = find_day_span(day, day, zone)
    spans = [
        (s.starts_at, s.ends_at, s) for s in _touching(coverage.shifts, start, end)
    ]
    gaps = [gap for gap in coverage.gaps if gap[0] < end and gap[1] > start]
    found: list[tuple[datetime, Segment]] = []
    for begin, over, shift in spans:
        time = _say_time((max(begin, start), min(over, end)), (start, end), zone)
        segment = Segment(
            time=time,
            name=shift.who.name,
            layer=shift.layer,
            tone=tones.get(shift.who.user_id, 0),
            is_override=shift.is_override,
        )
        found.append((max(begin, start), segment))
    for begin, over in gaps:
        time = _say_time((max(begin, start), min(over, end)), (start, end), zone)
        found.append((max(begin, start), Segment(time=time, name="", layer="", tone=0)))
    return [segment for _, segment in sorted(found, key=lambda pair: pair[0])]


def _touching(
    shifts: Sequence[Shift[Person]], start: datetime, end: datetime
) -> list[Shift[Person]]:
    return [s for s in shifts if s.starts_at < end and s.ends_at > start]


def _say_time(part: Gap, whole: Gap, zone: ZoneInfo) -> str:
    if part == whole:
        return "all day"
    begin = part[0].astimezone(zone)
    over = "24:00" if part[1] == whole[1] else f"{part[1].astimezone(zone):%H:%M}"
    return f"{begin:%H:%M}–{over}"
