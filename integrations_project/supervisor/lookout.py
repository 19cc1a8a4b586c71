"""The child that looks at the database, so that the supervisor never has to wait.

It tells the supervisor what it sees once a second, calls for a pump or a runner when
there is none, and asks for a restart when calling does not help. With the database
away it says so and keeps looking.
"""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import Error as DatabaseError
from django.db import connections
from setproctitle import setproctitle

from integrations_project.supervisor.duties import DUTIES, Duty
from integrations_project.supervisor.pump_watch import PumpWatch, Sight, Verdict
from webhooks.actions import resume_replays

if TYPE_CHECKING:
    from collections.abc import Collection
    from multiprocessing.connection import Connection

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 8.0
#: Finding what may be claimed costs more than reading a few heartbeats.
WORK_EVERY_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """How one cluster does what it is there for."""

    fresh_count: int = 0  # turns that take new work, on all hosts
    own_ids: frozenset[int] = frozenset()  # process ids of turns on this host
    restart_reason: str = ""  # why it should start anew


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What the supervisor is told after each look."""

    is_database_there: bool
    watched: Mapping[str, Watched] = field(default_factory=dict)  # by cluster

    def of(self, cluster: str) -> Watched:
        """Return what was seen of a cluster; nothing of one that is not watched."""
        return self.watched.get(cluster) or Watched()

    @property
    def is_all_there(self) -> bool:
        """Whether every duty has somebody who takes new work."""
        return all(self.of(duty.cluster).fresh_count for duty in DUTIES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What the supervisor tells: these processes of a cluster are dead."""

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
        self._eyes = [_Eye(duty) for duty in DUTIES]
        self._ended: set[int] = set()
        self._work_seen_at = float("-inf")

    def note_ended(self, process_ids: Collection[int]) -> None:
        """Remember dead processes until what they held was given back."""
        self._ended.update(process_ids)

    def look(self, *, now: float) -> Report:
        """Look once; ring if needed. Never raises for a database that is away."""
        try:
            return self._look(now)
        except (DatabaseError, OSError) as error:
            logger.warning("database away error=%s", str(error).strip())
            connections.close_all()
            for eye in self._eyes:
                eye.forget()
            return Report(is_database_there=False)

    def _look(self, now: float) -> Report:
        if self._ended:
            for duty in DUTIES:
                duty.turns().note_ended(self._ended)
            self._ended.clear()
        is_time = now - self._work_seen_at >= WORK_EVERY_SECONDS
        if is_time:
            resume_replays()
            self._work_seen_at = now
        watched = {
            eye.duty.cluster: eye.look(now, looks_for_work=is_time)
            for eye in self._eyes
        }
        return Report(is_database_there=True, watched=watched)


class _Eye:
    """Looks at one duty, and remembers since when something has been wrong."""

    def __init__(self, duty: Duty) -> None:
        self.duty = duty
        self._watch = PumpWatch()
        self._host = socket.gethostname()
        self._is_work_due = False

    def forget(self) -> None:
        self._watch.forget()

    def look(self, now: float, *, looks_for_work: bool) -> Watched:
        turns = list(self.duty.turns().fresh())
        if looks_for_work:
            self._is_work_due = self.duty.has_due_work()
        takers = [
            turn
            for turn in turns
            if not (turn.is_handing_over or turn.is_asked_to_stop)
        ]
        sight = Sight(
            fresh_pumps=len(takers),
            is_work_due=self._is_work_due,
            progress=max((turn.progress_at for turn in turns), default=None),
        )
        verdict = self._watch.judge(sight, now=now)
        if verdict is Verdict.RING:
            self.duty.start()
        own = {turn.process_id for turn in turns if turn.host == self._host}
        return Watched(
            fresh_count=len(takers),
            own_ids=frozenset(own),
            restart_reason=self._watch.reason if verdict is Verdict.RESTART else "",
        )
