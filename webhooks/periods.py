"""Deliveries of the last 24 hours or 7 days, counted in cells of time.

A cell counts its newest rows up to a limit, so a page costs the same after a million
deliveries; shares stay right, and the page says when a cell had more.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from django.db import connection

from integrations_project.lib.ids import first_id_at
from webhooks.delivery_lists import find_first_id
from webhooks.models import Destination

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.models import Organization

#: How many rows of a cell are counted.
CELL_LIMIT = 400
#: Waits for another attempt after one that failed.
RETRYING = "retrying"

_BOUND_SQL = """
SELECT {number} AS cell, (SELECT id FROM webhooks_delivery
        WHERE event_id >= %s ORDER BY event_id LIMIT 1) AS first_id
"""
_CELL_SQL = """
SELECT {number} AS cell, state, count(*) FROM (
    SELECT CASE WHEN status = 'pending' AND attempt_count > 0 THEN 'retrying'
                ELSE status END AS state
      FROM webhooks_delivery
     WHERE {column} = %s AND id >= %s AND id < %s AND created_at >= %s
     ORDER BY id DESC LIMIT {limit}) AS newest
 GROUP BY state
"""
_NO_END = 2**63 - 1


class Period(NamedTuple):
    """A stretch of time up to now, in equal cells."""

    words: str
    cell: timedelta
    cell_count: int

    @property
    def span(self) -> timedelta:
        """How long it is."""
        return self.cell * self.cell_count


DAY = Period("24 h", timedelta(hours=1), 24)
WEEK = Period("7 d", timedelta(hours=6), 28)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What became of the deliveries that were made in one stretch of time."""

    begin: datetime
    end: datetime
    states: Counter[str]

    @property
    def words(self) -> str:
        """Its figures: "12 delivered, 1 failed"."""
        parts = [
            f"{self.states[state]} {words}"
            for state, words in STATE_WORDS.items()
            if self.states[state]
        ]
        return ", ".join(parts) or "nothing was sent"

    @property
    def title(self) -> str:
        """When, and what became of it."""
        day = f"{self.begin:%d %b} " if self.end - self.begin > DAY.cell else ""
        return f"{day}{self.begin:%H:%M}–{self.end:%H:%M} UTC: {self.words}"

    @property
    def status(self) -> str:
        """Its colour: all arrived, some, or none; empty when nothing was sent."""
        bad = self.states["failed"] + self.states[RETRYING]
        if not bad:
            return "operational" if self.states["delivered"] else ""
        return "degraded" if self.states["delivered"] else "down"


STATE_WORDS = {
    "delivered": "delivered",
    "failed": "failed",
    RETRYING: "to be tried again",
    "pending": "waiting",
    "sending": "being sent",
    "skipped": "skipped",
    "cancelled": "cancelled",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodFigures:
    """The deliveries of a period."""

    period: Period
    cells: list[Cell]  # oldest first
    states: Counter[str]
    is_cut: bool  # a cell had more rows than are counted

    @property
    def delivered(self) -> int:
        """How many arrived."""
        return self.states["delivered"]

    @property
    def failed(self) -> int:
        """How many were given up."""
        return self.states["failed"]

    @property
    def retrying(self) -> int:
        """How many wait for another attempt after one that failed."""
        return self.states[RETRYING]

    @property
    def waiting(self) -> int:
        """How many wait or are being sent."""
        return self.states["pending"] + self.states["sending"] + self.retrying

    @property
    def ended(self) -> int:
        """How many were delivered or given up."""
        return self.delivered + self.failed

    @property
    def success_rate(self) -> float | None:
        """Percent of those that ended; None without any."""
        return 100 * self.delivered / self.ended if self.ended else None

    @property
    def bar(self) -> list[dict[str, str]]:
        """The cells as a bar of success."""
        return [{"status": each.status, "title": each.title} for each in self.cells]

    @property
    def columns(self) -> list[dict[str, Any]]:
        """The cells as a column chart."""
        return [
            {
                "good": each.states["delivered"],
                "bad": each.states["failed"] + each.states[RETRYING],
                "title": each.title,
            }
            for each in self.cells
        ]

    @property
    def words(self) -> str:
        """The bar as a text."""
        rate = self.success_rate
        share = "nothing ended" if rate is None else f"{rate:.1f} % delivered"
        retried = f", {self.retrying} to be tried again" if self.retrying else ""
        return f"Last {self.period.words}: {share}, {self.failed} failed{retried}"


def count_period(
    owner: Destination | Organization, period: Period, *, now: datetime
) -> PeriodFigures:
    """Count the deliveries of a webhook, or of an organization, cell by cell."""
    since = now - period.span
    begins = [since + period.cell * number for number in range(period.cell_count)]
    found = _count_cells(owner, _find_bounds(begins), since=since)
    cells = [
        Cell(begin=begin, end=begin + period.cell, states=found.get(number, Counter()))
        for number, begin in enumerate(begins)
    ]
    states: Counter[str] = sum((each.states for each in cells), Counter())
    is_cut = any(each.states.total() >= CELL_LIMIT for each in cells)
    return PeriodFigures(period=period, cells=cells, states=states, is_cut=is_cut)


def _find_bounds(begins: list[datetime]) -> list[int]:
    """Return the first id of each cell, and the end of the last one."""
    first = find_first_id(begins[0])
    if first is None:
        return [_NO_END] * (len(begins) + 1)
    parts = [_BOUND_SQL.format(number=number) for number in range(1, len(begins))]
    ids = [_adapt(first_id_at(begin)) for begin in begins[1:]]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), ids)
        found = dict(cursor.fetchall())
    bounds = [first]
    for number in range(1, len(begins)):
        bound = found.get(number)
        bounds.append(_NO_END if bound is None else max(bound, bounds[-1]))
    return [*bounds, _NO_END]


def _count_cells(
    owner: Destination | Organization, bounds: list[int], *, since: datetime
) -> dict[int, Counter[str]]:
    is_destination = isinstance(owner, Destination)
    column = "destination_id" if is_destination else "organization_id"
    key = _adapt(owner.pk)
    moment = connection.ops.adapt_datetimefield_value(since)
    parts: list[str] = []
    values: list[Any] = []
    for number, (first, end) in enumerate(pairwise(bounds)):
        if first < end:
            parts.append(
                _CELL_SQL.format(number=number, column=column, limit=CELL_LIMIT)
            )
            values += [key, first, end, moment]
    counted: dict[int, Counter[str]] = {}
    if not parts:
        return counted
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), values)
        for number, state, count in cursor.fetchall():
            counted.setdefault(number, Counter())[state] += count
    return counted


def _adapt(key: UUID) -> Any:
    return key if connection.vendor == "postgresql" else key.hex
