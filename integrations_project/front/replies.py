"""An answer on its way to the wire."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from integrations_project.front.asgi_types import Headers, Send

RETRY_AFTER_SECONDS = 5
CLOSE = (b"connection", b"close")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer: small ones whole, long ones in pieces."""

    status: int
    headers: Headers
    body: bytes = b""
    #: What comes after the body, read by a thread; None when that was all.
    rest: Iterator[bytes] | None = None
    close: Callable[[], None] | None = None  # called by a thread, after the rest

    def closing(self) -> Reply:
        """Return the same answer, after which the connection ends."""
        return Reply(
            status=self.status,
            headers=[*self.headers, CLOSE],
            body=self.body,
            rest=self.rest,
            close=self.close,
        )


def build_json(
    status: int,
    content: Mapping[str, Any],
    headers: Headers,
    more: Mapping[str, str],
) -> Reply:
    """Return a JSON answer, in the very bytes that Django's JsonResponse writes."""
    body = json.dumps(content).encode()
    return Reply(
        status=status,
        headers=[
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            *headers,
            *((name.lower().encode(), value.encode()) for name, value in more.items()),
        ],
        body=body,
    )


def build_busy() -> Reply:
    """Return the answer when too many requests wait already."""
    text = b"The server has too much to do just now. Try again in a few seconds.\n"
    return Reply(
        status=503,
        headers=[
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", str(len(text)).encode()),
            (b"retry-after", str(RETRY_AFTER_SECONDS).encode()),
            (b"cache-control", b"no-store, private"),
            (b"x-content-type-options", b"nosniff"),
        ],
        body=text,
    )


async def send_start(send: Send, reply: Reply) -> None:
    """Send the status and the headers."""
    await send(
        {
            "type": "http.response.start",
            "status": reply.status,
            "headers": reply.headers,
        }
    )


async def send_body(send: Send, body: bytes, *, has_more: bool = False) -> None:
    """Send a piece of the body."""
    await send({"type": "http.response.body", "body": body, "more_body": has_more})


async def send_whole(send: Send, reply: Reply) -> None:
    """Send an answer that has no rest; a client that has gone misses it."""
    with suppress(OSError, RuntimeError):
        await send_start(send, reply)
        await send_body(send, reply.body)
