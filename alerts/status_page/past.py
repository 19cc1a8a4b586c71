"""Incidents by day and by month, in a page's zone."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from alerts.status_page.bars import write_day

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from alerts.status_page.datatypes import IncidentData


class Day(NamedTuple):
    """A day with what began on it; calm days in a row are one."""

    label: str
    incidents: list[IncidentData]


def list_days(
    incidents: Sequence[IncidentData], *, first: date, last: date, zone: ZoneInfo
) -> list[Day]:
    """Return the days from the last to the first, with their incidents."""
    by_day: dict[date, list[IncidentData]] = {}
    for incident in incidents:
        day = datetime.fromisoformat(incident["opened_at"]).astimezone(zone).date()
        # What began before and ended lately stands at the end of the list.
        by_day.setdefault(max(day, first), []).append(incident)
    days = [last - timedelta(days=n) for n in range((last - first).days + 1)]
    return [
        Day(_write_run(list(run)), [] if not found else by_day[found])
        for found, run in groupby(days, key=lambda day: day if day in by_day else None)
    ]


def _write_run(days: list[date]) -> str:
    if len(days) == 1:
        return write_day(days[0])
    return f"{write_day(days[-1])} – {write_day(days[0])}"
