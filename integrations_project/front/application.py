"""The asynchronous application: reads requests whole, has a thread answer them."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from django.conf import settings

from integrations_project.front import gateway, posts, replies
from integrations_project.front.bodies import (
    EMPTY,
    MEBIBYTE,
    Limits,
    Memory,
    announces_body,
    read_body,
)
from integrations_project.front.lanes import Lane, LaneFull
from integrations_project.front.shared import SharedAnswers
from integrations_project.lib.shared_answers import TICKET_KEY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from integrations_project.front.asgi_types import Receive, Scope, Send
    from integrations_project.front.replies import Reply
    from integrations_project.lib.request_body import ReceivedBody

logger = logging.getLogger(__name__)

#: The interpreter runs one of them at a time; the others wait for the database.
RECEIVER_THREADS = 6
PAGE_THREADS = 8
#: More would time out before their turn.
MAX_WAITING = 1000
#: Forms and API bodies end at Django's own limit, which says so in its own words.
PAGE_LIMITS = Limits(
    max_bytes=8 * MEBIBYTE, max_drained_bytes=16 * MEBIBYTE, seconds=30
)
RECEIVER_SECONDS = 10
MAX_DRAINED_BYTES = 8 * MEBIBYTE
#: A reader of a long answer that takes nothing for so long is given up.
READER_SECONDS = 30


class Front:
    """Serves receivers and everything else, each with threads of its own.

    A page that waits, as for a webhook that is verified, takes no thread from those
    who report an outage.
    """

    def __init__(self, django: Callable[..., Iterable[bytes]]) -> None:
        self._django = django
        self._memory = Memory()
        self._shared = SharedAnswers()
        self._receivers = Lane(
            "receiver", threads=RECEIVER_THREADS, max_waiting=MAX_WAITING
        )
        self._pages = Lane("page", threads=PAGE_THREADS, max_waiting=MAX_WAITING)
        longest: int = settings.RECEIVER_MAX_BODY_BYTES
        self._receiver_limits = Limits(
            max_bytes=longest,
            max_drained_bytes=max(MAX_DRAINED_BYTES, longest),
            seconds=RECEIVER_SECONDS,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        if (known := self._shared.find(scope, self._pages)) is not None:
            await replies.send_whole(send, known)
            return
        token = posts.find_token(scope)
        limits = PAGE_LIMITS if token is None else self._receiver_limits
        body = EMPTY
        if announces_body(scope["headers"]):
            body = await read_body(receive, scope["headers"], limits, self._memory)
        try:
            reply = await self._answer(scope, token, body)
        finally:
            self._memory.give_back(len(body.data))
        if not body.is_read_to_end:
            reply = reply.closing()
        if reply.rest is None:
            await replies.send_whole(send, reply)
        else:
            await self._send_long(send, reply)

    async def _answer(
        self, scope: Scope, token: str | None, body: ReceivedBody
    ) -> Reply:
        try:
            if token is not None:
                post = partial(posts.answer_post, scope, token, body)
                return await self._receivers.run(post)
            environ = gateway.build_environ(scope, body)
            call = partial(gateway.call_wsgi, self._django, environ)
            reply = await self._pages.run(call)
            self._shared.keep(scope, environ.get(TICKET_KEY), reply)
            return reply
        except LaneFull:
            return replies.build_busy() if token is None else posts.answer_busy()

    async def _send_long(self, send: Send, reply: Reply) -> None:
        """Send an answer in pieces, each read by a thread when the last one is sent."""
        rest = reply.rest
        assert rest is not None
        try:
            await replies.send_start(send, reply)
            piece: bytes | None = reply.body
            while piece is not None:
                async with asyncio.timeout(READER_SECONDS):
                    await replies.send_body(send, piece, has_more=True)
                piece = await self._pages.run(partial(gateway.read_more, rest))
            await replies.send_body(send, b"")
        except (OSError, RuntimeError, TimeoutError, LaneFull) as error:
            logger.info("answer not taken to its end error=%s", error)
        finally:
            await self._close(reply)

    async def _close(self, reply: Reply) -> None:
        close: Callable[[], Any] | None = reply.close
        if close is not None:
            with suppress(LaneFull):
                await self._pages.run(close)
