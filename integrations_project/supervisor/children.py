"""The children that are more than a process: a cluster, and the lookout."""

from __future__ import annotations

import logging
from functools import partial
from multiprocessing import Pipe
from typing import TYPE_CHECKING

from integrations_project.supervisor.child import Child
from integrations_project.supervisor.clusters import run_cluster
from integrations_project.supervisor.lookout import Ended, Report, run_lookout
from integrations_project.supervisor.members import list_members

if TYPE_CHECKING:
    from collections.abc import Collection
    from multiprocessing.connection import Connection

logger = logging.getLogger(__name__)

#: A lookout that tells nothing for so long hangs on a dead connection.
SILENCE_SECONDS = 60.0


class ClusterChild(Child):
    """A django-q2 cluster, with the processes below it."""

    def __init__(self, name: str) -> None:
        super().__init__(name, partial(run_cluster, name))
        self._known: set[int] = set()

    def find_lost(self) -> set[int]:
        """Return the processes of this cluster that have died since the last look."""
        if self.process_id is None or self.is_stopping:
            return set()
        living = list_members(self.process_id)
        lost = self._known - living
        self._known = living
        return lost

    def take_known(self) -> set[int]:
        """Return what was known to live when the cluster ended, once."""
        known, self._known = self._known, set()
        return known


class LookoutChild(Child):
    """The lookout, and the line over which it tells what it sees."""

    def __init__(self) -> None:
        super().__init__("lookout", self._look)
        self.report = Report(is_database_there=False)
        self.line: Connection | None = None
        self._far_end: Connection | None = None
        self._heard_at = 0.0

    def start(self, *, now: float) -> bool:
        """Start it with a new line, when it does not run."""
        if self.process_id is not None:
            return False
        self.hang_up()
        self.line, self._far_end = Pipe()
        is_started = super().start(now=now)
        self._far_end.close()
        if not is_started:
            self.hang_up()
        self._heard_at = now
        return is_started

    def hear(self, *, now: float) -> list[Report]:
        """Return the reports that have come in, oldest first."""
        reports: list[Report] = []
        try:
            while self.line is not None and self.line.poll():
                reports.append(self.line.recv())
        except (EOFError, OSError):
            self.hang_up()
        if reports:
            self.report = reports[-1]
            self._heard_at = now
        elif now - self._heard_at >= SILENCE_SECONDS:
            self.kill()
        return reports

    def tell_ended(self, process_ids: Collection[int]) -> None:
        """Say which processes are dead, so that their leases are given back."""
        if self.line is None or not process_ids:
            return
        try:
            self.line.send(Ended(process_ids=frozenset(process_ids)))
        except OSError:
            logger.warning("lookout away, leases run out by themselves")

    def hang_up(self) -> None:
        """Close the line; a new start opens another."""
        if self.line is not None:
            self.line.close()
            self.line = None

    def _look(self) -> None:
        assert self._far_end is not None
        run_lookout(self._far_end)
