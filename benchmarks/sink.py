"""The cheapest endpoint there is: answers 200 to every POST, in one epoll loop.

Run as a program it prints its port on the first line and serves until killed.
"""

from __future__ import annotations

import selectors
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
)


@contextmanager
def running_sink() -> Iterator[str]:
    """Start a sink in a process of its own and yield its URL."""
    process = subprocess.Popen(
        [sys.executable, __file__], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def serve() -> None:
    selector = selectors.DefaultSelector()
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    listener.setblocking(False)
    selector.register(listener, selectors.EVENT_READ)
    print(listener.getsockname()[1], flush=True)
    buffers: dict[socket.socket, bytes] = {}
    while True:
        for key, _ in selector.select():
            connection = key.fileobj
            assert isinstance(connection, socket.socket)
            if connection is listener:
                accepted, _ = listener.accept()
                accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                selector.register(accepted, selectors.EVENT_READ)
                buffers[accepted] = b""
            elif not answer(connection, buffers):
                selector.unregister(connection)
                del buffers[connection]
                connection.close()


def answer(connection: socket.socket, buffers: dict[socket.socket, bytes]) -> bool:
    """Answer every complete request; False when the other side has gone."""
    try:
        chunk = connection.recv(65536)
    except OSError:
        return False
    data = buffers[connection] + chunk
    while (length := request_length(data)) and len(data) >= length:
        data = data[length:]
        connection.send(ANSWER)
    buffers[connection] = data
    return bool(chunk)


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


if __name__ == "__main__":
    serve()
