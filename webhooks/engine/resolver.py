"""Look host names up without anyone waiting for anyone else's.

libcurl's own threads would do, but they are few, so that some dead names hold up
the living, and closing a handle waits for them. Ours are daemons, one a name.
"""

from __future__ import annotations

import socket
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from integrations_project.lib.net_policy import find_addresses

#: A name is looked up at most so often; DNS answers live longer as a rule.
KEEP_SECONDS = 30.0
#: A name without an address is asked for again sooner: somebody is mending it.
KEEP_FAILURE_SECONDS = 5.0
#: An answer that cannot be renewed is used so long: a name service that is away
#: for some minutes stops no delivery to an address that we know.
KEEP_STALE_SECONDS = 600.0
#: Names looked up at the same time; more of them wait in line. A thread that waits
#: costs a few dozen kilobytes.
MAX_THREADS = 256
MAX_KEPT = 10_000


class Answer(NamedTuple):
    """What a name led to."""

    addresses: tuple[str, ...]  #: empty when the name has none
    found_at: float  #: when it was given, on the monotonic clock
    good_until: float  #: when to ask again


class Resolver:
    """Answers from memory, or from a thread; one loop owns it."""

    def __init__(
        self,
        look_up: Callable[[str], tuple[str, ...]] = find_addresses,
        *,
        max_threads: int = MAX_THREADS,
    ) -> None:
        self._look_up = look_up
        self._max_threads = max_threads
        self._answers: dict[str, Answer] = {}
        self._asked: set[str] = set()
        self._lock = threading.Lock()
        self._queue: deque[str] = deque()
        self._news: deque[tuple[str, tuple[str, ...]]] = deque()
        self._threads = 0
        self._wake_end, self._wait_end = socket.socketpair()
        self._wake_end.setblocking(False)
        self._wait_end.setblocking(False)

    def fileno(self) -> int:
        """Return the descriptor that is readable when there are answers to take."""
        return self._wait_end.fileno()

    def find(self, host: str) -> Answer | None:
        """Return the answer known, or None when the name has to be asked for.

        An answer past its time is returned and renewed behind the scenes, so a
        name that is in use is waited for once.
        """
        answer, now = self._answers.get(host), time.monotonic()
        if answer is None or answer.good_until >= now:
            return answer
        if not answer.addresses or answer.found_at + KEEP_STALE_SECONDS < now:
            return None
        self.ask(host)
        return answer

    def ask(self, host: str) -> None:
        """Start to look a name up, unless that is under way."""
        if host in self._asked:
            return
        self._asked.add(host)
        with self._lock:
            self._queue.append(host)
            if self._threads >= self._max_threads:
                return
            self._threads += 1
        threading.Thread(target=self._work, name="look-up", daemon=True).start()

    def take_answers(self) -> list[tuple[str, Answer]]:
        """Return the names that were answered since the last call."""
        with suppress(BlockingIOError):
            while self._wait_end.recv(4096):
                continue
        if len(self._answers) > MAX_KEPT:
            self._answers.clear()
        taken = []
        while self._news:
            host, addresses = self._news.popleft()
            self._asked.discard(host)
            self._answers[host] = self._weigh(host, addresses)
            taken.append((host, self._answers[host]))
        return taken

    def _weigh(self, host: str, addresses: tuple[str, ...]) -> Answer:
        now = time.monotonic()
        if addresses:
            return Answer(addresses, now, now + KEEP_SECONDS)
        known = self._answers.get(host)
        if known and known.addresses and known.found_at + KEEP_STALE_SECONDS >= now:
            return known._replace(good_until=now + KEEP_FAILURE_SECONDS)
        return Answer((), now, now + KEEP_FAILURE_SECONDS)

    def close(self) -> None:
        """Forget everything; threads still asking end by themselves, unheard."""
        with self._lock:
            self._queue.clear()
        self._wake_end.close()
        self._wait_end.close()

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._queue:
                    self._threads -= 1
                    return
                host = self._queue.popleft()
            self._news.append((host, self._look_up(host)))
            # Full: the loop has not woken up yet, but will. Closed: nobody listens.
            with suppress(OSError):
                self._wake_end.send(b"x")
