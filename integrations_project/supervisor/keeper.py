"""The supervisor itself: starts the children, watches them, ends them."""

from __future__ import annotations

import gc
import logging
import os
import select
import signal
import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from django.db import connections

from integrations_project.supervisor import lifeline
from integrations_project.supervisor.child import Child
from integrations_project.supervisor.children import ClusterChild, LookoutChild
from integrations_project.supervisor.duties import DUTIES
from integrations_project.supervisor.web import Address, run_web

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from integrations_project.supervisor.lookout import Report

logger = logging.getLogger(__name__)

TICK_SECONDS = 1.0
STOP_TICK_SECONDS = 0.1
#: After this, everything that is left is ended by force.
STOP_SECONDS = 9.0
#: A cluster without anything on the wire needs no more than this to end.
IDLE_GRACE_SECONDS = 2.0
RESIDENT = frozenset(duty.cluster for duty in DUTIES)


class Keeper:
    """Keeps the children running until it is told to end.

    It has no thread and no database connection, so that it can fork at any moment
    and never waits for anything.
    """

    def __init__(
        self,
        *,
        clusters: Sequence[str],
        address: Address | None = None,
        on_ready: Callable[[], None] | None = None,
        parent_id: int | None = None,
    ) -> None:
        """Say what to keep.

        Args:
            clusters: Names of django-q2 clusters.
            address: Where the web server listens; None runs none.
            on_ready: Called once, when requests and deliveries work.
            parent_id: End when this process, our parent, is gone; None outlives it.
        """
        self._clusters = [ClusterChild(name) for name in clusters]
        self._lookout = LookoutChild()
        self._address = address
        web = [Child("web", partial(run_web, address))] if address else []
        self._workers: list[Child] = [*web, *self._clusters]
        self._on_ready = on_ready
        self._parent_id = parent_id
        self._stop_reason = ""
        self._wake_reader, self._wake_writer = os.pipe()

    def run(self) -> None:
        """Keep everything running until a signal asks to end."""
        self._prepare()
        try:
            while not self._stop_reason:
                self._tick(time.monotonic())
                self._wait(TICK_SECONDS)
            logger.info("stopping reason=%s", self._stop_reason)
        finally:
            self._stop()

    def _prepare(self) -> None:
        os.set_blocking(self._wake_reader, False)
        os.set_blocking(self._wake_writer, False)
        signal.set_wakeup_fd(self._wake_writer, warn_on_full_buffer=False)
        # Also SIGINT that is ignored: a shell does that to what it puts behind `&`.
        signal.signal(signal.SIGTERM, self._note_signal)
        signal.signal(signal.SIGINT, self._note_signal)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as under nohup
            signal.signal(signal.SIGHUP, self._note_signal)
        # Only so that the end of a child wakes us.
        signal.signal(signal.SIGCHLD, lambda *_: None)
        lifeline.tie_children()
        connections.close_all()
        # What is loaded now is shared with the children as long as nobody writes.
        gc.collect()
        gc.freeze()

    def _note_signal(self, number: int, _frame: object) -> None:
        self._stop_reason = self._stop_reason or signal.Signals(number).name

    def _tick(self, now: float) -> None:
        self._lookout.poll(now=now)
        for report in self._lookout.hear(now=now):
            self._obey(report, now)
        for child in self._workers:
            self._poll(child, now)
        for cluster in self._clusters:
            self._check_members(cluster, now)
        for child in (*self._workers, self._lookout):
            child.start(now=now)
        self._announce()
        if self._parent_id is not None and os.getppid() != self._parent_id:
            self._stop_reason = self._stop_reason or "parent gone"

    def _poll(self, child: Child, now: float) -> None:
        is_ended = child.poll(now=now)
        if is_ended and isinstance(child, ClusterChild):
            self._lookout.tell_ended(child.take_known())
        if child.name in RESIDENT and child.is_stopping:
            self._hurry_if_idle(child, now)

    def _hurry_if_idle(self, child: Child, now: float) -> None:
        # A wedged cluster ignores the wish to end; with nothing on the wire there
        # is nothing to wait for.
        report = self._lookout.report
        is_idle = report.is_database_there and not report.of(child.name).own_ids
        if is_idle and now - child.stopping_since >= IDLE_GRACE_SECONDS:
            child.hurry(now=now)

    def _check_members(self, cluster: ClusterChild, now: float) -> None:
        lost = cluster.find_lost()
        if not lost:
            return
        self._lookout.tell_ended(lost)
        if lost <= self._lookout.report.of(cluster.name).own_ids:
            # It was at work, so it held no lock of the queue: django-q2 replaces it.
            logger.warning("turn died cluster=%s pids=%s", cluster.name, sorted(lost))
            return
        logger.warning("restart cluster=%s lost=%s", cluster.name, sorted(lost))
        cluster.stop(now=now)

    def _obey(self, report: Report, now: float) -> None:
        for cluster in self._clusters:
            reason = report.of(cluster.name).restart_reason
            if reason:
                logger.warning("restart cluster=%s reason=%s", cluster.name, reason)
                cluster.stop(now=now)

    def _announce(self) -> None:
        if self._on_ready is None or not self._lookout.report.is_all_there:
            return
        if self._address is None or self._address.is_answering():
            with suppress(OSError):  # nobody reads what we print
                self._on_ready()
            self._on_ready = None

    def _wait(self, seconds: float) -> None:
        # A report of the lookout can wait for the next tick; a signal cannot.
        if select.select([self._wake_reader], [], [], seconds)[0]:
            os.read(self._wake_reader, 4096)

    def _stop(self) -> None:
        now = time.monotonic()
        deadline = now + STOP_SECONDS
        for child in self._workers:
            child.stop(now=now)
        while any(child.process_id for child in self._workers):
            now = time.monotonic()
            self._lookout.hear(now=now)
            for child in self._workers:
                if now >= deadline:
                    child.kill()
                self._poll(child, now)
            self._wait(STOP_TICK_SECONDS)
        self._lookout.kill()
        logger.info("stopped")
