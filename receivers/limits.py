"""How many requests a receiver takes, and one count for those that are turned away.

Both live in the memory of one process: they protect that process and the database,
so they must not need the database.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass
from uuid import UUID

from integrations_project.lib.ids import uuid7

WINDOW_SECONDS = 60.0
MAX_ENTRIES = 10_000
#: The first ones are counted at once, so that a person who tries it sees the count.
COUNTED_AT_ONCE = 10
WRITE_EVERY_SECONDS = 1.0


class RateLimiter:
    """So many requests a minute for each receiver, from its first request on."""

    def __init__(self) -> None:
        self._windows: dict[UUID, tuple[float, int]] = {}
        self._lock = threading.Lock()

    def take(self, receiver_id: UUID, *, limit: int, clock: float) -> int:
        """Count one request.

        Args:
            receiver_id: Whose.
            limit: Requests a minute; 0 is no limit.
            clock: Monotonic seconds.

        Returns:
            0 when it may pass, else the seconds to wait.
        """
        with self._lock:
            start, count = self._windows.get(receiver_id, (clock, 0))
            if clock - start >= WINDOW_SECONDS:
                start, count = clock, 0
            if limit and count >= limit:
                return max(1, math.ceil(start + WINDOW_SECONDS - clock))
            if len(self._windows) >= MAX_ENTRIES:
                self._windows.clear()
            self._windows[receiver_id] = (start, count + 1)
        return 0

    def clear(self) -> None:
        """Forget what was counted."""
        self._windows.clear()


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """So many requests to add to a receipt that stands for them."""

    receipt_id: UUID
    count: int
    is_new: bool  # the receipt is still to be written


@dataclass(slots=True)
class _Tally:
    receipt_id: UUID
    started_at: float
    written_at: float
    total: int = 1
    unwritten: int = 0

    def take(self) -> Count:
        count, self.unwritten = self.unwritten, 0
        return Count(receipt_id=self.receipt_id, count=count, is_new=False)


class TurnedAway:
    """Counts requests that leave no receipt of their own: one a minute stands for all.

    A flood must not become a flood of writes, so counts are written once a second.
    """

    def __init__(self) -> None:
        self._tallies: dict[tuple[UUID, str], _Tally] = {}
        self._lock = threading.Lock()

    def add(self, receiver_id: UUID, reason: str, *, clock: float) -> list[Count]:
        """Count one request; returns what is to be written now, often nothing."""
        key = (receiver_id, reason)
        with self._lock:
            tally = self._tallies.get(key)
            if tally is None or clock - tally.started_at >= WINDOW_SECONDS:
                left = [tally.take()] if tally is not None and tally.unwritten else []
                new = _Tally(uuid7(), started_at=clock, written_at=clock)
                self._tallies[key] = new
                first = Count(receipt_id=new.receipt_id, count=1, is_new=True)
                return [*left, first]
            tally.total += 1
            tally.unwritten += 1
            is_due = clock - tally.written_at >= WRITE_EVERY_SECONDS
            if tally.total > COUNTED_AT_ONCE and not is_due:
                return []
            tally.written_at = clock
            return [tally.take()]

    def take_rest(self, *, clock: float) -> list[Count]:
        """Return counts that nobody came to write, once their second is over."""
        if not self._tallies:
            return []
        with self._lock:
            late = [
                tally
                for tally in self._tallies.values()
                if tally.unwritten and clock - tally.written_at >= WRITE_EVERY_SECONDS
            ]
            for key, tally in list(self._tallies.items()):
                if clock - tally.started_at >= WINDOW_SECONDS:
                    del self._tallies[key]
            return [tally.take() for tally in late]

    def clear(self) -> None:
        """Forget what was counted."""
        self._tallies.clear()
