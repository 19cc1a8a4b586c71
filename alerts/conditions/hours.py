"""Active hours: when a rule speaks, as the clocks of a place show it.

``{"time_zone": "Europe/Paris", "windows": [{"days": [0, 1], "from": "22:00",
"to": "06:00"}]}``: days count from Monday as 0, and a window that ends before it
begins goes over midnight and belongs to the day on which it begins. On the day when
the clocks change, a window begins and ends when the wall clock says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from integrations_project.lib.zones import load_zone

_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00")
MIDNIGHT = "24:00"


def is_active(hours: Mapping[str, Any], moment: datetime) -> bool:
    """Whether a moment is within the hours; without any it always is."""
    return find_active(hours, moment) == moment


def find_active(hours: Mapping[str, Any], moment: datetime) -> datetime:
    """Return the moment itself when it is within the hours, else when they begin.

    Args:
        hours: As it is stored; empty is always.
        moment: Aware.
    """
    if not hours:
        return moment
    zone = load_zone(hours["time_zone"])
    today = moment.astimezone(zone).date()
    starts = []
    # A window of the day before may reach into this one; next week's is the latest.
    for offset in range(-1, 9):
        day = today + timedelta(days=offset)
        for start, end in _list_windows(hours, day, zone):
            if start <= moment < end:
                return moment
            if start > moment:
                starts.append(start)
        if starts and offset > 0:
            break
    return min(starts, default=moment)


def is_time(text: object) -> bool:
    """Whether a text is a time such as 08:00; 24:00 is the end of a day."""
    return isinstance(text, str) and _TIME.fullmatch(text) is not None


def describe_hours(hours: Mapping[str, Any]) -> str:
    """Return hours in words: ``Mon, Tue 08:00-18:00 (Europe/Paris)``."""
    names = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    windows = [
        f"{', '.join(names[day] for day in window['days'])} "
        f"{window['from']}-{window['to']}"
        for window in hours["windows"]
    ]
    return f"{'; '.join(windows)} ({hours['time_zone']})"


def _list_windows(
    hours: Mapping[str, Any], day: date, zone: ZoneInfo
) -> Iterator[tuple[datetime, datetime]]:
    """Yield the windows that begin on a day, from when to when, in UTC."""
    for window in hours["windows"]:
        if day.weekday() not in window["days"]:
            continue
        is_over_midnight = window["to"] <= window["from"]
        end_day = day + timedelta(days=1) if is_over_midnight else day
        start = _at(day, window["from"], zone)
        end = _at(end_day, window["to"], zone)
        yield start, end


def _at(day: date, text: str, zone: ZoneInfo) -> datetime:
    if text == MIDNIGHT:
        day, text = day + timedelta(days=1), "00:00"
    # A time that the clocks skip is an hour later, and of two the first is meant.
    local = datetime.combine(day, time.fromisoformat(text), tzinfo=zone)
    return local.astimezone(UTC)
