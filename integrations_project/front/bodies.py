"""Read a body with a cap and a deadline, before a thread is taken for its request."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from integrations_project.lib.request_body import (
    BodyIncomplete,
    BodyRefused,
    BodyTooLarge,
    BodyTooSlow,
    ReceivedBody,
    ServerBusy,
)

if TYPE_CHECKING:
    from integrations_project.front.asgi_types import Headers, Receive

MEBIBYTE = 1024 * 1024
#: All bodies that wait here and in the lanes together: what an attacker can fill.
MAX_HELD_BYTES = 128 * MEBIBYTE
EMPTY = ReceivedBody()


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long a body may be, and how long it may take."""

    max_bytes: int
    #: An over-long body is read and thrown away so far, so that the sender, who
    #: writes before it reads, sees our answer.
    max_drained_bytes: int
    seconds: float  # from the end of the headers to the last byte


class Memory:
    """The bytes of all bodies that are held just now."""

    def __init__(self, max_bytes: int = MAX_HELD_BYTES) -> None:
        self.held = 0
        self._max_bytes = max_bytes

    def take(self, size: int) -> bool:
        """Hold so many more bytes; False when there is no room for them."""
        if self.held + size > self._max_bytes:
            return False
        self.held += size
        return True

    def give_back(self, size: int) -> None:
        """Hold so many bytes less."""
        self.held -= size


def announces_body(headers: Headers) -> bool:
    """Whether a body follows these headers, however short."""
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value != b"0")
        for name, value in headers
    )


async def read_body(
    receive: Receive, headers: Headers, limits: Limits, memory: Memory
) -> ReceivedBody:
    """Read a body to its end, its cap or its deadline.

    What is returned whole is held in ``memory``; the caller gives it back.
    """
    if _is_waiting_to_send_too_much(headers, limits):
        return ReceivedBody(refused=_too_large(limits), is_read_to_end=False)
    reading = _Reading(limits, memory)
    try:
        async with asyncio.timeout(limits.seconds):
            while reading.is_open:
                message = await receive()
                if message["type"] == "http.disconnect":
                    reading.refuse(BodyIncomplete())
                    break
                reading.add(message.get("body", b""))
                if not message.get("more_body"):
                    return reading.end()
    except TimeoutError:
        detail = f"The body did not come within {limits.seconds:.0f} s; send it again."
        reading.refuse(BodyTooSlow(detail))
    except BaseException:
        reading.drop()
        raise
    return reading.end(is_read_to_end=False)


class _Reading:
    """The pieces of one body, until one too many has come."""

    def __init__(self, limits: Limits, memory: Memory) -> None:
        self._limits = limits
        self._memory = memory
        self._pieces: list[bytes] = []
        self._held = 0
        self._size = 0
        self._refused: BodyRefused | None = None

    @property
    def is_open(self) -> bool:
        """Whether to read on, be it only to throw it away."""
        return self._size <= self._limits.max_drained_bytes

    def add(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > self._limits.max_bytes:
            self.refuse(_too_large(self._limits))
        if self._refused is not None or not piece:
            return
        if not self._memory.take(len(piece)):
            self.refuse(ServerBusy())
            return
        self._held += len(piece)
        self._pieces.append(piece)

    def refuse(self, error: BodyRefused) -> None:
        """Keep the first reason only, and none of the pieces."""
        self._refused = self._refused or error
        self.drop()

    def drop(self) -> None:
        self._pieces.clear()
        self._memory.give_back(self._held)
        self._held = 0

    def end(self, *, is_read_to_end: bool = True) -> ReceivedBody:
        return ReceivedBody(
            data=b"".join(self._pieces),
            refused=self._refused,
            is_read_to_end=is_read_to_end,
        )


def _is_waiting_to_send_too_much(headers: Headers, limits: Limits) -> bool:
    # "Expect: 100-continue": the sender asks first, so nothing need be thrown away.
    told = dict(headers)
    length = told.get(b"content-length", b"")
    return (
        told.get(b"expect", b"").lower() == b"100-continue"
        and length.isdigit()
        and int(length) > limits.max_bytes
    )


def _too_large(limits: Limits) -> BodyTooLarge:
    return BodyTooLarge(
        f"The body is longer than the {limits.max_bytes} bytes that are taken."
    )
