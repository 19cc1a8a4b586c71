"""A real HTTP server on loopback that records requests and plays scripted answers."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
import time
from collections import defaultdict, deque
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Literal, cast

import pytest

from tests.certificates import make_certificate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from http.client import HTTPMessage
    from pathlib import Path

RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came over the wire."""

    method: str
    path: str
    headers: HTTPMessage  # looked up without regard to case
    body: bytes  # the exact bytes
    at: float  # seconds since the epoch, when the body was complete

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Answer:
    """What to do with one request."""

    status: int = 200
    body: bytes = b"ok"
    headers: Sequence[tuple[str, str]] = ()
    delay_seconds: float = 0  # before the first byte
    drip_seconds: float = 0  # pause after each byte, from `drip_from` on
    drip_from: Literal["head", "body"] = "body"
    #: reset: cut with RST · close: end without a byte · never: hold the connection
    instead: Literal["", "reset", "close", "never"] = ""

    def parts(self) -> tuple[bytes, bytes]:
        """Return the bytes of the head and of the body."""
        given = {name.lower() for name, _ in self.headers}
        lines = [f"HTTP/1.1 {self.status} Scripted"]
        lines += [f"{name}: {value}" for name, value in self.headers]
        if not given & {"content-length", "transfer-encoding"}:
            lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join([*lines, "", ""]).encode("latin-1"), self.body


def redirect(location: str, status: int = 302) -> Answer:
    return Answer(status=status, headers=[("Location", location)], body=b"")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def handle_any(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = cast("HTTPMessage", self.headers)  # what parse_headers makes
        request = Request(self.command, self.path, headers, body, time.time())
        answer = self.server.sink.record(request)
        closing = self.server.sink.closing
        if answer.instead == "never":
            closing.wait()
        elif answer.delay_seconds:
            closing.wait(answer.delay_seconds)
        if answer.instead:
            if answer.instead == "reset":
                self.server.sink.reset(self.connection)
            self.close_connection = True
            return
        self._send(*answer.parts(), answer)

    def _send(self, head: bytes, body: bytes, answer: Answer) -> None:
        whole = head if self.command == "HEAD" else head + body
        drip = answer.drip_seconds
        at_once = (
            len(whole) if not drip else 0 if answer.drip_from == "head" else len(head)
        )
        self.wfile.write(whole[:at_once])
        for byte in whole[at_once:]:
            self.wfile.write(bytes([byte]))
            if self.server.sink.closing.wait(answer.drip_seconds):
                self.close_connection = True
                return

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = handle_any  # noqa: N815

    def log_message(self, *_args: Any) -> None:
        """Say nothing; the test asks for what it wants to know."""


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that server_close() waits for all of them
    request_queue_size = 1024
    sink: Sink
    tls: ssl.SSLContext | None = None

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        if self.tls is not None:
            # The handshake happens at the first read, in the thread of the request.
            connection = self.tls.wrap_socket(
                connection, server_side=True, do_handshake_on_connect=False
            )
        self.sink.connections.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        self.sink.connections.discard(request)
        if request in self.sink.resets:
            self.close_request(request)  # a shutdown would send FIN before the RST
        else:
            super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away or refuses the certificate is part of the tests."""


@dataclass(eq=False)
class Sink:
    """The server as a test sees it: `url`, `requests`, `play()`, `wait_for()`."""

    certificate: tuple[Path, Path] | None = None  # certificate and key, for https
    host: str = "127.0.0.1"
    port: int = 0  # any that is free
    requests: list[Request] = field(default_factory=list)
    connections: set[socket.socket] = field(default_factory=set)
    resets: set[socket.socket] = field(default_factory=set)
    closing: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._changed = threading.Condition()
        self._script: dict[str, deque[Answer]] = defaultdict(deque)
        self._always: dict[str, Answer] = {"": Answer()}
        self._server = _Server((self.host, self.port), _Handler)
        self._server.sink = self
        if self.certificate:
            self._server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._server.tls.load_cert_chain(*self.certificate)
        self.port = self._server.server_address[1]
        self.url = f"http{'s' * bool(self.certificate)}://{self.host}:{self.port}/"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )
        self._thread.start()

    def play(self, *answers: Answer, path: str = "") -> None:
        """Give the next requests these answers, in order, on one path or on any."""
        self._script[path].extend(answers)

    def always(self, answer: Answer, path: str = "") -> None:
        """Give this answer when the script is empty."""
        self._always[path] = answer

    def record(self, request: Request) -> Answer:
        with self._changed:
            self.requests.append(request)
            self._changed.notify_all()
            for path in (request.path, ""):
                if self._script[path]:
                    return self._script[path].popleft()
                if path in self._always:
                    return self._always[path]
        return Answer()

    def wait_for(self, count: int, seconds: float = 10) -> list[Request]:
        """Return the requests as soon as there are so many; fail when too late."""
        with self._changed:
            done = self._changed.wait_for(lambda: len(self.requests) >= count, seconds)
        assert done, f"{len(self.requests)} of {count} requests in {seconds} s"
        return list(self.requests)

    def reset(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self.resets.add(connection)

    def close(self) -> None:
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        for connection in list(self.connections):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._server.server_close()


@pytest.fixture
def make_sink(tmp_path: Path) -> Iterator[Any]:
    """Start servers: `make_sink()`, `make_sink(tls=True)`."""
    sinks: list[Sink] = []

    def make(*, tls: bool = False) -> Sink:
        sinks.append(Sink(make_certificate(tmp_path) if tls else None))
        return sinks[-1]

    yield make
    for each in sinks:
        each.close()


@pytest.fixture
def sink(make_sink: Any) -> Sink:
    """One HTTP server that answers 200 until told otherwise."""
    server: Sink = make_sink()
    return server
