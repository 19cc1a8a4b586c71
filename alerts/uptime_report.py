"""Uptime put together for people: windows, months, a bar for each day. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from alerts.days import WINDOW_DAYS, list_months
from alerts.uptime import (
    Policy,
    Seconds,
    add_up,
    describe_formula,
    describe_share,
    describe_uncounted,
)

if TYPE_CHECKING:
    from alerts.actions.stored_days import UptimeDay

WINDOW_LABELS = {
    "today": "Today",
    "7d": "7 days",
    "30d": "30 days",
    "90d": "90 days",
}
#: A text names so many days with problems; a table has them all.
DAYS_NAMED = 10


class Figure(NamedTuple):
    """The uptime of a time, with how it came about."""

    label: str
    seconds: Seconds
    share: float | None
    text: str  # the share in words
    formula: str
    uncounted: str


def build_figure(label: str, seconds: Seconds, policy: Policy) -> Figure:
    """Return the uptime of a time from how long each state lasted."""
    share = policy.find_share(seconds)
    return Figure(
        label=label,
        seconds=seconds,
        share=share,
        text=describe_share(share),
        formula=describe_formula(seconds, policy),
        uncounted=describe_uncounted(seconds, policy),
    )


def build_windows(days: Sequence[UptimeDay], policy: Policy) -> list[Figure]:
    """Return today, 7, 30 and 90 days; ``days`` are 90 at least, today the last."""
    return [
        build_figure(
            WINDOW_LABELS[name], add_up(day.seconds for day in days[-count:]), policy
        )
        for name, count in WINDOW_DAYS.items()
    ]


def build_months(days: Sequence[UptimeDay], policy: Policy) -> list[Figure]:
    """Return each calendar month of the days, the newest first; empty ones are out."""
    figures = []
    for year, month in list_months(day.day for day in days):
        within = [d.seconds for d in days if (d.day.year, d.day.month) == (year, month)]
        label = f"{date(year, month, 1):%B %Y}"
        figures.append(build_figure(label, add_up(within), policy))
    return [figure for figure in figures if figure.share is not None]


def build_cells(days: Sequence[UptimeDay]) -> list[dict[str, str]]:
    """Return a cell for each day, as the status bar takes them."""
    return [{"status": day.status, "title": describe_day(day)} for day in days]


def describe_day(day: UptimeDay) -> str:
    """Say a day: ``21 Nov 2026: 99.83 %, down 2 min 30 s, 1 incident``."""
    parts = [describe_share(day.share)]
    for status in ("down", "degraded", "maintenance"):
        seconds = getattr(day.seconds, status)
        if seconds:
            parts.append(f"{status} {describe_length(seconds)}")
    if day.incident_count:
        noun = "incident" if day.incident_count == 1 else "incidents"
        parts.append(f"{day.incident_count} {noun}")
    return f"{say_date(day.day)}: {', '.join(parts)}"


def describe_days(name: str, days: Sequence[UptimeDay], policy: Policy) -> str:
    """Say all days in a few sentences, for those who cannot see the bars."""
    share = policy.find_share(add_up(day.seconds for day in days))
    text = f"{name}, last {len(days)} days: {describe_share(share)}."
    bad = list_bad_days(days)
    if bad:
        named = "; ".join(describe_day(day) for day in bad[:DAYS_NAMED])
        more = f"; and {len(bad) - DAYS_NAMED} more" if len(bad) > DAYS_NAMED else ""
        text += f" Days with problems: {named}{more}."
    elif share is not None:
        text += " No day with a problem."
    without = sum(1 for day in days if not day.status)
    return f"{text} No data for {without} of them." if without else text


def list_bad_days(days: Sequence[UptimeDay]) -> list[UptimeDay]:
    """Return the days on which something was wrong, the newest first."""
    return [day for day in reversed(days) if day.status in ("down", "degraded")]


def describe_length(seconds: float) -> str:
    """Say a length of time in its two largest units: ``2 min 30 s``."""
    rest = round(seconds)
    parts = []
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60), ("s", 1)):
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "less than 1 s"


def say_date(day: date) -> str:
    """Say a day: ``21 Nov 2026``."""
    return f"{day.day} {day:%b %Y}"
