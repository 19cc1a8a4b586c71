"""Send by couriers, which block: a few threads beside the pump's one loop.

How the pump uses it::

    postman.start(request)  # returns at once
    ...  # `fileno` is readable when there is news
    outcomes = postman.collect()

A thread touches no database. It has an absolute deadline: when it is over, the outcome
is a timeout, the thread is left to itself and another takes its place, up to a limit.
What such a thread does later is not heard of, so it may have sent: at least once.
"""

from __future__ import annotations

import select
import socket
import threading
import time
from collections import Counter, deque
from collections.abc import Hashable
from contextlib import suppress
from dataclasses import dataclass

from webhooks.engine.failures import explain_deferred, fail
from webhooks.engine.messages import Failure, HttpOutcome, HttpRequest

#: Messages to one server or service at the same time. Mail servers limit the
#: connections of one client, many of them to about as many.
MAX_SIDE_BY_SIDE = 16
#: In all, so that one server that hangs leaves room for the others.
MAX_THREADS = 32
#: Threads that hang somewhere and are not waited for. With so many, no others take
#: their places until some have ended.
MAX_ABANDONED = 32
#: A message that found no free thread within this time is put off. With its timeout
#: it stays within the lease of its claim.
MAX_WAIT_SECONDS = 10.0


@dataclass(slots=True, eq=False)
class _Errand:
    request: HttpRequest
    queued_at: float  # monotonic, like the others
    ends_at: float = float("inf")  # set when a thread takes it
    is_abandoned: bool = False

    @property
    def lane(self) -> str:
        courier = self.request.courier
        return courier.lane if courier is not None else ""


class Postman:
    """Messages under way by couriers; one loop owns it."""

    def __init__(
        self,
        *,
        max_threads: int = MAX_THREADS,
        max_side_by_side: int = MAX_SIDE_BY_SIDE,
        max_abandoned: int = MAX_ABANDONED,
    ) -> None:
        self._max_threads = max_threads
        self._max_side_by_side = max_side_by_side
        self._max_abandoned = max_abandoned
        self._lock = threading.Lock()
        self._queue: deque[_Errand] = deque()
        self._sending: set[_Errand] = set()
        self._news: deque[tuple[_Errand, HttpOutcome]] = deque()
        self._threads = 0
        self._abandoned = 0
        self._ends: tuple[socket.socket, socket.socket] | None = None

    def __len__(self) -> int:
        return len(self._queue) + len(self._sending) + len(self._news)

    def fileno(self) -> int:
        """Return the descriptor that is readable when there is something to collect."""
        return self._open()[1].fileno()

    def start(self, request: HttpRequest) -> None:
        """Put a message on its way; its outcome comes from `collect`."""
        self._open()
        with self._lock:
            self._queue.append(_Errand(request, time.monotonic()))
        self._hire()

    def collect(self) -> list[HttpOutcome]:
        """Return the outcomes there are, those of messages past their time too."""
        now = time.monotonic()
        with self._lock:
            self._read_signals()
            outcomes = [outcome for _, outcome in self._news]
            self._news.clear()
            late = [errand for errand in self._sending if errand.ends_at <= now]
            for errand in late:
                self._abandon(errand)
            waited = self._take_stale(now)
        self._hire()
        outcomes += [_time_out(errand) for errand in late]
        return outcomes + [_put_off(errand) for errand in waited]

    def cancel_all(self) -> list[Hashable]:
        """Forget every message and return the keys without an outcome.

        Those that a thread had taken may be sent all the same.
        """
        with self._lock:
            errands = [*self._queue, *self._sending, *(each for each, _ in self._news)]
            self._queue.clear()
            self._news.clear()
            self._read_signals()
            for errand in list(self._sending):
                self._abandon(errand)
        return [errand.request.key for errand in errands]

    def close(self) -> None:
        """Forget every message; threads still sending end by themselves, unheard."""
        self.cancel_all()
        with self._lock:
            ends, self._ends = self._ends, None
        for end in ends or ():
            end.close()

    def _open(self) -> tuple[socket.socket, socket.socket]:
        if self._ends is None:
            self._ends = socket.socketpair()
            for end in self._ends:
                end.setblocking(False)
        return self._ends

    def _hire(self) -> None:
        with self._lock:
            spare = self._max_abandoned - self._abandoned
            free = self._max_threads - self._threads + min(0, spare)
            count = max(0, min(free, len(self._list_ready())))
            self._threads += count
        for number in range(count):
            thread = threading.Thread(target=self._work, name="postman", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # the system gives no more of them
                with self._lock:
                    self._threads -= count - number
                return

    def _work(self) -> None:
        while (errand := self._take()) is not None:
            outcome = None
            started_at = time.time()
            try:
                assert errand.request.courier is not None
                outcome = errand.request.courier.carry(errand.request)
            finally:
                # An exception here is a bug: it is put off, and the log shows it.
                failure = explain_deferred("its courier broke down")
                self._report(
                    errand,
                    outcome or fail(errand.request, failure, started_at=started_at),
                    is_lost=outcome is None,
                )
            if errand.is_abandoned:
                return

    def _take(self) -> _Errand | None:
        with self._lock:
            errand = next(iter(self._list_ready()), None)
            if errand is None:
                self._threads -= 1
                return None
            self._queue.remove(errand)
            errand.ends_at = time.monotonic() + errand.request.timeout_seconds
            self._sending.add(errand)
            return errand

    def _list_ready(self) -> list[_Errand]:
        """Return what waits and whose server has room, the oldest first."""
        busy = Counter(errand.lane for errand in self._sending)
        ready = []
        for errand in self._queue:
            busy[errand.lane] += 1
            if busy[errand.lane] <= self._max_side_by_side:
                ready.append(errand)
        return ready

    def _report(self, errand: _Errand, outcome: HttpOutcome, *, is_lost: bool) -> None:
        with self._lock:
            if errand.is_abandoned:
                self._abandoned -= 1
                return
            self._sending.discard(errand)
            self._news.append((errand, outcome))
            self._threads -= is_lost
            # Under the lock, like the reading: a signal that outlives its news would
            # keep the loop awake for ever. Full: it has not woken up yet, but will.
            if self._ends is not None:
                with suppress(BlockingIOError):
                    self._ends[0].send(b"x")

    def _read_signals(self) -> None:
        if self._ends is not None:
            with suppress(BlockingIOError):
                while self._ends[1].recv(4096):
                    continue

    def _abandon(self, errand: _Errand) -> None:
        errand.is_abandoned = True
        self._sending.discard(errand)
        self._threads -= 1
        self._abandoned += 1

    def _take_stale(self, now: float) -> list[_Errand]:
        stale = []
        while self._queue and self._queue[0].queued_at + MAX_WAIT_SECONDS <= now:
            stale.append(self._queue.popleft())
        return stale


def send_by_courier(request: HttpRequest) -> HttpOutcome:
    """Send one message by its courier and wait: the same path, alone."""
    postman = Postman(max_threads=1, max_abandoned=0)
    started_at = time.time()
    try:
        postman.start(request)
        ends = time.monotonic() + request.timeout_seconds + MAX_WAIT_SECONDS + 1.0
        while (remaining := ends - time.monotonic()) > 0:
            select.select([postman.fileno()], [], [], min(remaining, 0.25))
            for outcome in postman.collect():
                return outcome
        failure = explain_deferred("its courier gave no answer")
        return fail(request, failure, started_at=started_at)
    finally:
        postman.close()


def _time_out(errand: _Errand) -> HttpOutcome:
    seconds = errand.request.timeout_seconds
    failure = Failure(
        code="timeout",
        detail=f"The message was not taken within {seconds:g} s.",
        hint="Check that the server is reachable and not overloaded, or raise the "
        "timeout (30 s at most). The message may have been sent all the same.",
    )
    return fail(errand.request, failure, started_at=time.time() - seconds)


def _put_off(errand: _Errand) -> HttpOutcome:
    failure = explain_deferred(
        f"everything that sends messages was busy for {MAX_WAIT_SECONDS:g} s"
    )
    return fail(errand.request, failure, started_at=time.time() - MAX_WAIT_SECONDS)
