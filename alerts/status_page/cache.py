"""Pages in the memory of one process, never older than what was true just now.

A page is served for half a second after its revision was looked up. Then one thread
looks it up again while the others go on with what they have; who comes so late that it
might no longer be true waits for that thread.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

#: So long nobody asks again.
FRESH_SECONDS = 0.5
#: So long the old one is served while somebody asks; two seconds is the promise.
USABLE_SECONDS = 1.5
MAX_PAGES = 500


class Entry(Generic[T]):
    """One page: what is served, and since when it is known to be true."""

    def __init__(self, key: str, cache: PageCache[T]) -> None:
        self.key = key
        self.page: T | None = None
        self.lock = threading.Lock()
        self._cache = cache
        self._checked_at = float("-inf")

    def find_age(self) -> float:
        """Return how many seconds ago the last look-up began."""
        return self._cache.clock() - self._checked_at

    def renew(self) -> None:
        """Look the page up again, unless somebody does or just did."""
        if self.lock.acquire(blocking=False):
            try:
                self.renew_locked()
            finally:
                self.lock.release()

    def renew_locked(self) -> None:
        """Look the page up, if that is due; the caller holds the lock."""
        if self.find_age() < FRESH_SECONDS:
            return
        began = self._cache.clock()
        self.page = self._cache.load(self.key, self.page)
        self._checked_at = began


class PageCache(Generic[T]):
    """Serves pages that are loaded by their key; see the module.

    Args:
        load: Returns the page of a key, or None; given the page that was served so
            far, which it returns again when nothing changed.
        clock: Seconds that never go back.
    """

    def __init__(
        self,
        load: Callable[[str, T | None], T | None],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.load = load
        self.clock = clock
        self._entries: dict[str, Entry[T]] = {}
        self._lock = threading.Lock()

    def get(self, key: str) -> T | None:
        """Return a page that was true a moment ago; None when there is none."""
        entry = self._find_entry(key)
        age = entry.find_age()
        if age >= FRESH_SECONDS:
            if entry.page is not None and age < USABLE_SECONDS:
                entry.renew()
            else:
                with entry.lock:
                    entry.renew_locked()
        if entry.page is None:
            # An address that somebody made up takes no memory.
            self._entries.pop(key, None)
        return entry.page

    def find_ticket(self, key: str, page: T) -> Ticket[T] | None:
        """Return what tells how long answers made from this page may be used."""
        entry = self._entries.get(key)
        return Ticket(entry, page) if entry and entry.page is page else None

    def clear(self) -> None:
        """Forget all pages."""
        with self._lock:
            self._entries.clear()

    def _find_entry(self, key: str) -> Entry[T]:
        entry = self._entries.get(key)
        if entry is not None:
            return entry
        with self._lock:
            if len(self._entries) >= MAX_PAGES:
                self._entries.clear()
            return self._entries.setdefault(key, Entry(key, self))


class Ticket(Generic[T]):
    """How long answers that were made from one state of a page may be used."""

    __slots__ = ("_entry", "_page")

    def __init__(self, entry: Entry[T], page: T) -> None:
        self._entry = entry
        self._page = page

    def find_age(self) -> float:
        """Return how many seconds ago it was true; without end once it is not."""
        if self._entry.page is not self._page:
            return float("inf")
        return self._entry.find_age()

    def renew(self) -> None:
        """Find out whether it still is true; one caller does, others return."""
        self._entry.renew()
