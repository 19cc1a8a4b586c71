"""From a request on the wire to plain values that are safe to store."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

from integrations_project.lib.request_body import (
    REFUSED_KEY,
    BodyIncomplete,
    BodyTooLarge,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django.http import HttpRequest

#: An over-long body is read and thrown away so far, so that the sender, who writes
#: before it reads, sees our answer.
MAX_DRAINED_BYTES = 8 * 1024 * 1024
#: A sender that drips holds a thread no longer than this after each piece.
MAX_READING_SECONDS = 30
_CHUNK_BYTES = 64 * 1024
_MAX_HEADER_LENGTH = 2000


class _Stream(Protocol):
    def read(self, size: int, /) -> bytes: ...


def read_request_body(request: HttpRequest, *, max_bytes: int) -> bytes:
    """Read the raw body, whether its length was told or it comes in chunks.

    Raises:
        BodyRefused: It is longer than allowed (it was read up to 8 MiB), the sender
            went away or took too long, or our own front says any of that.
    """
    if (refused := request.META.get(REFUSED_KEY)) is not None:
        raise refused
    length = _content_length(request)
    chunks: list[bytes] = []
    size = 0
    deadline = time.monotonic() + MAX_READING_SECONDS
    for chunk in _iterate(request, length):
        size += len(chunk)
        if size <= max_bytes:
            chunks.append(chunk)
        if size > MAX_DRAINED_BYTES or time.monotonic() > deadline:
            break
    if size > max_bytes:
        message = f"The body is longer than the {max_bytes} bytes that are taken."
        raise BodyTooLarge(message)
    if time.monotonic() > deadline or (length is not None and size < length):
        raise BodyIncomplete
    return b"".join(chunks)


def read_headers(request: HttpRequest) -> dict[str, str]:
    """Return the headers as text that every database takes."""
    return clean_headers(request.headers)


def clean_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers as text that every database takes."""
    return {
        name: _safe_text(value)[:_MAX_HEADER_LENGTH] for name, value in headers.items()
    }


def decode_body(body: bytes, *, max_bytes: int) -> str:
    """Return the beginning of a body as text that every database takes."""
    return _safe_text(body[:max_bytes].decode(errors="replace"))


def _safe_text(text: str) -> str:
    # PostgreSQL takes neither NUL nor half a surrogate pair.
    return text.replace("\0", "\ufffd").encode(errors="replace").decode()


def _content_length(request: HttpRequest) -> int | None:
    text = request.META.get("CONTENT_LENGTH") or ""
    return int(text) if text.isascii() and text.isdigit() else None


def _iterate(request: HttpRequest, length: int | None) -> Iterator[bytes]:
    stream: _Stream
    if length is not None:
        stream = request
    elif "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
        # Django takes a body without a length for empty; the server knows its end.
        stream = request.META["wsgi.input"]
    else:
        return
    while True:
        try:
            chunk = stream.read(_CHUNK_BYTES)
        except OSError as error:
            raise BodyIncomplete from error
        if not chunk:
            return
        yield chunk
