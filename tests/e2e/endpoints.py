"""An endpoint that a test plays by hand: takes a connection, reads, says bytes."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
WAIT_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request, and the connection that waits for its answer."""

    connection: socket.socket
    headers: dict[str, str]  # by lower-case name
    body: bytes

    def answer(self, data: bytes = OK) -> None:
        """Say these bytes and hang up; the other side may be gone."""
        with self.connection, suppress(OSError):
            self.connection.sendall(data)


class Endpoint:
    """Listens, and reads nothing before it is told to; use it in `with`."""

    def __enter__(self) -> Endpoint:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(WAIT_SECONDS)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/"
        return self

    def __exit__(self, *_error: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def accept(self) -> socket.socket:
        """Return the next connection, unread."""
        connection, _ = self._listener.accept()
        connection.settimeout(WAIT_SECONDS)
        return connection

    def take(self) -> Arrival:
        """Return the next request, whole and unanswered."""
        connection = self.accept()
        headers, length = {}, 0
        with connection.makefile("rb") as file:
            while (line := file.readline().strip().decode("latin-1")) or not headers:
                name, _, value = line.partition(":")
                headers[name.lower()] = value.strip()
            length = int(headers.get("content-length", 0))
            return Arrival(connection, headers, file.read(length))

    def serve(self, behave: Callable[[Arrival], None]) -> None:
        """Take requests in a thread until the end, one after the other."""

        def run() -> None:
            with suppress(OSError):
                while True:
                    behave(self.take())

        threading.Thread(target=run, daemon=True).start()
