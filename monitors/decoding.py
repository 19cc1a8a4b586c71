"""Bytes of a page to text, as browsers do it: mark, header, meta, and a guess. Pure.

Source: https://html.spec.whatwg.org/multipage/parsing.html#determining-the-character-encoding
"""

from __future__ import annotations

import codecs
import re
from email.message import Message

from charset_normalizer import from_bytes

#: So much of a page is looked at for its <meta>.
META_BYTES = 2048
GUESS_BYTES = 64 * 1024
#: Of so many letters, more than this part being control characters is no text.
LOOKED_AT, MAX_CONTROLS, MIN_CONTROLS = 4096, 0.05, 8
_CONTROLS = re.compile(r"[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_META = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([a-zA-Z0-9_:.-]{2,40})", re.IGNORECASE
)
_XML = re.compile(rb"^\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([a-zA-Z0-9_:.-]{2,40})")
#: Pages that say so mean their superset, says the standard.
_SUPERSETS = {
    "ascii": "cp1252",
    "utf-16": "utf-16-le",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
}


def read_content_type(header: str | None) -> tuple[str, str]:
    """Return media type and charset of a Content-Type, lower case; "" when missing."""
    if not header:
        return "", ""
    message = Message()
    message["Content-Type"] = "".join(c for c in header[:500] if c.isprintable())
    charset = message.get_param("charset", "")
    media_type = message.get_content_type() if "/" in header else ""
    return media_type, charset.lower() if isinstance(charset, str) else ""


def is_binary(text: str) -> bool:
    """Whether what was decoded is no text: an archive that is called HTML, for one.

    Texts have next to no control characters, in whatever encoding. NUL is passed over:
    UTF-16 that is not declared is full of it, and read all the same.
    """
    head = text[:LOOKED_AT]
    controls = len(_CONTROLS.findall(head))
    return controls >= MIN_CONTROLS and controls > len(head) * MAX_CONTROLS


def decode_page(body: bytes, charset: str) -> str:
    """Return the text of a page; what cannot be decoded becomes U+FFFD.

    Args:
        body: The bytes as they came.
        charset: What the Content-Type says; may be empty or wrong.
    """
    for mark, name in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    # A page whose <meta> could be read is not in UTF-16, whatever it says there.
    for codec in (_find_codec(charset), _narrow(_find_codec(_find_declared(body)))):
        if codec:
            return body.decode(codec, "replace")
    return _guess(body)


def _find_declared(body: bytes) -> str:
    head = body[:META_BYTES]
    found = _META.search(head) or _XML.search(head)
    return found[1].decode("ascii") if found else ""


def _find_codec(name: str) -> str:
    if not name:
        return ""
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        return ""
    # Codecs such as base64 are none for text.
    if not getattr(info, "_is_text_encoding", True):
        return ""
    return _SUPERSETS.get(info.name, info.name)


def _narrow(codec: str) -> str:
    return "utf-8" if codec.startswith(("utf-16", "utf-32")) else codec


def _guess(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        best = from_bytes(body[:GUESS_BYTES]).best()
        name = best.encoding if best is not None else "cp1252"
        return body.decode(name, "replace")
