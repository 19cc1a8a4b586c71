"""Days, months and windows of time in an organization's zone. Pure.

A day lasts from its midnight to the next, which is 23 or 25 hours when clocks are
changed. Where a change swallows midnight, the day begins when the clocks jump.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)
#: The windows that have names, in days; today is the last of them.
WINDOW_DAYS = {"today": 1, "7d": 7, "30d": 30, "90d": 90}


class Span(NamedTuple):
    """A time from a moment to another, which does not belong to it."""

    start: datetime
    end: datetime


def find_day(moment: datetime, zone: ZoneInfo) -> date:
    """Return the day that a moment belongs to in a zone."""
    return moment.astimezone(zone).date()


def find_day_start(day: date, zone: ZoneInfo) -> datetime:
    """Return when a day begins, in UTC."""
    # A midnight that clocks skip is read with the offset before the jump, which
    # gives the jump itself; of two midnights the first is taken.
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


def next_day(day: date) -> date:
    """Return the day after."""
    return day + ONE_DAY


def find_day_span(first: date, last: date, zone: ZoneInfo) -> Span:
    """Return the time from the begin of one day to the end of another."""
    return Span(find_day_start(first, zone), find_day_start(next_day(last), zone))


def list_days(first: date, last: date) -> list[date]:
    """Return every day from the first to the last, both included."""
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def find_window(today: date, days: int) -> tuple[date, date]:
    """Return the first and the last of so many days, of which today is the last."""
    return today - timedelta(days=days - 1), today


def find_month(year: int, month: int) -> tuple[date, date]:
    """Return the first and the last day of a month."""
    first = date(year, month, 1)
    following = date(year + month // 12, month % 12 + 1, 1)
    return first, following - ONE_DAY


def list_months(days: Iterable[date]) -> list[tuple[int, int]]:
    """Return the year and month of the days, the newest first, each once."""
    return sorted({(day.year, day.month) for day in days}, reverse=True)
