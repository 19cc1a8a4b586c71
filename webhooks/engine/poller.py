"""Wait for many file descriptors, as cheaply as the system can."""

from __future__ import annotations

import contextlib
import select
import selectors
from typing import Protocol

#: The bits are those of pycurl's POLL_IN/POLL_OUT and CSELECT_IN/CSELECT_OUT.
READ = 1
WRITE = 2
FAULT = 4

_FAULTS = 8 | 16  # EPOLLERR | EPOLLHUP, which other systems do not name


class Poller(Protocol):
    """What the transport needs of epoll or of its stand-in."""

    def set(self, fd: int, events: int) -> None:
        """Wait for these events of the descriptor; replaces earlier ones."""

    def forget(self, fd: int) -> None:
        """Wait for it no more; unknown and closed descriptors are fine."""

    def wait(self, seconds: float) -> list[tuple[int, int]]:
        """Return (descriptor, READ | WRITE | FAULT) of those that are ready."""

    def close(self) -> None:
        """Give the descriptor of the poller itself back."""


class EpollPoller:
    """epoll(7): the cost does not grow with the number of idle connections."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._active: dict[int, int] = {}
        self._parked: set[int] = set()

    def set(self, fd: int, events: int) -> None:
        """Add or change the descriptor."""
        # READ and WRITE are 1 and 2, EPOLLIN and EPOLLOUT 1 and 4.
        mask = events & READ | (events & WRITE) << 1
        self._active[fd] = mask
        self._parked.discard(fd)
        try:
            self._epoll.modify(fd, mask)
        except FileNotFoundError:
            self._epoll.register(fd, mask)

    def forget(self, fd: int) -> None:
        """Stop caring; a kept-alive connection will soon be waited for again.

        So the descriptor stays registered, which saves two system calls a
        request, until it becomes readable (its other side hung up).
        """
        if self._active.pop(fd, None) is not None:
            self._parked.add(fd)

    def wait(self, seconds: float) -> list[tuple[int, int]]:
        """Wait at most that long; 0 looks without waiting."""
        ready = []
        for fd, mask in self._epoll.poll(seconds):
            if fd in self._parked:
                self._unregister(fd)
                continue
            events = mask & select.EPOLLIN | (mask & select.EPOLLOUT) >> 1
            if mask & _FAULTS:
                events |= FAULT
            ready.append((fd, events))
        return ready

    def _unregister(self, fd: int) -> None:
        self._parked.discard(fd)
        try:
            self._epoll.unregister(fd)
        except OSError:
            self._start_over()

    def _start_over(self) -> None:
        # Closed here but still open in a process that was forked off: the kernel
        # goes on reporting it, and it can no longer be named to be removed.
        self._epoll.close()
        self._epoll = select.epoll()
        self._parked.clear()
        for fd, mask in self._active.items():
            with contextlib.suppress(OSError):
                self._epoll.register(fd, mask)

    def close(self) -> None:
        """Close the epoll descriptor."""
        self._epoll.close()


class SelectorPoller:
    """The same on what the standard library finds: kqueue, poll or select."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()

    def set(self, fd: int, events: int) -> None:
        """Add or change the descriptor."""
        # selectors has the same two bits: EVENT_READ is 1, EVENT_WRITE is 2.
        if fd in self._selector.get_map():
            self._selector.modify(fd, events & (READ | WRITE))
        else:
            self._selector.register(fd, events & (READ | WRITE))

    def forget(self, fd: int) -> None:
        """Remove the descriptor."""
        if fd in self._selector.get_map():
            self._selector.unregister(fd)

    def wait(self, seconds: float) -> list[tuple[int, int]]:
        """Wait at most that long; 0 looks without waiting."""
        return [(key.fd, events) for key, events in self._selector.select(seconds)]

    def close(self) -> None:
        """Close the selector."""
        self._selector.close()


def make_poller() -> Poller:
    """Return the cheapest poller of this system."""
    return EpollPoller() if hasattr(select, "epoll") else SelectorPoller()
