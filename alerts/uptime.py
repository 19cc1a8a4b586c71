"""How much of a time a service was up: intervals in, share out. Pure.

    share = (operational + degraded weight * degraded + down weight * down
             [+ maintenance, when it counts as up]) / counted time

Counted is the time in one of the states, without maintenance when that is excluded.
Unknown time, such as before the service existed, is no data: it counts nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from alerts.days import find_day, find_day_start, next_day

#: Stands for time of which nothing is known.
UNKNOWN = "unknown"
NO_DATA = "no data"
#: The most places behind the point that a share is shown with.
MAX_PLACES = 4
#: From so many seconds on their parts do not matter.
MIN_WHOLE_SECONDS = 10


class Interval(NamedTuple):
    """A stretch of time in one state; without an end it still goes on."""

    status: str  # operational, degraded, down, maintenance, unknown
    start: datetime
    end: datetime | None


class Change(NamedTuple):
    """One change of a status, as it was recorded."""

    at: datetime
    previous: str
    status: str


class Seconds(NamedTuple):
    """How long each state lasted; together the length of what was looked at."""

    operational: float = 0.0
    degraded: float = 0.0
    down: float = 0.0
    maintenance: float = 0.0
    unknown: float = 0.0


NOTHING = Seconds()


def add_up(parts: Iterable[Seconds]) -> Seconds:
    """Return all of them together."""
    return Seconds(*map(sum, zip(*parts, strict=True)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What an organization counts as up; weights are 0 to 1."""

    degraded_weight: float = 1.0
    down_weight: float = 0.0
    is_maintenance_up: bool = False  # otherwise it is excluded

    def find_counted(self, seconds: Seconds) -> float:
        """Return the seconds that the share is of."""
        counted = seconds.operational + seconds.degraded + seconds.down
        return counted + (seconds.maintenance if self.is_maintenance_up else 0.0)

    def find_lost(self, seconds: Seconds) -> float:
        """Return the seconds that count as not up; 0 exactly when none do."""
        return (1 - self.degraded_weight) * seconds.degraded + (
            1 - self.down_weight
        ) * seconds.down

    def find_share(self, seconds: Seconds) -> float | None:
        """Return the share that was up, 0 to 1; None when nothing was counted."""
        # As `find_lost` of `find_counted`, at once: it is asked of very many days.
        operational, degraded, down, maintenance, _ = seconds
        counted = operational + degraded + down
        if self.is_maintenance_up:
            counted += maintenance
        if counted <= 0:
            return None
        lost = (1 - self.degraded_weight) * degraded + (1 - self.down_weight) * down
        return min(max(1 - lost / counted, 0.0), 1.0) if lost else 1.0


def build_intervals(
    changes: Iterable[Change],
    *,
    start: datetime,
    known_from: datetime,
    status: str,
) -> list[Interval]:
    """Return the states from ``start`` on, one after another; the last is open.

    Args:
        changes: All that are recorded from ``start`` on, in any order.
        start: Where the first interval begins.
        known_from: When the service came to exist; before is unknown.
        status: What it shows when there are no changes.
    """
    ordered = sorted(changes, key=lambda change: change.at)
    at = start
    now = ordered[0].previous if ordered else status
    found: list[Interval] = []
    if known_from > at:
        found.append(Interval(UNKNOWN, at, known_from))
        at = known_from
    for change in ordered:
        if change.at > at:
            found.append(Interval(now, at, change.at))
            at = change.at
        now = change.status
    found.append(Interval(now, at, None))
    return found


def clip(
    intervals: Iterable[Interval], *, start: datetime, end: datetime
) -> list[tuple[str, datetime, datetime]]:
    """Return what of the intervals lies in a time; an open one lasts to its end."""
    found = []
    for status, begin, finish in intervals:
        first = max(begin, start)
        last = end if finish is None else min(finish, end)
        if first < last:
            found.append((status, first, last))
    return found


def count_seconds(
    intervals: Iterable[Interval], *, start: datetime, end: datetime
) -> Seconds:
    """Return how long each state lasted between two times.

    Args:
        intervals: Not overlapping, in any order; gaps are unknown.
        start: The first moment that counts.
        end: The first that does not; give the present for a time that goes on, as
            an open interval is taken to last until then.
    """
    totals: dict[str, float] = {}
    for status, first, last in clip(intervals, start=start, end=end):
        length = (last - first).total_seconds()
        totals[status] = totals.get(status, 0.0) + length
    return _fill(totals, (end - start).total_seconds())


def count_days(
    intervals: Iterable[Interval], *, start: datetime, end: datetime, zone: ZoneInfo
) -> dict[date, Seconds]:
    """Return the seconds of each day of a zone between two times.

    A day of 23 or 25 hours has that many seconds; the first and the last day have
    what of them lies between the times.
    """
    totals: dict[date, dict[str, float]] = {}
    bounds = _list_bounds(start, end, zone)
    for status, first, last in clip(intervals, start=start, end=end):
        day = find_day(first, zone)
        while first < last:
            until = min(bounds[day][1], last)
            if until > first:
                states = totals.setdefault(day, {})
                length = (until - first).total_seconds()
                states[status] = states.get(status, 0.0) + length
                first = until
            day = next_day(day)
    return {
        day: _fill(totals.get(day, {}), (last - first).total_seconds())
        for day, (first, last) in bounds.items()
    }


def _list_bounds(
    start: datetime, end: datetime, zone: ZoneInfo
) -> dict[date, tuple[datetime, datetime]]:
    bounds = {}
    day, at = find_day(start, zone), start
    while at < end:
        following = next_day(day)
        last = min(find_day_start(following, zone), end)
        bounds[day] = (at, max(at, last))
        day, at = following, max(at, last)
    return bounds


def _fill(totals: Mapping[str, float], length: float) -> Seconds:
    """Return the states with the rest of the length as unknown."""
    operational = totals.get("operational", 0.0)
    degraded = totals.get("degraded", 0.0)
    down = totals.get("down", 0.0)
    maintenance = totals.get("maintenance", 0.0)
    known = operational + degraded + down + maintenance
    # Sums of fractions are off by some 1e-10; a microsecond is the finest we store.
    unknown = length - known if length - known >= 1e-6 else 0.0
    return Seconds(operational, degraded, down, maintenance, unknown)


def describe_share(share: float | None) -> str:
    """Say a share in percent: ``99.83 %``; None is ``no data``.

    Less than all is never rounded up to 100 %, nor more than nothing down to 0 %:
    they get more places, up to four.
    """
    if share is None:
        return NO_DATA
    percent = share * 100
    if share in (0.0, 1.0):
        return f"{percent:.2f} %"
    for places in range(2, MAX_PLACES + 1):
        text = f"{percent:.{places}f}"
        if 0 < float(text) < 100:
            return f"{text} %"
    return f"{100 - 10**-MAX_PLACES} %" if percent > 50 else f"{10**-MAX_PLACES:.4f} %"


def describe_formula(seconds: Seconds, policy: Policy) -> str:
    """Say how a share came about, with its numbers.

    Its terms are those that the policy counts; nothing counted gives ``no data``.
    """
    share = policy.find_share(seconds)
    if share is None:
        return NO_DATA
    # Parts of a second are told where they may be what is missing.
    is_exact = 0 < policy.find_lost(seconds) < MIN_WHOLE_SECONDS
    up, degraded, down, maintenance, _ = (_figure(s, is_exact) for s in seconds)
    terms = [f"{up} s up"]
    if seconds.degraded:
        terms.append(f"{policy.degraded_weight:g} × {degraded} s degraded")
    if seconds.down and policy.down_weight:
        terms.append(f"{policy.down_weight:g} × {down} s down")
    if seconds.maintenance and policy.is_maintenance_up:
        terms.append(f"{maintenance} s maintenance")
    sum_ = " + ".join(terms)
    above = f"({sum_})" if len(terms) > 1 else sum_
    counted = _figure(policy.find_counted(seconds), is_exact)
    return f"{above} ÷ {counted} s counted = {describe_share(share)}"


def describe_uncounted(seconds: Seconds, policy: Policy) -> str:
    """Say what the share leaves out; empty when that is nothing."""
    parts = []
    if seconds.maintenance and not policy.is_maintenance_up:
        parts.append(f"{_length(seconds.maintenance)} s of maintenance")
    if seconds.unknown:
        parts.append(f"{_length(seconds.unknown)} s without data")
    return f"Not counted: {' and '.join(parts)}." if parts else ""


def _length(value: float) -> str:
    return _figure(value, value < MIN_WHOLE_SECONDS)


def _figure(value: float, is_exact: bool) -> str:
    text = f"{value:,.3f}" if is_exact else f"{value:,.0f}"
    return text.rstrip("0").rstrip(".") if is_exact else text
