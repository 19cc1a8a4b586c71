"""The requests of a pump that are on their way, and whose they are."""

from __future__ import annotations

import os
import threading
from collections import Counter
from typing import NamedTuple, cast

from webhooks.engine.claim import Claimed
from webhooks.engine.isolated import IsolatedSender
from webhooks.engine.messages import HttpOutcome, HttpRequest
from webhooks.engine.postman import Postman
from webhooks.engine.token_clerk import TokenClerk
from webhooks.engine.transport import Transport
from webhooks.engine.wire import Recipient
from webhooks.validation import net_policy

#: Requests of one pump that may be on the way; each needs a socket.
MAX_IN_FLIGHT = 1000


class _Shared(threading.local):
    process_id = 0
    transport: Transport
    clerk: TokenClerk
    postman: Postman


_shared = _Shared()


def shared_transport() -> Transport:
    """Return this thread's transport, so that connections outlive a pump's turn."""
    policy = net_policy()
    if _shared.process_id != os.getpid():
        _shared.process_id = os.getpid()
        _shared.transport = Transport(policy, max_connections=MAX_IN_FLIGHT)
        _shared.clerk = TokenClerk(_shared.transport.start)
        _shared.postman = Postman()
    _shared.transport.policy = policy
    return _shared.transport


def shared_clerk() -> TokenClerk:
    """Return this thread's clerk, whose tokens outlive a pump's turn."""
    shared_transport()
    return _shared.clerk


def shared_postman() -> Postman:
    """Return this thread's postman, whose abandoned threads outlive a pump's turn."""
    shared_transport()
    return _shared.postman


class Entry(NamedTuple):
    """A request on its way."""

    claimed: Claimed
    recipient: Recipient
    request: HttpRequest


class Flight:
    """Starts requests, waits for any of them, counts them by destination."""

    def __init__(self, transport: Transport, isolated: IsolatedSender) -> None:
        self.busy: Counter[str] = Counter()
        self.isolated = isolated
        self._transport = transport
        self._clerk = shared_clerk()
        self._postman = shared_postman()
        self._entries: dict[int, Entry] = {}

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def delivery_ids(self) -> list[int]:
        """The deliveries that are on their way."""
        return list(self._entries)

    def start(self, entry: Entry, *, alone: bool = False) -> None:
        """Put a request on its way; `alone` in a process of its own."""
        self._entries[entry.claimed.id] = entry
        self.busy[entry.claimed.destination_id] += 1
        if alone:
            self._transport.watch(self.isolated.start(entry.request))
        elif entry.request.courier is not None:
            self._transport.watch(self._postman.fileno())
            self._postman.start(entry.request)
        else:
            self._clerk.start(entry.request)

    def poll(self, seconds: float) -> list[tuple[Entry, HttpOutcome | None]]:
        """Wait for outcomes; None stands for a child that was lost."""
        outcomes = self._transport.poll(seconds)
        if self._clerk:
            outcomes = self._clerk.take(outcomes)
        landed: list[tuple[Entry, HttpOutcome | None]] = [
            (self._land(outcome.key), outcome) for outcome in outcomes
        ]
        if self._postman:
            landed += [
                (self._land(outcome.key), outcome)
                for outcome in self._postman.collect()
            ]
        if self.isolated.fds:
            # Closed only after they were forgotten, or a new descriptor of the same
            # number would be taken for them.
            for fd, request, outcome in self.isolated.collect():
                self._transport.unwatch(fd)
                self.isolated.close(fd)
                landed.append((self._land(request.key), outcome))
        return landed

    def work_until(self, fd: int) -> None:
        """Let the requests make progress until a watched descriptor is readable."""
        self._transport.work_until(fd)

    def watch(self, fd: int | None) -> None:
        """Let `poll` return when this descriptor is readable."""
        if fd is not None:
            self._transport.watch(fd)

    def unwatch(self, fd: int | None) -> None:
        """Forget a descriptor, before it is closed."""
        if fd is not None:
            self._transport.unwatch(fd)

    def cancel_all(self) -> list[int]:
        """Abandon every request and return the deliveries it was for."""
        for fd in self.isolated.fds:
            self._transport.unwatch(fd)
        self.isolated.cancel_all()
        if self._postman:
            self._transport.unwatch(self._postman.fileno())
            self._postman.cancel_all()
        self._transport.cancel_all()
        self._transport.poll(0.0)  # what finished unheard is no news to the next turn
        self._clerk.cancel_all()
        ids = self.delivery_ids
        self._entries.clear()
        self.busy.clear()
        return ids

    def _land(self, key: object) -> Entry:
        entry = self._entries.pop(cast("int", key))
        destination_id = entry.claimed.destination_id
        self.busy[destination_id] -= 1
        if not self.busy[destination_id]:
            del self.busy[destination_id]
        return entry
