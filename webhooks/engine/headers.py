"""Request headers as libcurl wants them, answer headers as we keep them."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence

from integrations_project.lib.http_headers import check_header_name, check_header_value
from webhooks.engine.messages import HttpRequest

#: What is kept of the answer's headers. libcurl itself ends an answer with more
#: than 5,000 headers or 300 KB of them.
MAX_HEADER_COUNT = 100
MAX_HEADER_BYTES = 16 * 1024
#: From 1 MiB on libcurl sends "Expect: 100-continue" unless told otherwise.
EXPECT_BYTES = 512 * 1024


def build_header_lines(request: HttpRequest) -> Sequence[str | bytes]:
    """Return the lines for libcurl's HTTPHEADER.

    Raises:
        HeaderRefused: a header could smuggle another or frame the message.
    """
    typed = False
    lines = []
    for name, value in request.headers:
        typed = _check_name(name) or typed
        # "Name:" would remove a header; "Name;" sends it empty.
        lines.append(f"{name}: {value}" if value.strip() else f"{name};")
    if not typed:
        lines.append("Content-Type:")  # libcurl would say that it is a form
    if len(request.body) > EXPECT_BYTES:
        lines.append("Expect:")  # libcurl would ask for leave to send
    text = "".join(lines)
    if not text.isprintable():
        for name, value in request.headers:
            check_header_value(name, value)
    return lines if text.isascii() else [line.encode() for line in lines]


@functools.lru_cache(maxsize=1024)
def _check_name(name: str) -> bool:
    check_header_name(name)
    return name.lower() == "content-type"


def parse_headers(lines: list[bytes]) -> tuple[tuple[str, str], ...]:
    """Return the headers of the last answer in the lines, cut to what is kept."""
    headers: list[tuple[str, str]] = []
    for line in lines if sum(map(len, lines)) < MAX_HEADER_BYTES else _cut(lines):
        name, colon, value = line.decode("latin-1").partition(":")
        if colon:
            headers.append((name, value.strip()))
        elif line.startswith(b"HTTP/"):
            # A new answer: what came before was an interim one (1xx).
            headers.clear()
    return tuple(headers[:MAX_HEADER_COUNT])


def _cut(lines: list[bytes]) -> Iterator[bytes]:
    room = MAX_HEADER_BYTES
    for line in lines:
        room -= len(line)
        if room < 0:
            return
        yield line
