"""How destinations are doing, summed up in memory and written now and then.

The row of a destination holds its failures in a row and its breaker. It is written
once a second, and at once when that may open or close the breaker. What the rest of
the house is told follows from the row: `write` returns it, `actions.health` tells it.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import transaction

from webhooks.engine.database import is_postgresql, read_id, run
from webhooks.engine.health_sql import POSTGRESQL, SQLITE, TYPES
from webhooks.engine.result import Result
from webhooks.engine.verdict import Sign
from webhooks.pacing import (
    BREAKER_FAILURES,
    LONGEST_PROBE_SECONDS,
    PROBE_JITTER,
)


class Change(NamedTuple):
    """A destination of which something is to be told."""

    destination_id: str
    is_failing: bool  #: four failures in a row, and that was not told yet
    has_recovered: bool  #: a success, after it was told that it fails
    is_hopeless: bool  #: failing for days: it is to be disabled


@dataclass(slots=True)
class _Sum:
    success: bool = False
    failure: bool = False
    failures: int = 0  # since the last success
    error: str = ""
    alive: bool = False  # it answered at least once
    outages: int = 0  # since its last answer
    probe_failed: bool = False  # the breaker's own request, and no answer since
    asked: float = 0.0  # the longest pause that it asked for, in seconds

    def add(self, result: Result) -> bool:
        """Count one; returns whether the breaker may open or close by it."""
        verdict = result.verdict
        if result.is_success:
            self.success, self.failures, self.error = True, 0, ""
        else:
            self.failure, self.error = True, result.error
            self.failures += 1
        if verdict.sign is Sign.ALIVE:
            self.alive, self.outages, self.probe_failed, self.asked = True, 0, False, 0.0
        else:
            self.outages += verdict.sign is Sign.OUTAGE
            self.probe_failed |= verdict.was_probe
            self.asked = max(self.asked, verdict.asked_seconds)
        return verdict.was_probe or self.outages == BREAKER_FAILURES

    def as_parameters(self) -> dict[str, Any]:
        """Return the values of the statement; the jitter is drawn here."""
        spread = PROBE_JITTER * (2 * random.random() - 1)  # noqa: S311  # jitter
        return {
            "success": self.success,
            "failure": self.failure,
            "failures": self.failures,
            "error": self.error,
            "alive": self.alive,
            "outages": self.outages,
            "probe_failed": self.probe_failed,
            "asked": min(self.asked, float(LONGEST_PROBE_SECONDS)),
            "jitter": 1 + spread,
        }


class HealthSums:
    """What happened to each destination since it was last written."""

    def __init__(self) -> None:
        self._sums: dict[str, _Sum] = {}
        self.is_urgent = False  #: a breaker may open or close by what was added

    def __bool__(self) -> bool:
        return bool(self._sums)

    def add(self, results: Iterable[Result]) -> None:
        """Count results, in the order in which they came."""
        for result in results:
            each = self._sums.setdefault(result.destination_id, _Sum())
            self.is_urgent |= each.add(result)

    def write(self) -> list[Change]:
        """Write the sums; those that could not be written now stay for later.

        Returns:
            The destinations of which something is to be told.
        """
        if not self._sums:
            return []
        rows = self._write_postgresql() if is_postgresql() else self._write_sqlite()
        changes = []
        for row in rows:
            change = Change(read_id(row[0]), *map(bool, row[1:]))
            del self._sums[change.destination_id]
            if any(change[1:]):
                changes.append(change)
        # A row that somebody held is tried again with the next outcomes.
        self.is_urgent = any(
            each.outages >= BREAKER_FAILURES for each in self._sums.values()
        )
        return changes

    def _write_postgresql(self) -> list[tuple[Any, ...]]:
        rows = [each.as_parameters() for each in self._sums.values()]
        columns = {name: [row[name] for row in rows] for name in TYPES}
        return run(POSTGRESQL, {"ids": list(self._sums), **columns})

    def _write_sqlite(self) -> list[tuple[Any, ...]]:
        written = []
        with transaction.atomic():
            for destination_id, each in self._sums.items():
                key = destination_id.replace("-", "")
                # No row: the destination was deleted.
                rows = run(SQLITE, {"id": key, **each.as_parameters()})
                written.append(rows[0] if rows else (key, False, False, False))
        return written
