"""Posts over a few kept connections, from one thread: all it can, or so many."""

from __future__ import annotations

import itertools
import re
import selectors
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

CONNECTIONS = 8
MAX_CONNECTIONS = 64
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Request:
    """One request to send again and again."""

    path: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"

    def encode(self, port: int) -> bytes:
        lines = [
            f"{self.method} {self.path} HTTP/1.1",
            f"Host: 127.0.0.1:{port}",
            *(f"{name}: {value}" for name, value in self.headers.items()),
        ]
        if self.method != "GET":
            lines.append("Content-Type: application/json")
            lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join([*lines, "", ""]).encode() + self.body


@dataclass(frozen=True, slots=True)
class Load:
    """What a server took."""

    per_second: float
    p50_ms: float
    p99_ms: float


class _Connection:
    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.body = b""  # of the last answer
        self.sent_at = 0.0

    def send(self, data: bytes) -> None:
        self.sent_at = time.perf_counter()
        self.socket.sendall(data)

    def receive(self) -> bool:
        """Read what is there; tells whether the answer is whole."""
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError("The server closed the connection.")
        self.buffer += data
        head, end, body = self.buffer.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not end or length is None or len(body) < int(length[1]):
            return False
        if b" 200 " not in head[:16]:
            raise AssertionError(self.buffer[:500])
        self.buffer, self.body = b"", body
        return True


def wait_until_open(port: int, *, seconds: float = 120) -> None:
    """Return when something listens on the port."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=0.5).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(f"Nothing listens on port {port}.")


def _send_one(port: int, data: bytes) -> None:
    """Wait for one answer: the first one loads the program."""
    connection = _Connection(port)
    connection.send(data)
    while not connection.receive():
        pass
    connection.socket.close()


def generate_load(
    port: int,
    requests: Sequence[Request],
    *,
    seconds: float,
    note: Callable[[float, float, bytes], None] | None = None,
) -> Load:
    """Send the requests in turn for so long; a fifth of it warms up uncounted.

    Each answer is told to ``note``: when its request was sent, when it was whole (both
    by `time.perf_counter`), and its body.
    """
    stream = itertools.cycle([request.encode(port) for request in requests])
    _send_one(port, next(stream))
    begin = time.perf_counter()
    end, counted_from = begin + seconds, begin + seconds / 5
    durations: list[float] = []
    with selectors.DefaultSelector() as selector:
        connections = [_Connection(port) for _ in range(CONNECTIONS)]
        for connection in connections:
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            connection.send(next(stream))
        while (now := time.perf_counter()) < end:
            for key, _ in selector.select(timeout=1):
                if key.data.receive():
                    if note is not None:
                        sent_at, body = key.data.sent_at, key.data.body
                        note(sent_at, time.perf_counter(), body)
                    if now >= counted_from:
                        durations.append(time.perf_counter() - key.data.sent_at)
                    key.data.send(next(stream))
        for connection in connections:
            connection.socket.close()
    return _summarise(durations, seconds * 0.8)


def generate_steady_load(
    port: int, requests: Sequence[Request], *, per_second: float, seconds: float
) -> Load:
    """Send so many requests a second, whether or not the server keeps up.

    A duration counts from the moment at which a request was due: one that waits for
    a connection, since all are busy, is late as its sender would see it.
    """
    stream = itertools.cycle([request.encode(port) for request in requests])
    _send_one(port, next(stream))
    free = [_Connection(port) for _ in range(MAX_CONNECTIONS)]
    durations: list[float] = []
    begin = time.perf_counter()
    sent, total = 0, int(per_second * seconds)
    with selectors.DefaultSelector() as selector:
        for connection in free:
            selector.register(connection.socket, selectors.EVENT_READ, connection)
        while len(durations) < total:
            while free and sent < total:
                due_at = begin + sent / per_second
                if time.perf_counter() < due_at:
                    break
                connection = free.pop()
                connection.send(next(stream))
                connection.sent_at = due_at
                sent += 1
            wait = begin + sent / per_second - time.perf_counter()
            for key, _ in selector.select(timeout=max(wait, 0) if free else 1):
                if key.data.receive():
                    durations.append(time.perf_counter() - key.data.sent_at)
                    free.append(key.data)
        for key in list(selector.get_map().values()):
            key.data.socket.close()
    return _summarise(durations[total // 5 :], seconds * 0.8)


def _summarise(durations: list[float], seconds: float) -> Load:
    durations = sorted(durations)
    return Load(
        per_second=len(durations) / seconds,
        p50_ms=durations[len(durations) // 2] * 1000,
        p99_ms=durations[int(len(durations) * 0.99)] * 1000,
    )
