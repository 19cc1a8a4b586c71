"""What a logo may be: a small picture, known by its first bytes."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError

MAX_LOGO_BYTES = 256 * 1024
_SVG = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*|<!--.*?-->\s*|<!DOCTYPE[^>\[]*>\s*)*<svg[\s>]",
    re.DOTALL | re.IGNORECASE,
)


def find_logo_type(logo: bytes) -> str:
    """Return the content type of a picture, by what it is and not by its name.

    Raises:
        ValidationError: It is too large, or no picture that browsers show.
    """
    if len(logo) > MAX_LOGO_BYTES:
        limit = MAX_LOGO_BYTES // 1024
        raise ValidationError(f"The logo is too large; choose one of {limit} KB.")
    for beginning, content_type in (
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"GIF87a", "image/gif"),
        (b"GIF89a", "image/gif"),
    ):
        if logo.startswith(beginning):
            return content_type
    if logo[:4] == b"RIFF" and logo[8:12] == b"WEBP":
        return "image/webp"
    if _SVG.match(logo[:4096]):
        return "image/svg+xml"
    raise ValidationError("The logo must be a PNG, JPEG, GIF, WebP or SVG picture.")
