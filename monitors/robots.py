"""What a site's robots.txt lets us read. Pure.

Source: RFC 9309: an answer of 4xx allows everything, 5xx and none at all nothing.
"""

from __future__ import annotations

from protego import Protego

USER_AGENT = "Signalpost"
MAX_BYTES = 500 * 1024  # RFC 9309, 2.5
#: Longer distances than this are not kept; the schedule's own is long enough.
MAX_DELAY_SECONDS = 60.0


def may_read(url: str, *, text: str, status_code: int | None) -> bool:
    """Whether robots.txt lets us read a page.

    Args:
        url: The page.
        text: The file; "" when there is none.
        status_code: What the file was answered with; None when no answer came.
    """
    if status_code is None or status_code >= 500:
        return False
    if status_code >= 300:
        return True
    return bool(Protego.parse(text).can_fetch(url, USER_AGENT))


def find_delay_seconds(text: str) -> float:
    """Return the distance between two fetches that robots.txt asks for; 0 if none."""
    delay = Protego.parse(text).crawl_delay(USER_AGENT)
    return min(float(delay), MAX_DELAY_SECONDS) if delay else 0.0
