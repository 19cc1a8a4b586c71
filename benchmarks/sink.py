"""The cheapest endpoint there is: answers 200 to every POST, in one epoll loop.

The path says how long an answer takes: `/after/50/…` waits 50 ms, any other none. A
GET of an address that ends in `.html` is answered with a page of 8 KiB.
`GET /seen` tells how many POSTs came, how many distinct `webhook-id` they had, and
the most that were waiting for their answer at one time.

Run as a program it prints its port on the first line and serves until killed.
"""

from __future__ import annotations

import heapq
import itertools
import json
import re
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.lifeline import end_with_parent

HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
)
ANSWER = HEAD % 2 + b"{}"
PAGE = b"<html><body>%s</body></html>" % b"".join(
    b"<h2>Product %d</h2><p>%s</p>" % (number, b"Costs 5 euro and is blue. " * 7)
    for number in range(40)
)
PAGE_ANSWER = HEAD.replace(b"application/json", b"text/html") % len(PAGE) + PAGE
_DELAY = re.compile(rb"(?:GET|POST) /after/(\d+)")
_PAGE = re.compile(rb"GET \S+\.html ")
_ID = re.compile(rb"webhook-id: ([^\r]+)", re.IGNORECASE)


@contextmanager
def running_sink() -> Iterator[str]:
    """Start a sink in a process of its own and yield its URL."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.sink"], stdout=subprocess.PIPE, text=True,
        preexec_fn=end_with_parent(signal.SIGKILL),
    )  # fmt: skip
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


class Sink:
    """The server: buffers of connections, and answers that wait for their time."""

    def __init__(self) -> None:
        self.selector = selectors.DefaultSelector()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
        self.listener.setblocking(False)
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.buffers: dict[socket.socket, bytes] = {}
        self.later: list[tuple[float, int, socket.socket, bytes]] = []
        self.numbers = itertools.count()
        self.post_count = self.most_waiting = 0
        self.ids: set[bytes] = set()

    def serve(self) -> None:
        while True:
            wait = max(0.0, self.later[0][0] - time.monotonic()) if self.later else None
            for key, _ in self.selector.select(wait):
                connection = key.fileobj
                assert isinstance(connection, socket.socket)
                if connection is self.listener:
                    self.accept()
                elif not self.read(connection):
                    self.selector.unregister(connection)
                    del self.buffers[connection]
                    connection.close()
            while self.later and self.later[0][0] <= time.monotonic():
                self.send(*heapq.heappop(self.later)[2:])

    def accept(self) -> None:
        accepted, _ = self.listener.accept()
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.selector.register(accepted, selectors.EVENT_READ)
        self.buffers[accepted] = b""

    def read(self, connection: socket.socket) -> bool:
        """Answer every complete request; False when the other side has gone."""
        try:
            chunk = connection.recv(65536)
        except OSError:
            return False
        data = self.buffers[connection] + chunk
        while (length := request_length(data)) and len(data) >= length:
            self.answer(connection, data[:length])
            data = data[length:]
        self.buffers[connection] = data
        return bool(chunk)

    def answer(self, connection: socket.socket, request: bytes) -> None:
        if request.startswith(b"GET /seen"):
            seen = {
                "posts": self.post_count,
                "ids": len(self.ids),
                "most_waiting": self.most_waiting,
            }
            body = json.dumps(seen).encode()
            self.send(connection, HEAD % len(body) + body)
            return
        answer = PAGE_ANSWER if _PAGE.match(request) else ANSWER
        self.post_count += 1
        found = _ID.search(request)
        if found:
            self.ids.add(found[1])
        delay = _DELAY.match(request)
        if delay is None:
            self.send(connection, answer)
            return
        until = time.monotonic() + int(delay[1]) / 1000
        waiting = (until, next(self.numbers), connection, answer)
        heapq.heappush(self.later, waiting)
        self.most_waiting = max(self.most_waiting, len(self.later))

    def send(self, connection: socket.socket, data: bytes) -> None:
        try:
            connection.send(data)
        except OSError:
            return  # it has gone; reading says so too


def request_length(data: bytes) -> int:
    """Return the length of the first request with its body, 0 if unknown yet."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return 0
    head = data[:end].lower() + b"\r\n"
    start = head.find(b"content-length:")
    if start < 0:
        return end + 4
    return end + 4 + int(head[start + 15 : head.index(b"\r\n", start)])


def serve() -> None:
    sink = Sink()
    print(sink.listener.getsockname()[1], flush=True)
    sink.serve()


if __name__ == "__main__":
    serve()
