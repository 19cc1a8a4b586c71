"""Undo the content encoding of a body, without ever holding more than is allowed.

Signatures are over the bytes as they are on the wire, so this comes after them.
"""

from __future__ import annotations

import zlib

from integrations_project.lib.json_types import quote
from integrations_project.lib.request_body import BodyTooLarge
from receivers.exceptions import EncodingBroken, EncodingUnsupported

#: Each one costs a copy of what follows it, and empty ones take 20 bytes.
MAX_MEMBERS = 100

_GZIP, _ZLIB, _RAW = 16 + zlib.MAX_WBITS, zlib.MAX_WBITS, -zlib.MAX_WBITS


def decode_content(body: bytes, encoding: str, *, max_bytes: int) -> bytes:
    """Return a body without its content encoding.

    Args:
        body: As on the wire.
        encoding: The header ``Content-Encoding``; empty is none.
        max_bytes: How long the decoded body may be.

    Raises:
        EncodingUnsupported: It is neither gzip nor deflate, or more than one.
        EncodingBroken: The body is not what its encoding says, or not all of it.
        BodyTooLarge: It is longer when decoded than is taken.

    Source: RFC 9110, section 8.4.1; ``deflate`` with and without the zlib header,
    since senders differ.
    """
    match encoding.strip().lower():
        case "" | "identity":
            return body
        case "gzip" | "x-gzip":
            return _inflate(body, _GZIP, max_bytes=max_bytes)
        case "deflate":
            window = _ZLIB if _has_zlib_header(body) else _RAW
            return _inflate(body, window, max_bytes=max_bytes)
    message = (
        f"The Content-Encoding {quote(encoding.strip())} is not taken; send gzip, "
        "deflate or none."
    )
    raise EncodingUnsupported(message)


def _inflate(body: bytes, window: int, *, max_bytes: int) -> bytes:
    pieces: list[bytes] = []
    left = max_bytes
    # A gzip file may have several members, one after the other.
    for _ in range(MAX_MEMBERS):
        decoder = zlib.decompressobj(window)
        try:
            piece = decoder.decompress(body, left + 1)
        except zlib.error as error:
            raise EncodingBroken from error
        left -= len(piece)
        if left < 0:
            message = (
                f"The body is longer than the {max_bytes} bytes that are taken, "
                "once it is decoded."
            )
            raise BodyTooLarge(message)
        if not decoder.eof:
            raise EncodingBroken("The compressed body ends too early; send it again.")
        pieces.append(piece)
        body = decoder.unused_data
        if not body or window != _GZIP:
            return _join(pieces, rest=body)
    message = f"The gzip body has more than {MAX_MEMBERS} members; send it as one."
    raise EncodingBroken(message)


def _join(pieces: list[bytes], *, rest: bytes) -> bytes:
    if rest:
        raise EncodingBroken("Something follows the end of the compressed body.")
    return b"".join(pieces)


def _has_zlib_header(body: bytes) -> bool:
    # RFC 1950, section 2.2: method 8, and a checksum over the two bytes.
    return len(body) >= 2 and body[0] & 0x0F == 8 and (body[0] << 8 | body[1]) % 31 == 0
