"""The resident runner: take slots, claim runs, have them carried out, record; again.

A turn lasts about 20 seconds. Then a successor is called; until it is there the
runner goes on, afterwards it only finishes what it began. It stops, giving its claims
back, when its parent process is gone or somebody asks it to: the life that the
delivery engine's pump leads.
"""

from __future__ import annotations

import enum
import logging
import os
import time
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction

from monitors.runner import claim, doorbell
from monitors.runner.desk import Desk
from monitors.runner.lifeline import Lifeline
from monitors.runner.slots import MAX_SLOTS, take_slots

logger = logging.getLogger(__name__)

TURN_SECONDS = 20.0
#: Before the worker's own limit, which would kill us.
DEADLINE_SECONDS = settings.MONITOR_TASK_TIMEOUT_SECONDS - 5.0
#: The longest run: robots.txt, a page with redirects, and reading it.
LONGEST_SECONDS = 90.0
#: What is under way may take so long to end when we are to stop.
STOP_SECONDS = 5.0
BEAT_SECONDS = 1.0
#: Slots and runs become due without anybody telling.
LOOK_SECONDS = 0.5
CHECK_SECONDS = 0.1
#: How long outcomes are awaited while something could be claimed.
WAIT_SECONDS = 0.1
RENEW_SECONDS = 15.0
AWAY_SECONDS = 0.25
#: Work that is due for so long needs another runner.
BEHIND = timedelta(seconds=1)
CLOSE_TRIES = 6


class Phase(enum.Enum):
    """How far a turn has come."""

    WORKING = enum.auto()
    HANDING_OVER = enum.auto()  # a successor was called; still claims
    DRAINING = enum.auto()  # only finishes what it began
    STOPPING = enum.auto()  # the same, but not for long


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a turn did."""

    recorded_count: int
    given_back_count: int
    was_stopped: bool


class Turn:
    """One turn of a runner; `run` returns when it is over."""

    def __init__(
        self, *, turn_seconds: float = TURN_SECONDS, is_resident: bool = True
    ) -> None:
        """Prepare a turn.

        Args:
            turn_seconds: How long it claims before it calls a successor.
            is_resident: False ends the turn as soon as nothing is due and calls
                nobody: one pass over what is there.
        """
        self.lifeline = Lifeline()
        self.desk = Desk(self.lifeline.id)
        self._is_resident = is_resident
        self._phase = Phase.WORKING
        self._parent_id = os.getppid()
        start = time.monotonic()
        self._turn_ends = start + turn_seconds
        self._ends = start + DEADLINE_SECONDS
        self._next_beat = self._next_look = self._next_check = start
        self._next_renewal = start + RENEW_SECONDS
        self._away_until: float | None = None
        self._has_progress = False
        self._was_useful = False
        self._is_exhausted = False

    def run(self) -> Summary:
        """Run what is due until the turn is over.

        Raises:
            OperationalError: The database was away at the very beginning.
        """
        self.lifeline.begin()
        try:
            if self._is_superfluous():
                self._phase = Phase.DRAINING
            while not self._is_over():
                self._step()
        finally:
            given_back_count = self._close()
        return Summary(
            recorded_count=self.desk.recorded_count,
            given_back_count=given_back_count,
            was_stopped=self._phase is Phase.STOPPING,
        )

    def _step(self) -> None:
        self.desk.collect(seconds=self._find_patience())
        now = time.monotonic()
        if os.getppid() != self._parent_id:
            self._stop(now, why="parent process gone")
        if self._away_until is not None and now < self._away_until:
            return
        try:
            if self._away_until is not None:
                self.desk.give_back_unknown()
                self._away_until = None
            self._work(now)
        except (OperationalError, InterfaceError) as error:
            self._note_away(error)

    def _work(self, now: float) -> None:
        if now >= self._next_beat:
            self._beat(now)
        if self._phase in (Phase.WORKING, Phase.HANDING_OVER):
            self._claim(now)
            self._advance(now)
        if self.desk.record():
            self._has_progress = True

    def _claim(self, now: float) -> None:
        if now + LONGEST_SECONDS > self._ends:
            self._phase = Phase.DRAINING
            return
        # A run that ended may have made its host free, or a thread.
        if now < self._next_look and not self.desk.has_room_again:
            return
        slot_count = take_slots() if now >= self._next_look else 0
        count, has_more = self.desk.claim()
        is_behind = has_more or slot_count >= MAX_SLOTS
        if now >= self._next_look:
            self._next_look = now if is_behind else now + LOOK_SECONDS
            self._is_exhausted = not (count or slot_count)
        self._has_progress = True
        self._was_useful |= count > 0 or slot_count > 0

    def _advance(self, now: float) -> None:
        """Move on to the next phase when it is time."""
        if not self._is_resident or now < max(self._turn_ends, self._next_check):
            return
        self._next_check = now + CHECK_SECONDS
        if self._phase is Phase.WORKING:
            if not self._was_useful and self.lifeline.has_other(younger=True):
                self._phase = Phase.DRAINING
                return
            with transaction.atomic():
                self.lifeline.hand_over()
                doorbell.start_runner()
            self._phase = Phase.HANDING_OVER
            return
        # Nobody came, perhaps because we hold the only worker: make room.
        is_alone = now > self._turn_ends + BEAT_SECONDS and not self.desk.open_count
        if is_alone or self.lifeline.has_other():
            self._phase = Phase.DRAINING

    def _is_over(self) -> bool:
        if time.monotonic() >= self._ends:
            return True
        is_idle = not self.desk.open_count
        if self._phase in (Phase.DRAINING, Phase.STOPPING):
            return is_idle
        return not self._is_resident and self._is_exhausted and is_idle

    def _is_superfluous(self) -> bool:
        return (
            self._is_resident and self.lifeline.has_other() and not claim.has_due_work()
        )

    def _stop(self, now: float, *, why: str) -> None:
        if self._phase is not Phase.STOPPING:
            logger.info("runner stopping id=%s why=%s", self.lifeline.id, why)
            self._phase = Phase.STOPPING
            self._ends = min(self._ends, now + STOP_SECONDS)

    def _beat(self, now: float) -> None:
        self._next_beat = now + BEAT_SECONDS
        is_asked_to_stop = self.lifeline.beat(
            in_flight=self.desk.open_count, has_progress=self._has_progress
        )
        self._has_progress = False
        if is_asked_to_stop:
            self._stop(now, why="asked to")
        if now >= self._next_renewal:
            self._next_renewal = now + RENEW_SECONDS
            self.desk.renew()
        self.desk.tidy()
        self._call_for_help()

    def _call_for_help(self) -> None:
        """Have a second runner started when we fall behind."""
        may_call = self._phase is Phase.WORKING and self._is_resident
        if may_call and claim.has_due_work(late_by=BEHIND):
            doorbell.start_runner()

    def _find_patience(self) -> float:
        now = time.monotonic()
        if self._away_until is not None:
            return min(max(0.0, self._away_until - now), AWAY_SECONDS)
        if self.desk.unrecorded_count:
            return 0.0
        until = min(self._next_beat, self._ends)
        if self._phase in (Phase.WORKING, Phase.HANDING_OVER):
            until = min(until, self._next_look)
        return max(0.0, until - now)

    def _note_away(self, error: Exception) -> None:
        if self._away_until is None:
            logger.warning("database away runner=%s error=%s", self.lifeline.id, error)
        self._away_until = time.monotonic() + AWAY_SECONDS
        if not connection.is_usable():
            connection.close()

    def _close(self) -> int:
        """Record what is there and give the rest back; returns how many."""
        self.desk.collect(seconds=0)
        for _ in range(CLOSE_TRIES):
            try:
                self.desk.record(seconds=STOP_SECONDS)
                given_back_count = self.desk.give_back_all()
                self.lifeline.end()
            except (OperationalError, InterfaceError):
                connection.close()
                time.sleep(AWAY_SECONDS)
            else:
                self.desk.close()
                return given_back_count
        self.desk.close()
        logger.error("runner ended without the database id=%s", self.lifeline.id)
        return 0
