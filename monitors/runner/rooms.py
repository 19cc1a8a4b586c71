"""A few reading rooms for many threads, closed when nobody reads."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from monitors.reading import ReadingRoom

if TYPE_CHECKING:
    from collections.abc import Iterator

    from monitors.datatypes import Extraction, Page

#: Reading is all processor time, and each room is a process with memory of its own.
MAX_ROOMS = 2
#: Of a page, beside its limit of processor time.
DEADLINE_SECONDS = 30.0
IDLE_SECONDS = 20.0


class Rooms:
    """Lends rooms; safe for threads."""

    def __init__(
        self, *, max_rooms: int = MAX_ROOMS, idle_seconds: float = IDLE_SECONDS
    ) -> None:
        self._lock = threading.Lock()
        self._places = threading.Semaphore(max_rooms)
        self._idle: list[ReadingRoom] = []
        self._idle_seconds = idle_seconds
        self._closing: threading.Timer | None = None

    def read(self, page: Page, *, scraper_type: str, schema: Any) -> Extraction:
        """Read a page as soon as a room is free; see `ReadingRoom.read`."""
        with self._lend() as room:
            return room.read(page, scraper_type=scraper_type, schema=schema)

    def close(self) -> None:
        """End the rooms that nobody uses."""
        with self._lock:
            idle, self._idle = self._idle, []
            if self._closing is not None:
                self._closing.cancel()
        for room in idle:
            room.close()

    @contextmanager
    def _lend(self) -> Iterator[ReadingRoom]:
        with self._places:
            with self._lock:
                room = self._idle.pop() if self._idle else None
            room = room or ReadingRoom(deadline_seconds=DEADLINE_SECONDS)
            try:
                yield room
            finally:
                self._take_back(room)

    def _take_back(self, room: ReadingRoom) -> None:
        with self._lock:
            self._idle.append(room)
            if self._closing is not None:
                self._closing.cancel()
            self._closing = threading.Timer(self._idle_seconds, self.close)
            self._closing.daemon = True
            self._closing.start()


#: Those of this process.
rooms = Rooms()
