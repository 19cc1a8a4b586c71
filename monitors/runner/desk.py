"""Between the database and the crew: hands out what is claimed, records what came."""

from __future__ import annotations

import logging
import time
from collections import deque
from typing import TYPE_CHECKING

from django.db import InterfaceError, OperationalError

from monitors.runner import claim
from monitors.runner.claim import Room
from monitors.runner.crew import Crew
from monitors.runner.settling import build_errands, fail_hopeless, settle

if TYPE_CHECKING:
    from uuid import UUID

    from monitors.models import Job
    from monitors.runner.errand import Outcome

logger = logging.getLogger(__name__)

#: Outcomes that wait to be recorded: no more runs begin beyond.
MAX_UNRECORDED = 1_000
MAX_UNRECORDED_LETTERS = 32 * 1024 * 1024
#: Recording goes on for so long, before somebody looks at the clock again.
RECORD_SECONDS = 0.1
#: While others wait to begin, they come first.
HASTY_SECONDS = 0.02
MAX_CLAIM = 64


class Desk:
    """What a runner holds: runs that are under way, and outcomes."""

    def __init__(self, owner: UUID) -> None:
        self._owner = owner
        self._crew = Crew()
        self._open: dict[UUID, Job] = {}
        self._unrecorded: deque[Outcome] = deque()
        self._letters = 0
        self._has_more = False
        #: A run has ended since the last claim.
        self.has_room_again = False
        self.recorded_count = 0

    @property
    def open_count(self) -> int:
        """Runs that are claimed and not recorded yet."""
        return len(self._open)

    @property
    def unrecorded_count(self) -> int:
        """Outcomes that wait to be recorded."""
        return len(self._unrecorded)

    def claim(self) -> tuple[int, bool]:
        """Claim what fits and have it begun.

        Returns:
            How many, and whether there may be more that could begin now.
        """
        self.has_room_again = False
        is_full = (
            len(self._unrecorded) >= MAX_UNRECORDED
            or self._letters >= MAX_UNRECORDED_LETTERS
        )
        limit = 0 if is_full else min(self._crew.free, MAX_CLAIM)
        room = Room(limit=limit, busy=self._crew.busy)
        jobs, self._has_more = claim.claim_jobs(self._owner, room)
        for job, errand in build_errands(jobs):
            self._open[job.pk] = job
            self._crew.hand_out(errand)
        return len(jobs), self._has_more and self._crew.free > 0 and not is_full

    def collect(self, *, seconds: float) -> None:
        """Take in what the crew has done, waiting at most that long for the first."""
        for outcome in self._crew.collect(seconds=seconds):
            self.has_room_again = True
            self._unrecorded.append(outcome)
            self._letters += outcome.size

    def record(self, *, seconds: float | None = None) -> int:
        """Write outcomes down for so long; returns how many were written."""
        if seconds is None:
            seconds = HASTY_SECONDS if self._has_more else RECORD_SECONDS
        until = time.monotonic() + seconds
        count = 0
        while self._unrecorded and (not count or time.monotonic() < until):
            outcome = self._unrecorded[0]
            self._settle(outcome)
            self._unrecorded.popleft()
            self._letters -= outcome.size
            count += 1
        self.recorded_count += count
        self.has_room_again |= count > 0
        return count

    def renew(self) -> None:
        """Push the leases of what is open forward."""
        if self._open:
            claim.renew(self._owner, self._open)

    def tidy(self) -> None:
        """Free what others have lost."""
        fail_hopeless(claim.take_back_lost(self._owner))

    def give_back_unknown(self) -> None:
        """Return claims whose confirmation got lost with the connection."""
        claim.give_back_but(self._owner, self._open)

    def give_back_all(self) -> int:
        """Return what is not recorded; returns how many that were."""
        count = claim.give_back(self._owner, self._open) if self._open else 0
        self._open.clear()
        return count

    def close(self) -> None:
        """Let the threads go."""
        self._crew.dismiss()

    def _settle(self, outcome: Outcome) -> None:
        assert outcome.errand.job_id is not None
        job = self._open[outcome.errand.job_id]
        try:
            settle(job, outcome)
        except (OperationalError, InterfaceError):
            raise  # the database is away: it is tried again
        except Exception:
            # A bug must not hold up the others: its lease runs out, and after a few
            # times the run is given up.
            logger.exception("run not recorded id=%s", job.pk)
        del self._open[job.pk]
