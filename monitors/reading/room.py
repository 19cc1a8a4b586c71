"""The parent's side of the room: one child, one page at a time, one deadline."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from django.conf import settings

from monitors.exceptions import ExtractionFailed
from monitors.reading.request import LENGTH_BYTES, build_request, read_answer

if TYPE_CHECKING:
    from types import TracebackType

    from monitors.datatypes import Extraction, Page

#: Of processor time; a page of 10 MiB takes one to five seconds. Time that others
#: take from us on a busy machine does not count.
PROCESSOR_SECONDS = 10
#: In any case.
DEADLINE_SECONDS = 60.0
#: More than any answer: the items of a page are no larger than the page.
MAX_ANSWER_BYTES = 256 * 1024 * 1024
TOO_SLOW = (
    "Reading the page took longer than it may: its markup takes too long to parse, "
    "or a selector is too costly. Use a simpler selector."
)
CLOSED = "Reading the page ended without an answer; it is tried again at the next run."
_PIECE_BYTES = 1 << 16


class ReadingRoom:
    """A child process that reads pages; started when it is needed, killed when slow."""

    def __init__(
        self,
        *,
        processor_seconds: int = PROCESSOR_SECONDS,
        deadline_seconds: float = DEADLINE_SECONDS,
    ) -> None:
        self._processor_seconds = processor_seconds
        self._deadline_seconds = deadline_seconds
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> ReadingRoom:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def read(self, page: Page, *, scraper_type: str, schema: Any) -> Extraction:
        """Return what is read from a page.

        Raises:
            ExtractionFailed: Nothing could be read, or it took too long; the child
                is ended then, and the next page has a new one.
        """
        request = build_request(page, scraper_type=scraper_type, schema=schema)
        request["processor_seconds"] = self._processor_seconds
        try:
            answer = self._ask(json.dumps(request).encode())
        except TimeoutError:
            self.close()
            raise ExtractionFailed(TOO_SLOW, code="too_slow") from None
        except (OSError, ValueError) as error:
            if self._was_too_slow():
                raise ExtractionFailed(TOO_SLOW, code="too_slow") from None
            raise ExtractionFailed(CLOSED, code="reader_died") from error
        return read_answer(answer)

    def close(self) -> None:
        """End the child, whatever it is doing."""
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()

    def _was_too_slow(self) -> bool:
        """Whether the kernel ended the child for its time; ends it in any case."""
        child = self._child
        if child is not None:
            with suppress(subprocess.TimeoutExpired):
                child.wait(timeout=1)
        self.close()
        return child is not None and child.returncode == -signal.SIGXCPU

    def _ask(self, request: bytes) -> dict[str, Any]:
        child = self._start()
        assert child.stdin is not None
        assert child.stdout is not None
        until = time.monotonic() + self._deadline_seconds
        outgoing = memoryview(len(request).to_bytes(LENGTH_BYTES) + request)
        _write(child.stdin.fileno(), outgoing, until)
        output = child.stdout.fileno()
        length = int.from_bytes(_read(output, LENGTH_BYTES, until))
        if length > MAX_ANSWER_BYTES:
            raise ValueError("the answer is longer than any page")
        answer: dict[str, Any] = json.loads(_read(output, length, until))
        return answer

    def _start(self) -> subprocess.Popen[bytes]:
        if self._child is None or self._child.poll() is not None:
            self.close()
            self._child = subprocess.Popen(
                [sys.executable, "-m", "monitors.reading.child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                cwd=settings.BASE_DIR,
                # Nothing secret for a process that reads what strangers wrote.
                env={"PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1"},
            )
            for pipe in (self._child.stdin, self._child.stdout):
                assert pipe is not None
                os.set_blocking(pipe.fileno(), False)
        return self._child


_rooms = threading.local()


def read_in_room(page: Page, *, scraper_type: str, schema: Any) -> Extraction:
    """Read a page in the room of this thread; see `ReadingRoom.read`."""
    room: ReadingRoom | None = getattr(_rooms, "room", None)
    if room is None:
        room = _rooms.room = ReadingRoom()
    return room.read(page, scraper_type=scraper_type, schema=schema)


def _write(number: int, data: memoryview, until: float) -> None:
    with _watch(number, selectors.EVENT_WRITE) as ready:
        while data:
            _wait(ready, until)
            data = data[os.write(number, data[:_PIECE_BYTES]) :]


def _read(number: int, length: int, until: float) -> bytes:
    data = bytearray()
    with _watch(number, selectors.EVENT_READ) as ready:
        while len(data) < length:
            _wait(ready, until)
            piece = os.read(number, min(_PIECE_BYTES, length - len(data)))
            if not piece:
                raise BrokenPipeError("the reader ended")
            data += piece
    return bytes(data)


def _watch(number: int, event: int) -> selectors.BaseSelector:
    selector = selectors.DefaultSelector()
    selector.register(number, event)
    return selector


def _wait(selector: selectors.BaseSelector, until: float) -> None:
    left = until - time.monotonic()
    if left <= 0 or not selector.select(left):
        raise TimeoutError
