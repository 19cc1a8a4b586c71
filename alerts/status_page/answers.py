"""What a page answers at each of its addresses, as bytes, made once for each state."""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from alerts.status_page.badge import draw_badge
from alerts.status_page.colours import build_stylesheet
from alerts.status_page.feeds import ATOM, RSS, write_feed
from alerts.status_page.render import render_embed
from alerts.status_page.widget import build_script

if TYPE_CHECKING:
    from collections.abc import Callable

    from alerts.actions.status_snapshots import Stored

#: Shorter ones gain nothing.
MIN_ZIPPED_BYTES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The bytes of one address, plain and packed."""

    body: bytes = field(repr=False)
    zipped: bytes | None = field(repr=False)  # None when packing gains nothing
    content_type: str
    etag: str  # without its quotation marks


def build_answer(body: bytes, content_type: str) -> Answer:
    """Return an answer; its tag changes when and only when its bytes do."""
    zipped = None
    is_text = not content_type.startswith("image/") or "svg" in content_type
    if is_text and len(body) >= MIN_ZIPPED_BYTES:
        zipped = gzip.compress(body, compresslevel=5, mtime=0)
    etag = hashlib.blake2b(body, digest_size=12).hexdigest()
    return Answer(body=body, zipped=zipped, content_type=content_type, etag=etag)


class ServedPage:
    """One state of a page, and the answers that were made from it so far."""

    def __init__(self, stored: Stored) -> None:
        self.stored = stored
        self._answers: dict[str, Answer] = {}

    def find_answer(self, name: str) -> Answer:
        """Return what is answered at one of the names of `MAKERS`."""
        # Two threads may make the same one; neither waits for the other.
        answer = self._answers.get(name)
        if answer is None:
            content_type, make = MAKERS[name]
            body = make(self.stored)
            answer = build_answer(
                body, content_type or self.stored.page.logo_type or "image/png"
            )
            self._answers[name] = answer
        return answer


def _make_html(stored: Stored) -> bytes:
    return stored.html.encode()


def _make_json(stored: Stored) -> bytes:
    # Sorted, since PostgreSQL gives the keys back in an order of its own, and what is
    # the same must have the same tag in every process.
    return json.dumps(stored.data, ensure_ascii=False, sort_keys=True).encode()


def _make_rss(stored: Stored) -> bytes:
    return write_feed(stored.data, RSS)


def _make_atom(stored: Stored) -> bytes:
    return write_feed(stored.data, ATOM)


def _make_badge(stored: Stored) -> bytes:
    return draw_badge(stored.data).encode()


def _make_stylesheet(stored: Stored) -> bytes:
    return build_stylesheet(stored.page.accent_colour).encode()


def _make_embed(stored: Stored) -> bytes:
    return render_embed(stored.data).encode()


def _make_widget(stored: Stored) -> bytes:
    return build_script(stored.data).encode()


def _make_logo(stored: Stored) -> bytes:
    return bytes(stored.page.logo)


#: Name to content type ("" is that of the logo) and what makes it.
MAKERS: dict[str, tuple[str, Callable[[Stored], bytes]]] = {
    "page": ("text/html; charset=utf-8", _make_html),
    "json": ("application/json", _make_json),
    "rss": ("application/rss+xml; charset=utf-8", _make_rss),
    "atom": ("application/atom+xml; charset=utf-8", _make_atom),
    "badge": ("image/svg+xml", _make_badge),
    "stylesheet": ("text/css; charset=utf-8", _make_stylesheet),
    "embed": ("text/html; charset=utf-8", _make_embed),
    "widget": ("text/javascript; charset=utf-8", _make_widget),
    "logo": ("", _make_logo),
}
