"""The JSON in a form: its field ``payload``, else ``data``, as some senders post it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from receivers.exceptions import BodyNotJson

_URL_ENCODED = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"
_FIELDS = (b"payload", b"data")
_MAX_FIELDS = 100
#: RFC 2046 allows 70 characters.
_BOUNDARY = re.compile(r'boundary=(?:"([^"]{1,70})"|([^\s;,"]{1,70}))', re.IGNORECASE)
_NAME = re.compile(rb'[;\s]name=(?:"([^"\r\n]{0,200})"|([^\s;"]{1,200}))', re.I)
_MAX_PART_HEAD_BYTES = 8 * 1024


def is_form(raw: bytes, content_type: str) -> bool:
    """Whether a body that is no JSON is a form, by its type or by how it begins."""
    start = raw.lstrip()[:8]
    # curl -d sends JSON as a form unless told otherwise: believe the first byte.
    if start.startswith((b"{", b"[")):
        return False
    if start.startswith((b"payload=", b"data=")):
        return True
    return _find_kind(content_type) in (_URL_ENCODED, _MULTIPART)


def find_form_field(raw: bytes, content_type: str) -> tuple[str, bytes]:
    """Return the name and the value of the field that holds the JSON.

    At most 100 fields are looked at, the first of a name counts.

    Raises:
        BodyNotJson: There is none.
    """
    is_multipart = _find_kind(content_type) == _MULTIPART
    pairs = _read_parts(raw, content_type) if is_multipart else _read_pairs(raw)
    fields: dict[bytes, bytes] = {}
    for name, value in pairs:
        fields.setdefault(name, value)
    for name in _FIELDS:
        if name in fields:
            return name.decode(), fields[name]
    message = (
        'The body is a form without a field "payload" or "data" that holds JSON. '
        'Send JSON such as {"status": "down"}.'
    )
    raise BodyNotJson(message)


def _find_kind(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def _read_pairs(raw: bytes) -> Iterator[tuple[bytes, bytes]]:
    for part in raw.strip().split(b"&", _MAX_FIELDS)[:_MAX_FIELDS]:
        name, _, value = part.partition(b"=")
        is_wanted = name in _FIELDS
        yield name, unquote_to_bytes(value.replace(b"+", b" ")) if is_wanted else b""


def _read_parts(raw: bytes, content_type: str) -> Iterator[tuple[bytes, bytes]]:
    found = _BOUNDARY.search(content_type)
    if found is None:
        message = "The body is said to be a multipart form, but no boundary is given."
        raise BodyNotJson(message)
    boundary = (found[1] or found[2]).encode(errors="replace")
    # RFC 7578: a line break belongs to the boundary after it.
    parts = (b"\r\n" + raw).split(b"\r\n--" + boundary, _MAX_FIELDS + 1)
    for part in parts[1 : _MAX_FIELDS + 1]:
        head, gap, value = part.partition(b"\r\n\r\n")
        name = _NAME.search(head[:_MAX_PART_HEAD_BYTES])
        if gap and name is not None:
            yield name[1] or name[2] or b"", value
