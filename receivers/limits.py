"""How many requests are taken, and one count for those that are turned away.

A receiver has a limit, and so have all receivers of an organization together. Both,
and the counts, live in the memory of one process: they protect that process and the
database, so they must not need the database. Of several web processes each takes its
share (docs/adr/0013).
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings

from integrations_project.lib.ids import uuid7

if TYPE_CHECKING:
    from receivers.datatypes import ReceiverSpec

WINDOW_SECONDS = 60.0
MAX_ENTRIES = 10_000
#: The first ones are counted at once, so that a person who tries it sees the count.
COUNTED_AT_ONCE = 10
WRITE_EVERY_SECONDS = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TooMany:
    """Why a request is turned away, and for how long."""

    wait_seconds: int
    detail: str


class RateLimiter:
    """So many requests a minute for each owner, from its first request on."""

    def __init__(self) -> None:
        self._windows: dict[UUID, tuple[float, int]] = {}
        self._lock = threading.Lock()

    def admit(self, spec: ReceiverSpec, *, clock: float) -> TooMany | None:
        """Count one request to a receiver, and to its organization.

        What is turned away by one limit does not use up the other.

        Args:
            spec: The receiver's settings.
            clock: Monotonic seconds.

        Returns:
            None when it may pass.
        """
        own, shared = find_limit(spec), settings.RECEIVER_RATE_PER_MINUTE_ORGANIZATION
        own_share, shared_share = find_share(own), find_share(shared)
        with self._lock:
            if wait := self._find_wait(spec.id, own_share, clock):
                detail = f"This receiver takes {own} requests a minute."
            elif wait := self._find_wait(spec.organization_id, shared_share, clock):
                detail = (
                    f"The receivers of this organization take {shared} requests "
                    "a minute together."
                )
            else:
                self._count(spec.id, clock)
                self._count(spec.organization_id, clock)
                return None
        return TooMany(wait_seconds=wait, detail=f"{detail} Send it again in {wait} s.")

    def _find_wait(self, owner_id: UUID, limit: int, clock: float) -> int:
        start, count = self._windows.get(owner_id, (clock, 0))
        left = start + WINDOW_SECONDS - clock
        if not limit or count < limit or left <= 0:
            return 0
        return max(1, math.ceil(left))

    def _count(self, owner_id: UUID, clock: float) -> None:
        start, count = self._windows.get(owner_id, (clock, 0))
        if clock - start >= WINDOW_SECONDS:
            start, count = clock, 0
        if len(self._windows) >= MAX_ENTRIES:
            self._windows.clear()
        self._windows[owner_id] = (start, count + 1)

    def clear(self) -> None:
        """Forget what was counted."""
        self._windows.clear()


def find_limit(spec: ReceiverSpec) -> int:
    """Return how many requests a minute a receiver takes; 0 is no limit."""
    own = spec.rate_per_minute
    installation: int = settings.RECEIVER_RATE_PER_MINUTE
    return installation if own is None else own


def find_share(limit: int) -> int:
    """Return how many of so many a minute this web process takes, rounded up.

    Of L a minute N processes take no more than L + N - 1 together.
    """
    processes: int = settings.WEB_PROCESSES
    return math.ceil(limit / processes)


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
