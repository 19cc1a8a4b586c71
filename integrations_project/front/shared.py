"""Answers that were given a moment ago, given again without a thread.

A view says with a ticket how long the very bytes of its answer are true, for instance
a status page that thousands look at. They are kept here with their headers, whatever
Django put there, and each is given to whoever asks for the same address in the same
words until the ticket is too old.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, NamedTuple

from django.db import Error, connection

from integrations_project.front.lanes import LaneFull
from integrations_project.front.posts import is_ours
from integrations_project.front.replies import Reply

if TYPE_CHECKING:
    from integrations_project.front.asgi_types import Headers, Scope
    from integrations_project.front.lanes import Lane
    from integrations_project.lib.shared_answers import Ticket

logger = logging.getLogger(__name__)

#: Of a ticket: younger ones are good, and up to the second age an answer is still
#: given while a thread finds out whether it is; the promise is two seconds.
FRESH_SECONDS = 0.5
USABLE_SECONDS = 1.5
MAX_ANSWERS = 1000
#: Under way at once, so that others find a thread too.
MAX_RENEWALS = 4
#: Larger ones would fill the memory.
MAX_BYTES = 4 * 1024 * 1024
#: What an answer that is not sent again still says.
KEPT_HEADERS = {
    b"etag",
    b"cache-control",
    b"vary",
    b"access-control-allow-origin",
    b"x-content-type-options",
}


#: What makes an answer another one, or comes with a body.
UNUSUAL = frozenset(
    (
        b"authorization",
        b"content-length",
        b"if-match",
        b"if-modified-since",
        b"if-unmodified-since",
        b"range",
        b"transfer-encoding",
    )
)


class _Kept(NamedTuple):
    ticket: Ticket
    reply: Reply
    unchanged: Reply  # 304, for whoever has it
    tag: bytes


class SharedAnswers:
    """The kept answers; used on the loop's thread alone."""

    def __init__(self) -> None:
        self._kept: dict[tuple[bytes, bool], _Kept] = {}
        self._renewing: dict[Ticket, asyncio.Task[None]] = {}

    def find(self, scope: Scope, lane: Lane) -> Reply | None:
        """Return an answer that is true enough to give; None sends the long way.

        An answer that begins to age is renewed by a thread of the lane meanwhile.
        """
        key, tag = _read(scope)
        kept = self._kept.get(key) if key is not None else None
        if kept is None or key is None:
            return None
        age = kept.ticket.find_age()
        if age >= USABLE_SECONDS:
            if age == float("inf"):
                del self._kept[key]
            return None
        if age >= FRESH_SECONDS:
            self._renew(kept.ticket, lane)
        if not tag or tag == kept.tag:
            return kept.unchanged if tag else kept.reply
        # Several tags, or a weak one: Django reads them as the standard says.
        return None if kept.tag[1:-1] in tag else kept.reply

    def keep(self, scope: Scope, ticket: Ticket | None, reply: Reply) -> None:
        """Keep an answer for the next who asks, if its view allows that."""
        if ticket is None or reply.rest is not None or len(reply.body) > MAX_BYTES:
            return
        key, _ = _read(scope)
        if key is None or reply.status != 200:
            return
        if len(self._kept) >= MAX_ANSWERS:
            self._kept.clear()
        tag = dict(reply.headers).get(b"etag", b"")
        headers: Headers = [each for each in reply.headers if each[0] in KEPT_HEADERS]
        unchanged = Reply(status=304, headers=headers)
        self._kept[key] = _Kept(ticket, reply, unchanged, tag)

    def _renew(self, ticket: Ticket, lane: Lane) -> None:
        if ticket in self._renewing or len(self._renewing) >= MAX_RENEWALS:
            return
        task = asyncio.get_running_loop().create_task(_renew(ticket, lane))
        self._renewing[ticket] = task
        task.add_done_callback(lambda _: self._renewing.pop(ticket))


async def _renew(ticket: Ticket, lane: Lane) -> None:
    try:
        await lane.run(lambda: _look(ticket))
    except LaneFull:
        logger.info("shared answer not renewed: too many requests wait")


def _look(ticket: Ticket) -> None:
    try:
        # What Django does when a request begins: a lost connection is opened anew.
        connection.close_if_unusable_or_obsolete()
        ticket.renew()
    except Error as error:
        # It ages; whoever asks then goes the long way, and is told.
        logger.warning("shared answer not renewed error=%s", error)


def _read(scope: Scope) -> tuple[tuple[bytes, bool] | None, bytes]:
    """Return what a request asks for, and the tag it has; None for anything unusual.

    A name that is not ours, and whoever shows a password, goes the long way.
    """
    if scope["method"] != "GET" or scope["query_string"]:
        return None, b""
    told = dict(scope["headers"])
    if len(told) < len(scope["headers"]) or not UNUSUAL.isdisjoint(told):
        return None, b""
    if not is_ours(told.get(b"host", b"")):
        return None, b""
    takes_zipped = b"gzip" in told.get(b"accept-encoding", b"")
    return (scope["raw_path"], takes_zipped), told.get(b"if-none-match", b"")
