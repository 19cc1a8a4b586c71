"""The days of a component as a row of bars, few enough bytes for 200 components."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from alerts.status_page.words import LABELS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alerts.status_page.datatypes import ComponentData, DayData

#: Of the drawing, in its own units: a bar and the gap behind it.
STEP, BAR, HEIGHT = 5, 3.5, 32


class Shape(NamedTuple):
    """Bars that look alike and are read out together."""

    status: str  # "" when nothing is known
    path: str
    title: str  # said while the pointer rests on it


class Chart(NamedTuple):
    """A row of bars."""

    width: int
    shapes: list[Shape]


def draw_days(component: ComponentData) -> Chart:
    """Return the bars of a component, oldest first.

    A day on which something happened is a shape with its own words; calm days in a
    row are one shape. So ninety calm days are one path.
    """
    if not component["first_day"]:
        return Chart(0, [])
    span = (component["first_day"], component["last_day"], component["known_from"])
    return (
        _draw_days(span, component["days"]) if component["days"] else _draw_calm(span)
    )


@lru_cache(maxsize=256)
def _draw_calm(span: tuple[str, str, str]) -> Chart:
    """Return the bars of a service to which nothing happened: most look alike."""
    return _draw_days(span, ())


def _draw_days(span: tuple[str, str, str], listed: Sequence[DayData]) -> Chart:
    first, last = date.fromisoformat(span[0]), date.fromisoformat(span[1])
    known = span[2]
    told = {day["day"]: day for day in listed}
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    positions = list(enumerate(days))
    shapes = [
        _draw(list(run), kind, told)
        for kind, run in groupby(positions, key=lambda each: _key(each, told, known))
    ]
    return Chart(len(days) * STEP, shapes)


def write_day(day: date) -> str:
    """Write a day as people read it: ``21 Nov 2026``."""
    return f"{day.day} {day:%b %Y}"


def _key(each: tuple[int, date], told: dict[str, DayData], known: str) -> object:
    """Return what the days of one shape have in common."""
    position, day = each
    text = day.isoformat()
    if not known or text < known:
        return "unknown"
    data = told.get(text)
    if data is None:
        return "calm"
    return position if data["status"] else "unknown"


def _draw(run: list[tuple[int, date]], kind: object, told: dict[str, DayData]) -> Shape:
    data = told.get(run[0][1].isoformat())
    path = "".join(
        f"M{position * STEP} 0h{BAR}v{HEIGHT}h-{BAR}z" for position, _ in run
    )
    when = write_day(run[0][1])
    if len(run) > 1:
        when = f"{when} – {write_day(run[-1][1])}"
    if kind == "unknown":
        return Shape("", path, f"{when}: no data")
    if data is None:
        return Shape("operational", path, f"{when}: operational")
    return Shape(
        data["status"], path, f"{when}: {data['note'] or LABELS[data['status']]}"
    )
