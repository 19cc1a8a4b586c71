"""Decides when to ring for a pump and when its cluster must be started anew.

Pure: what was seen goes in, what to do comes out. It looks at heartbeats and at
progress, never at the size or the age of a backlog: a dead endpoint's backlog grows
old while everything works.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

#: Between two rings while nobody answers.
RING_SECONDS = 5.0
#: Silence after the first ring before the cluster counts as stuck.
SILENCE_SECONDS = 10.0
#: The sweep: work that is due and yet not taken gets a second pump.
SWEEP_SECONDS = 15.0
#: Above the longest request (30 s): all slots may wait for slow endpoints that long.
STUCK_SECONDS = 45.0


class Verdict(Enum):
    """What to do now."""

    NOTHING = "nothing"
    RING = "ring"
    RESTART = "restart"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What one look at the database showed."""

    fresh_pumps: int  # alive and taking new work
    is_work_due: bool
    #: Anything that changes whenever a pump records something.
    progress: object = None


class PumpWatch:
    """Remembers since when something has been wrong."""

    def __init__(self) -> None:
        self.reason = ""
        self._silent_since: float | None = None
        self._stalled_since: float | None = None
        self._rung_at: float | None = None
        self._progress: object = None

    def forget(self) -> None:
        """Begin anew, as after a restart of the cluster."""
        self.__init__()  # type: ignore[misc]  # the class is final in practice

    def judge(self, sight: Sight, *, now: float) -> Verdict:
        """Return what to do, ``now`` being monotonic seconds."""
        if not sight.fresh_pumps:
            self._stalled_since = None
            return self._judge_silence(now)
        self._silent_since = None
        if not sight.is_work_due or sight.progress != self._progress:
            self._progress = sight.progress
            self._stalled_since = None
            self._rung_at = None
            return Verdict.NOTHING
        return self._judge_stall(now)

    def _judge_silence(self, now: float) -> Verdict:
        if self._silent_since is None:
            self._silent_since = now
            self._rung_at = None
        if now - self._silent_since >= SILENCE_SECONDS:
            return self._restart("no pump answered the bell")
        return self._ring(now, every_seconds=RING_SECONDS)

    def _judge_stall(self, now: float) -> Verdict:
        if self._stalled_since is None:
            self._stalled_since = now
            self._rung_at = now
        if now - self._stalled_since >= STUCK_SECONDS:
            return self._restart("no progress while work is due")
        return self._ring(now, every_seconds=SWEEP_SECONDS)

    def _ring(self, now: float, *, every_seconds: float) -> Verdict:
        if self._rung_at is not None and now - self._rung_at < every_seconds:
            return Verdict.NOTHING
        self._rung_at = now
        return Verdict.RING

    def _restart(self, reason: str) -> Verdict:
        self.forget()
        self.reason = reason
        return Verdict.RESTART
