"""When a window is on: once, or again and again at one local time of day. Pure.

A recurring window begins and ends at the same times by the clock on the wall of its
zone, summer and winter. Of a time that comes twice the first is meant. A time that
the clocks leave out is the moment of the jump; when nothing of an occurrence is left,
it begins at the jump and lasts as long as always.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any, Literal, NamedTuple, Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from dateutil import rrule

from alerts.on_call import find_moment
from integrations_project.lib.zones import find_zone

_FREQUENCIES: Mapping[str, Literal[1, 2, 3]] = {
    "daily": rrule.DAILY,
    "weekly": rrule.WEEKLY,
    "monthly": rrule.MONTHLY,
}
#: How long one occurrence may last.
LONGEST = timedelta(days=366)
#: Looked through at most at a time: ten years of days.
MAX_OCCURRENCES = 3700
#: The next one is at most so far away: 29 February, over a year without one.
FARTHEST = timedelta(days=8 * 366 + 1)
ONE_DAY = timedelta(days=1)
ONE_WEEK = timedelta(days=7)
SHORTEST_MONTH = timedelta(days=28)


class Occurrence(NamedTuple):
    """One time of a window; it is not on at its end any more."""

    starts_at: datetime
    ends_at: datetime


class Timed(Protocol):
    """The times of a window, as the model has them."""

    starts_at: Any
    ends_at: Any
    time_zone: Any
    recurrence: Any
    weekdays: Any
    recurs_until: Any
    ended_start: Any
    cancelled_at: Any


def list_occurrences(
    window: Timed, *, since: datetime, until: datetime
) -> list[Occurrence]:
    """Return when a window is on between two times, the first one first.

    The occurrence that was ended early is left out; a cancelled window has none.

    Args:
        window: Its ``starts_at`` and ``ends_at`` are the first occurrence.
        since: What ends at this time or before is left out.
        until: What starts at this time or after is left out.
    """
    if window.cancelled_at is not None:
        return []
    if window.recurrence == "once":
        found: Iterable[Occurrence] = [Occurrence(window.starts_at, window.ends_at)]
    else:
        found = _recur(window, since, until)
    return [
        each
        for each in found
        if each.ends_at > since
        and each.starts_at < until
        and each.starts_at != window.ended_start
    ]


def find_current(window: Timed, now: datetime) -> Occurrence | None:
    """Return the occurrence that is on."""
    instant = timedelta(microseconds=1)
    found = list_occurrences(window, since=now, until=now + instant)
    return found[0] if found else None


def find_next(window: Timed, now: datetime) -> Occurrence | None:
    """Return the next occurrence that begins after now."""
    # Most come again soon: far ahead is looked at only when near there is none.
    for horizon in (timedelta(days=32), FARTHEST):
        until = max(now, window.starts_at) + horizon
        for each in list_occurrences(window, since=now, until=until):
            if each.starts_at > now:
                return each
    return None


def find_longest(window: Timed) -> timedelta:
    """Return how long an occurrence may last so that the next one comes after it."""
    match window.recurrence:
        case "daily":
            return ONE_DAY
        case "weekly":
            return find_least_gap(window.weekdays)
        case "monthly":
            return SHORTEST_MONTH
        case _:
            return LONGEST


def find_least_gap(weekdays: Sequence[int]) -> timedelta:
    """Return the least time from one of the weekdays to the next."""
    days = sorted(set(weekdays))
    if len(days) < 2:
        return ONE_WEEK
    following = [*days[1:], days[0] + 7]
    gaps = [later - day for day, later in zip(days, following, strict=True)]
    return timedelta(days=min(gaps))


class Scope(NamedTuple):
    """What a window is about."""

    company_wide: bool
    service_ids: Collection[UUID]
    network_ids: Collection[UUID]
    labels: Mapping[str, Any]

    def covers(
        self, service_id: UUID, network_id: UUID | None, labels: Mapping[str, Any]
    ) -> bool:
        """Whether it is about a service."""
        if self.company_wide or service_id in self.service_ids:
            return True
        if network_id is not None and network_id in self.network_ids:
            return True
        return bool(self.labels) and self.labels.items() <= labels.items()

    def covers_network(self, network_id: UUID | None) -> bool:
        """Whether it is about what concerns a network and no service."""
        return self.company_wide or network_id in self.network_ids


def _recur(window: Timed, since: datetime, until: datetime) -> Iterator[Occurrence]:
    zone = find_zone(window.time_zone)
    # Whole seconds: rrule knows no others.
    begin = _to_local(window.starts_at, zone).replace(microsecond=0)
    length = _to_local(window.ends_at, zone) - _to_local(window.starts_at, zone)
    # Local times, a day wider than asked for: zones differ by less.
    first = _to_local(since, zone) - length - ONE_DAY
    last = _to_local(until, zone) + ONE_DAY
    if window.recurs_until is not None:
        last = min(last, datetime.combine(window.recurs_until, time.max))
    rule = rrule.rrule(
        _FREQUENCIES[window.recurrence],
        dtstart=_skip_ahead(window.recurrence, begin, first),
        byweekday=_read_weekdays(window),
    )
    for start in rule.xafter(first, count=MAX_OCCURRENCES, inc=True):
        if start > last:
            return
        if start == begin:
            # Exactly as it was said, also when the clock shows its time twice.
            yield Occurrence(window.starts_at, window.ends_at)
        elif start > begin:
            yield _locate(start, length, zone)


def _locate(start: datetime, length: timedelta, zone: ZoneInfo) -> Occurrence:
    end = start + length
    starts_at = find_moment(start.date(), start.time(), zone)
    ends_at = find_moment(end.date(), end.time(), zone)
    if ends_at <= starts_at:
        ends_at = starts_at + length
    return Occurrence(starts_at, ends_at)


def _skip_ahead(recurrence: str, begin: datetime, first: datetime) -> datetime:
    """Return a later start with the same days, so that years are not stepped through.

    Months are: there are few.
    """
    step = {"daily": ONE_DAY, "weekly": ONE_WEEK}.get(recurrence)
    if step is None or first <= begin:
        return begin
    return begin + step * ((first - begin) // step)


def _read_weekdays(window: Timed) -> list[int] | None:
    if window.recurrence != "weekly":
        return None
    return [int(day) for day in window.weekdays] or None


def _to_local(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


def find_errors(window: Timed) -> dict[str, list[str]]:
    """Return what is wrong with the times of a window: field to sentences."""
    errors: dict[str, list[str]] = {}
    if str(find_zone(window.time_zone)) != window.time_zone:
        errors["time_zone"] = ["Choose a zone such as Europe/Berlin."]
    if sentence := _find_weekday_error(window.weekdays):
        errors["weekdays"] = [sentence]
    if window.starts_at and window.ends_at:
        if window.ends_at <= window.starts_at:
            errors["ends_at"] = ["Choose an end after the start."]
        return errors or _find_recurrence_errors(window)
    return errors


def _find_recurrence_errors(window: Timed) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    zone = find_zone(window.time_zone)
    if sentence := _find_length_error(window, zone):
        errors["ends_at"] = [sentence]
    first_day = _to_local(window.starts_at, zone).date()
    if window.recurs_until is not None and window.recurs_until < first_day:
        errors["recurs_until"] = ["Choose a last day that is not before the first."]
    if window.recurrence == "weekly" and first_day.weekday() not in window.weekdays:
        name = first_day.strftime("%A")
        errors["weekdays"] = [
            f"The first time is a {name}: choose it too, or begin on a chosen day."
        ]
    return errors


def _find_weekday_error(weekdays: object) -> str:
    is_right = isinstance(weekdays, list) and all(
        isinstance(day, int) and not isinstance(day, bool) and 0 <= day <= 6
        for day in weekdays
    )
    return "" if is_right else "Weekdays are numbers from 0 (Monday) to 6 (Sunday)."


def _find_length_error(window: Timed, zone: ZoneInfo) -> str:
    length = _to_local(window.ends_at, zone) - _to_local(window.starts_at, zone)
    if length <= find_longest(window):
        return ""
    if window.recurrence == "once":
        return f"A window lasts {LONGEST.days} days at most."
    days = find_longest(window).days
    longest = "a day" if days == 1 else f"{days} days"
    return f"It comes again before it is over: let it last {longest} at most."


def find_first_weekday(starts_at: datetime, time_zone: str) -> int:
    """Return the weekday of a moment in a zone; 0 is Monday."""
    return _to_local(starts_at, find_zone(time_zone)).weekday()
