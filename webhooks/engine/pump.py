"""The resident pump: claim, send, record, again; for one turn of a worker.

A turn lasts about 20 seconds. Then a successor is called; until it is there the
pump goes on, afterwards it only finishes what it began. It stops at once, giving
its claims back, when its parent process is gone or somebody asks it to.
"""

from __future__ import annotations

import enum
import gc
import logging
import os
import resource
import time
from dataclasses import dataclass

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction

from webhooks.engine import doorbell, heartbeat
from webhooks.engine.database import is_postgresql, run
from webhooks.engine.desk import MAX_CLAIM, Desk
from webhooks.engine.flight import MAX_IN_FLIGHT, Flight, shared_transport
from webhooks.engine.isolated import IsolatedSender
from webhooks.engine.lifeline import BACKLOG_AGE, Lifeline
from webhooks.engine.record import MAX_BATCH
from webhooks.engine.wakeup import make_wakeup
from webhooks.engine.while_sending import use_waits

logger = logging.getLogger(__name__)

TURN_SECONDS = 20.0
#: Before the worker's own limit, which would kill us.
DEADLINE_SECONDS = settings.TASK_TIMEOUT_SECONDS - 5.0
#: What is on the wire may take so long to end when we are to stop.
STOP_SECONDS = 6.0
BEAT_SECONDS = 1.0
#: Retries become due without anybody telling.
LOOK_SECONDS = 0.5
SUSPECT_SECONDS = 0.25
CHECK_SECONDS = 0.1
#: Outcomes are written together, when they are many or so old.
WRITE_SECONDS = 0.01
AWAY_SECONDS = 0.25
#: What a pump's session on PostgreSQL has of its own.
SESSION = {
    # What a crash of the server takes back is sent again: at least once.
    "synchronous_commit": "off",
    "lock_timeout": "'5s'",
    # Statistics lag behind a backlog, and every statement here finds its rows by an
    # index: a plan that reads a table costs as much as the deliveries themselves.
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
}
#: The longest timeout that a destination may have.
LONGEST_SECONDS = 30
CLOSE_TRIES = 6
#: The collector of cycles looks when so many objects more are alive.
COLLECT_OBJECTS = 20_000
#: A pump that records fewer a second waits for its destinations; a second one would
#: only wait too.
BUSY_RATE = 200


class Phase(enum.Enum):
    """How far a pump's turn has come."""

    WORKING = enum.auto()
    HANDING_OVER = enum.auto()  # a successor was called; still claims
    DRAINING = enum.auto()  # only finishes what it began
    STOPPING = enum.auto()  # the same, but not for long


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a pump did."""

    recorded_count: int
    given_back_count: int
    was_stopped: bool


class PumpRun:
    """One turn of a pump; `run` returns when it is over."""

    def __init__(
        self,
        *,
        turn_seconds: float = TURN_SECONDS,
        is_resident: bool = True,
        isolated: IsolatedSender | None = None,
    ) -> None:
        """Prepare a turn.

        Args:
            turn_seconds: How long it claims before it calls a successor.
            is_resident: False ends the turn as soon as nothing is due and calls
                nobody: one pass over what is there.
            isolated: How suspects are sent.
        """
        self.lifeline = Lifeline()
        self.flight = Flight(shared_transport(), isolated or IsolatedSender())
        self.desk = Desk(self.lifeline.id, self.flight)
        self._is_resident = is_resident
        self._wakeup = make_wakeup()
        self._phase = Phase.WORKING
        self._parent_id = os.getppid()
        start = time.monotonic()
        self._turn_ends = start + turn_seconds
        self._ends = start + DEADLINE_SECONDS if is_resident else float("inf")
        self._next_beat = self._next_look = start
        self._next_suspects = self._next_check = start
        self._unwritten_since: float | None = None
        self._away_until: float | None = None
        self._has_progress = False
        self._was_useful = False
        self._is_exhausted = False
        self._counted = 0

    def run(self) -> Summary:
        """Pump until the turn is over.

        Raises:
            OperationalError: The database was away at the very beginning.
        """
        _allow_sockets()
        _collect_seldom()
        self.lifeline.begin()
        self._open()
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
        landed = self.flight.poll(self._find_patience())
        now = time.monotonic()
        self.desk.take(landed)
        if self._unwritten_since is None and self.desk.unwritten_count:
            self._unwritten_since = now
        self._check_parent(now)
        if self._away_until is not None and now < self._away_until:
            return
        try:
            if self._away_until is not None:
                self._come_back()
            self._work(now)
        except (OperationalError, InterfaceError) as error:
            self._note_away(error)

    def _work(self, now: float) -> None:
        if self._is_write_due(now):
            self.desk.write()
            self._unwritten_since = None
            self._has_progress = True
            self._next_look = now  # places became free
            self._is_exhausted = False
            if not self.flight:
                self.desk.write_health()
        if now >= self._next_beat:
            self._beat(now)
        if self._phase in (Phase.WORKING, Phase.HANDING_OVER):
            self._claim(now)
            self._advance(now)
        self.desk.send_waiting()

    def _is_write_due(self, now: float) -> bool:
        if self._unwritten_since is None:
            return False
        return (
            not self.flight
            or self.desk.unwritten_count >= MAX_BATCH
            or now >= self._unwritten_since + WRITE_SECONDS
        )

    def _claim(self, now: float) -> None:
        longest = int(min(self._ends - now - 2, LONGEST_SECONDS))
        if longest <= 0:
            self._phase = Phase.DRAINING
            return
        count = 0
        if now >= self._next_suspects:
            self._next_suspects = now + SUSPECT_SECONDS
            count = self.desk.claim_suspects(longest_seconds=longest)
        is_rung = self._wakeup.is_due()
        if is_rung or now >= self.desk.next_gate_look:
            count += self.desk.claim_gated(longest_seconds=longest)
        if is_rung or now >= self._next_look:
            found = self.desk.claim(longest_seconds=longest)
            self._next_look = now if found >= MAX_CLAIM else now + LOOK_SECONDS
            self._has_progress = True
            count += found
            self._is_exhausted = not count
        self._was_useful |= count > 0

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
                doorbell.start_pump()
            self._phase = Phase.HANDING_OVER
            return
        # Nobody came, perhaps because we hold the only worker: make room.
        is_alone = now > self._turn_ends + BEAT_SECONDS and self._is_idle
        if is_alone or self.lifeline.has_other():
            self._phase = Phase.DRAINING

    @property
    def _is_idle(self) -> bool:
        return not self.flight and not self.desk.open_count

    def _is_over(self) -> bool:
        if time.monotonic() >= self._ends:
            return True
        if self._phase in (Phase.DRAINING, Phase.STOPPING):
            return self._is_idle
        return not self._is_resident and self._is_exhausted and self._is_idle

    def _is_superfluous(self) -> bool:
        return (
            self._is_resident
            and self.lifeline.has_other()
            and not heartbeat.has_due_work()
        )

    def _check_parent(self, now: float) -> None:
        if os.getppid() != self._parent_id:
            self._stop(now, why="parent process gone")

    def _stop(self, now: float, *, why: str) -> None:
        if self._phase is not Phase.STOPPING:
            logger.info("pump stopping id=%s why=%s", self.lifeline.id, why)
            self._phase = Phase.STOPPING
            self._ends = min(self._ends, now + STOP_SECONDS)

    def _beat(self, now: float) -> None:
        self._next_beat = now + BEAT_SECONDS
        is_asked_to_stop = self.lifeline.beat(
            in_flight=len(self.flight), has_progress=self._has_progress
        )
        self._has_progress = False
        if is_asked_to_stop:
            self._stop(now, why="asked to")
        lost_count = self.desk.tidy()
        if lost_count:
            logger.warning("claims lost by others count=%s", lost_count)
        self.desk.write_health()
        self._call_for_help()

    def _call_for_help(self) -> None:
        """Have a second pump started when we work hard and still fall behind."""
        rate = self.desk.recorded_count - self._counted
        self._counted = self.desk.recorded_count
        is_busy = rate >= BUSY_RATE or len(self.flight) >= 0.9 * MAX_IN_FLIGHT
        if self._phase is not Phase.WORKING or not is_busy or not self._is_resident:
            return
        age = heartbeat.oldest_due_age()
        if age is not None and age > BACKLOG_AGE:
            doorbell.start_pump()

    def _find_patience(self) -> float:
        now = time.monotonic()
        if self._away_until is not None:
            return min(max(0.0, self._away_until - now), AWAY_SECONDS)
        if self._unwritten_since is not None:
            until = now if not self.flight else self._unwritten_since + WRITE_SECONDS
        elif self._phase in (Phase.DRAINING, Phase.STOPPING):
            until = min(self._next_beat, self._ends, now + LOOK_SECONDS)
        else:
            look = min(self._next_look, self.desk.next_gate_look)
            until = min(self._next_beat, look, now + self._wakeup.seconds)
        return max(0.0, until - now)

    def _open(self) -> None:
        if is_postgresql():
            for name, value in SESSION.items():
                run(f"SET {name} = {value}", {})
        self._wakeup.open()
        self.flight.watch(self._wakeup.fd)
        use_waits(self._wakeup.fd, self.flight.work_until)

    def _note_away(self, error: Exception) -> None:
        if self._away_until is None:
            logger.warning("database away pump=%s error=%s", self.lifeline.id, error)
        self._away_until = time.monotonic() + AWAY_SECONDS
        if not connection.is_usable():
            self._forget_connection()

    def _come_back(self) -> None:
        if connection.connection is None or self._wakeup.is_stale:
            self._forget_connection()
            self._open()
        self.desk.give_back_unknown()
        self._away_until = None

    def _forget_connection(self) -> None:
        use_waits(None, self.flight.work_until)
        # Before it is closed, or its number could mean another descriptor by then.
        self.flight.unwatch(self._wakeup.fd)
        self._wakeup.forget()
        connection.close()

    def _close(self) -> int:
        """Write what is left and give the rest back; returns how many."""
        use_waits(None, self.flight.work_until)
        cancelled = self.flight.cancel_all()
        self.flight.unwatch(self._wakeup.fd)
        for _ in range(CLOSE_TRIES):
            try:
                self.desk.write()
                given_back_count = self.desk.give_back_all(cancelled)
                self.desk.write_health()
                self.lifeline.end()
                self._wakeup.close()
                if is_postgresql():
                    for name in SESSION:
                        run(f"RESET {name}", {})
            except (OperationalError, InterfaceError):
                connection.close()
                time.sleep(AWAY_SECONDS)
            else:
                return given_back_count
        logger.error("pump ended without the database id=%s", self.lifeline.id)
        return 0


def _collect_seldom() -> None:
    # A batch is tens of thousands of objects without cycles: looking through all of
    # them again and again is a tenth of a pump's time.
    if gc.get_threshold()[0] < COLLECT_OBJECTS:
        gc.freeze()
        gc.set_threshold(COLLECT_OBJECTS, 20, 20)


def _allow_sockets() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_IN_FLIGHT + 500
    if soft < wanted and (hard == resource.RLIM_INFINITY or hard > soft):
        limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
