"""A TCP server on loopback that says exactly the bytes a test wants, or nothing."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress

#: Reads what the request is known to hold, answers, and returns to close.
Behaviour = Callable[[socket.socket], None]


class RawServer:
    """Runs a behaviour a connection, each in a thread of its own."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.connections: list[socket.socket] = []
        self._behaviour = behaviour
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
        self.port: int = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}/"
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self.connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in list(self._threads):
            thread.join(5)
        for connection in self.connections:
            connection.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections.append(connection)
            thread = threading.Thread(
                target=self._serve, args=(connection,), daemon=True
            )
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError):
            self._behaviour(connection)
            connection.shutdown(socket.SHUT_RDWR)


def read_request(connection: socket.socket) -> bytes:
    """Read until the body `{}` of the tests' requests is there."""
    data = b""
    while not data.endswith(b"\r\n\r\n{}"):
        chunk = connection.recv(65536)
        if not chunk:
            return data
        data += chunk
    return data


def say(*parts: bytes) -> Behaviour:
    """Answer one request with these bytes and hang up."""

    def behave(connection: socket.socket) -> None:
        read_request(connection)
        for part in parts:
            connection.sendall(part)

    return behave
