"""The child that looks at the database, so that the supervisor never has to wait.

It tells the supervisor what it sees once a second, rings for a pump when there is
none, and asks for a restart when ringing does not help. With the database away it
says so and keeps looking.
"""

from __future__ import annotations

import logging
import socket
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import Error as DatabaseError
from django.db import connections
from setproctitle import setproctitle

from integrations_project.supervisor.pump_watch import PumpWatch, Sight, Verdict
from webhooks.actions import resume_replays
from webhooks.engine import doorbell, heartbeat

if TYPE_CHECKING:
    from collections.abc import Collection
    from multiprocessing.connection import Connection

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 8.0
#: Finding what may be claimed costs more than reading a few heartbeats.
WORK_EVERY_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What the supervisor is told after each look."""

    is_database_there: bool
    fresh_pumps: int = 0  # those that take new work, on all hosts
    own_pump_ids: frozenset[int] = frozenset()  # process ids of those on this host
    restart_reason: str = ""  # why the delivering cluster should start anew


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What the supervisor tells: these processes of the cluster are dead."""

    process_ids: frozenset[int]


def run_lookout(line: Connection) -> None:
    """Look, tell and ring until the supervisor is gone."""
    setproctitle("signalpost lookout")
    lookout = Lookout()
    pause = LOOK_SECONDS
    while True:
        report = lookout.look(now=time.monotonic())
        line.send(report)
        there = report.is_database_there
        pause = LOOK_SECONDS if there else min(pause * 2, LONGEST_PAUSE_SECONDS)
        if line.poll(pause):
            lookout.note_ended(line.recv().process_ids)


class Lookout:
    """One pair of eyes; the database may come and go."""

    def __init__(self) -> None:
        self._watch = PumpWatch()
        self._host = socket.gethostname()
        self._ended: set[int] = set()
        self._is_work_due = False
        self._work_seen_at = float("-inf")

    def note_ended(self, process_ids: Collection[int]) -> None:
        """Remember dead processes until their pumps' leases have been given back."""
        self._ended.update(process_ids)

    def look(self, *, now: float) -> Report:
        """Look once; ring if needed. Never raises for a database that is away."""
        try:
            return self._look(now)
        except (DatabaseError, OSError) as error:
            logger.warning("database away error=%s", str(error).strip())
            connections.close_all()
            self._watch.forget()
            return Report(is_database_there=False)

    def _look(self, now: float) -> Report:
        if self._ended:
            heartbeat.note_ended(self._ended)
            self._ended.clear()
        pumps = list(heartbeat.fresh_pumps())
        if now - self._work_seen_at >= WORK_EVERY_SECONDS:
            self._is_work_due = heartbeat.has_due_work()
            resume_replays()
            self._work_seen_at = now
        takers = [
            pump
            for pump in pumps
            if not (pump.is_handing_over or pump.is_asked_to_stop)
        ]
        sight = Sight(
            fresh_pumps=len(takers),
            is_work_due=self._is_work_due,
            progress=max((pump.progress_at for pump in pumps), default=None),
        )
        verdict = self._watch.judge(sight, now=now)
        if verdict is Verdict.RING:
            doorbell.start_pump()
        own = {pump.process_id for pump in pumps if pump.host == self._host}
        return Report(
            is_database_there=True,
            fresh_pumps=len(takers),
            own_pump_ids=frozenset(own),
            restart_reason=self._watch.reason if verdict is Verdict.RESTART else "",
        )
