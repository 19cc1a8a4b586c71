"""One child of the supervisor: forked into its own session, ended with its group."""

from __future__ import annotations

import logging
import os
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

logger = logging.getLogger(__name__)

#: Waits before a restart: none for a single accident, longer for a crash loop.
PAUSES_SECONDS = (0, 1, 1, 2, 4, 8)
#: A child that ran this long was healthy, and the waits begin anew.
HEALTHY_SECONDS = 10
#: From the wish to stop to the end by force; a pump gives its leases back before.
GRACE_SECONDS = 8.0

HANDLED_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)


class Child:
    """A process group that is kept running until it is told to stop.

    Every method takes ``now`` in monotonic seconds and returns at once.
    """

    def __init__(self, name: str, target: Callable[[], None]) -> None:
        self.name = name
        self.process_id: int | None = None
        self.started_at = 0.0
        self.stopping_since = 0.0
        self._target = target
        self._starts_at = 0.0
        self._kill_at: float | None = None
        self._short_lives = 0

    @property
    def is_stopping(self) -> bool:
        """Whether it was asked to end and has not ended yet."""
        return self.process_id is not None and self._kill_at is not None

    def start(self, *, now: float) -> bool:
        """Start it when it does not run and its pause is over."""
        if self.process_id is not None or now < self._starts_at:
            return False
        try:
            self.process_id = fork_into_session(self._target)
        except OSError as error:  # no memory or no process left, for now
            self._starts_at = now + PAUSES_SECONDS[-1]
            logger.warning("child not started name=%s error=%s", self.name, error)
            return False
        self.started_at = now
        self._kill_at = None
        logger.info("child started name=%s pid=%s", self.name, self.process_id)
        return True

    def stop(self, *, now: float, grace_seconds: float = GRACE_SECONDS) -> None:
        """Ask it to end; `poll` uses force when the grace is over."""
        if self.process_id is None or self.is_stopping:
            return
        self._kill_at = now + grace_seconds
        self.stopping_since = now
        with suppress(ProcessLookupError):
            os.kill(self.process_id, signal.SIGTERM)

    def hurry(self, *, now: float) -> None:
        """Stop waiting for it to end by itself."""
        if self.is_stopping:
            self._kill_at = now

    def poll(self, *, now: float) -> bool:
        """Return True when it has just ended; end it by force when that is due."""
        if self.process_id is None:
            return False
        if self._kill_at is not None and now >= self._kill_at:
            self.kill()
        ended, status = os.waitpid(self.process_id, os.WNOHANG)
        if not ended:
            return False
        self._bury(os.waitstatus_to_exitcode(status), now=now)
        return True

    def kill(self) -> None:
        """End the whole group at once."""
        if self.process_id is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process_id, signal.SIGKILL)

    def _bury(self, exit_code: int, *, now: float) -> None:
        # The rest of its group ends with it; this is for systems without lifelines.
        self.kill()
        lived = now - self.started_at
        self._short_lives = 0 if lived >= HEALTHY_SECONDS else self._short_lives + 1
        index = min(self._short_lives, len(PAUSES_SECONDS) - 1)
        pause = PAUSES_SECONDS[index]
        self._starts_at = now + pause
        logger.info(
            "child ended name=%s pid=%s code=%s lived=%.0fs pause=%ss",
            self.name,
            self.process_id,
            exit_code,
            lived,
            pause,
        )
        self.process_id = None
        self._kill_at = None


def fork_into_session(target: Callable[[], None]) -> int:
    """Fork, run ``target`` in a session of its own and return the child's id.

    The parent must have one thread and no open database connection. A signal that
    comes meanwhile is kept for whoever it was meant for.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, HANDLED_SIGNALS)
    try:
        process_id = os.fork()
        if process_id == 0:
            _run_child(target)
        return process_id
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HANDLED_SIGNALS)


def _run_child(target: Callable[[], None]) -> None:
    status = 1
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        for each in HANDLED_SIGNALS:
            signal.signal(each, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HANDLED_SIGNALS)
        target()
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(bool(end.code))
    except BaseException:  # the parent's stack lies above: nothing may get there
        logger.exception("child failed")
    finally:
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)
