"""When a maintenance window is on, once or again and again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from dateutil import rrule

from alerts.days import find_zone

if TYPE_CHECKING:
    from alerts.models import Window

FREQUENCIES = {"daily": rrule.DAILY, "weekly": rrule.WEEKLY, "monthly": rrule.MONTHLY}
#: Looked through at most: a daily window of ten years has fewer.
MAX_OCCURRENCES = 5000


class Occurrence(NamedTuple):
    """One time of a window."""

    starts_at: datetime
    ends_at: datetime


def list_occurrences(
    window: Window, *, since: datetime, until: datetime
) -> list[Occurrence]:
    """Return when a window is on between two times, the first one first.

    A recurring window has the same local time of day each time, and lasts as long by
    the clock on the wall. The occurrence that was ended early is left out.
    """
    if window.recurrence == "once":
        found = [Occurrence(window.starts_at, window.ends_at)]
    else:
        found = _recur(window, since, until)
    return [
        each
        for each in found
        if each.ends_at > since
        and each.starts_at < until
        and each.starts_at != window.ended_start
    ]


def _recur(window: Window, since: datetime, until: datetime) -> list[Occurrence]:
    zone = find_zone(window.time_zone)
    begin = window.starts_at.astimezone(zone).replace(tzinfo=None)
    length = window.ends_at.astimezone(zone).replace(tzinfo=None) - begin
    rule = rrule.rrule(
        FREQUENCIES[window.recurrence],
        dtstart=begin,
        byweekday=[int(day) for day in window.weekdays] or None
        if window.recurrence == "weekly"
        else None,
    )
    # Local times, a day wider than asked for: zones differ by less.
    first = since.astimezone(zone).replace(tzinfo=None) - length - timedelta(days=1)
    last = until.astimezone(zone).replace(tzinfo=None) + timedelta(days=1)
    if window.recurs_until is not None:
        last = min(last, datetime.combine(window.recurs_until, datetime.max.time()))
    found = []
    for start in rule.xafter(first, count=MAX_OCCURRENCES, inc=True):
        if start > last:
            break
        found.append(
            Occurrence(
                start.replace(tzinfo=zone).astimezone(UTC),
                (start + length).replace(tzinfo=zone).astimezone(UTC),
            )
        )
    return found
