"""Send a suspect from a process of its own, so that it can harm nothing else.

A suspect is a delivery whose claim was lost once: perhaps by chance, perhaps
because sending it ends the process (a fault in a library, an answer that fills the
memory). The child touches no database; its outcome comes back over a pipe.
"""

from __future__ import annotations

import base64
import contextlib
import ctypes
import dataclasses
import json
import os
import signal
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from webhooks.engine.couriers import send_now
from webhooks.engine.messages import Failure, HttpOutcome, HttpRequest, Timings

#: As many suspects at once, so that one that hangs holds up no other.
MAX_CHILDREN = 8
_GRACE_SECONDS = 10.0
_PR_SET_PDEATHSIG = 1

Send = Callable[[HttpRequest], HttpOutcome]


@dataclass(slots=True)
class _Child:
    process_id: int
    request: HttpRequest
    deadline: float
    answer: bytes = b""


class IsolatedSender:
    """Children, each with one request; `fds` are to be watched, then `collect`."""

    def __init__(self, send: Send = send_now) -> None:
        self._send = send
        self._children: dict[int, _Child] = {}

    @property
    def fds(self) -> Collection[int]:
        """The descriptors that become readable when a child has something to say."""
        return self._children.keys()

    @property
    def free(self) -> int:
        """How many more children may be started."""
        return MAX_CHILDREN - len(self._children)

    def start(self, request: HttpRequest) -> int:
        """Start a child for a request and return the descriptor to watch."""
        reader, writer = os.pipe()
        parent_id = os.getpid()
        process_id = os.fork()
        if process_id == 0:
            _run_child(self._send, request, writer, parent_id)
        os.close(writer)
        os.set_blocking(reader, False)
        deadline = time.monotonic() + request.timeout_seconds + _GRACE_SECONDS
        self._children[reader] = _Child(process_id, request, deadline)
        return reader

    def collect(self) -> list[tuple[int, HttpRequest, HttpOutcome | None]]:
        """Return those that ended: descriptor, request, outcome.

        The outcome is None when the child was lost before it could say anything.
        The descriptor is still open: stop watching it, then `close` it.
        """
        ended = []
        for fd, child in list(self._children.items()):
            if time.monotonic() > child.deadline:
                _kill(child.process_id)
            if _read_all(fd, child):
                del self._children[fd]
                _reap(child.process_id)
                ended.append((fd, child.request, _decode(child)))
        return ended

    def close(self, fd: int) -> None:
        """Close the descriptor of a child that ended."""
        os.close(fd)

    def cancel_all(self) -> list[HttpRequest]:
        """End every child and return the requests without an outcome."""
        requests = []
        for fd, child in self._children.items():
            _kill(child.process_id)
            _reap(child.process_id)
            os.close(fd)
            requests.append(child.request)
        self._children.clear()
        return requests


def _run_child(
    send_one: Send, request: HttpRequest, writer: int, parent_id: int
) -> None:
    status = 1
    try:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() == parent_id:
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
                signal.signal(number, signal.SIG_DFL)
            _close_inherited(keep=writer)
            _write_all(writer, _encode(send_one(request)))
            status = 0
    finally:
        # Not `sys.exit`: nothing of the parent is to be tidied up here.
        os._exit(status)


def _close_inherited(*, keep: int) -> None:
    # The parent's connections: held open here, the other sides would not see the
    # parent hang up, and its epoll would go on reporting them.
    limit = os.sysconf("SC_OPEN_MAX")
    os.closerange(3, keep)
    os.closerange(keep + 1, limit)


def _read_all(fd: int, child: _Child) -> bool:
    try:
        while chunk := os.read(fd, 65536):
            child.answer += chunk
    except BlockingIOError:
        return False
    return True


def _write_all(fd: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def _kill(process_id: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(process_id, signal.SIGKILL)


def _reap(process_id: int) -> None:
    with contextlib.suppress(ChildProcessError):
        os.waitpid(process_id, 0)


def _encode(outcome: HttpOutcome) -> bytes:
    document = {
        **outcome._asdict(),
        "key": None,
        "response_body": base64.b64encode(outcome.response_body).decode(),
        "timings": outcome.timings.as_dict(),
        "error": outcome.error and dataclasses.asdict(outcome.error),
    }
    return json.dumps(document).encode()


def _decode(child: _Child) -> HttpOutcome | None:
    try:
        document: dict[str, Any] = json.loads(child.answer)
    except ValueError:
        return None
    error = document["error"]
    return HttpOutcome(
        **{
            **document,
            "key": child.request.key,
            "response_headers": tuple(map(tuple, document["response_headers"])),
            "response_body": base64.b64decode(document["response_body"]),
            "timings": Timings(**document["timings"]),
            "error": Failure(**error) if error else None,
        }
    )
