"""The threads that carry errands out; they fetch and wait, and touch no database."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING

from django.utils import timezone

from monitors.addresses import page_policy
from monitors.runner.errand import carry_out
from monitors.runner.rooms import Rooms

if TYPE_CHECKING:
    from collections.abc import Mapping

    from monitors.runner.errand import Errand, Outcome

#: A thousand monitors a minute whose sites take a second are 17 at the same time.
MAX_THREADS = 32


class Crew:
    """Takes errands, and gives outcomes back in the order in which they are ready.

    For one thread that hands out and collects. The others end with the process, so
    that a site that says nothing keeps nobody from ending.
    """

    def __init__(self) -> None:
        self.rooms = Rooms()
        self._max_threads = MAX_THREADS
        self._thread_count = 0
        self._waiting: queue.SimpleQueue[Errand | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[Outcome] = queue.SimpleQueue()
        self._busy: dict[str, int] = {}
        self._count = 0

    @property
    def free(self) -> int:
        """How many errands could begin at once."""
        return self._max_threads - self._count

    @property
    def busy(self) -> Mapping[str, int]:
        """Errands that are under way, by origin."""
        return self._busy

    def hand_out(self, errand: Errand) -> None:
        """Have an errand done."""
        self._count += 1
        self._busy[errand.origin] = self._busy.get(errand.origin, 0) + 1
        if self._thread_count < min(self._count, self._max_threads):
            self._thread_count += 1
            name = f"errands {self._thread_count}"
            threading.Thread(target=self._work, name=name, daemon=True).start()
        self._waiting.put(errand)

    def collect(self, *, seconds: float) -> list[Outcome]:
        """Return what is ready, waiting at most that long for the first."""
        found = []
        try:
            found.append(
                self._done.get(timeout=seconds)
                if seconds > 0
                else self._done.get_nowait()
            )
            while True:
                found.append(self._done.get_nowait())
        except queue.Empty:
            for outcome in found:
                self._forget(outcome.errand)
        return found

    def dismiss(self) -> None:
        """Let the threads end when they are done; what they find is lost."""
        for _ in range(self._thread_count):
            self._waiting.put(None)
        self.rooms.close()

    def _forget(self, errand: Errand) -> None:
        self._count -= 1
        left = self._busy[errand.origin] - 1
        if left:
            self._busy[errand.origin] = left
        else:
            del self._busy[errand.origin]

    def _work(self) -> None:
        while (errand := self._waiting.get()) is not None:
            outcome = carry_out(
                errand,
                read=self.rooms.read,
                policy=page_policy(),
                now=timezone.now(),
            )
            self._done.put(outcome)
