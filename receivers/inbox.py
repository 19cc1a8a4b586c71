"""Every way in ends here: a POST to a token, and the answer as plain values."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import DatabaseError, IntegrityError, InterfaceError, connection
from django.utils import timezone

from alerts.exceptions import ServiceGone
from integrations_project.lib.request_body import BodyRefused
from receivers import cache
from receivers.actions import receive, turn_away
from receivers.datatypes import InboundRequest
from receivers.limits import RateLimiter

if TYPE_CHECKING:
    from integrations_project.lib.json_types import JSONObject
    from receivers.datatypes import Answer, ReceiverSpec

logger = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 5

#: A connection that answered so many seconds ago is not asked whether it still does:
#: under load that would be every third statement. When it is gone, the answer is 503.
TRUSTED_SECONDS = 1.0

rate_limiter = RateLimiter()
_thread = threading.local()


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A POST to a receiver's URL, as whoever serves the web passes it."""

    token: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)  # safe to store as they are
    source_ip: str | None
    #: Returns the body, as on the wire; raises BodyRefused.
    read_body: Callable[[], bytes] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostAnswer:
    """The answer to a POST: its status, JSON content and further headers."""

    status: int
    content: JSONObject
    headers: Mapping[str, str] = field(default_factory=dict)


def take_post(post: Post) -> PostAnswer:
    """Take a POST to its receiver and return the answer; never raises.

    A sender never meets an error of ours: when we cannot commit, it is asked to come
    again.
    """
    try:
        return _answer_on_a_warm_connection(post)
    except Exception as error:  # the one outer guard: a sender meets no 500
        if isinstance(error, DatabaseError | InterfaceError):
            logger.warning("receiver database away error=%s", error)
        else:
            logger.exception("receiver failed")
        detail = "This could not be stored just now. Send it again in a few seconds."
        return build_failure(503, "try_again", detail, wait_seconds=RETRY_AFTER_SECONDS)


def build_failure(
    status: int, code: str, detail: str, *, wait_seconds: int = 0
) -> PostAnswer:
    """Return the answer to a POST that was not taken to any receiver."""
    return PostAnswer(
        status=status,
        content={"result": "failed", "code": code, "detail": detail},
        headers={"Retry-After": str(wait_seconds)} if wait_seconds else {},
    )


def _answer_on_a_warm_connection(post: Post) -> PostAnswer:
    answered_at = getattr(_thread, "answered_at", -TRUSTED_SECONDS)
    if time.monotonic() - answered_at < TRUSTED_SECONDS:
        connection.health_check_done = True  # type: ignore[attr-defined]  # untyped
    _thread.answered_at = -TRUSTED_SECONDS
    answer = _answer(post)
    _thread.answered_at = time.monotonic()
    return answer


def _answer(post: Post) -> PostAnswer:
    now = timezone.now()
    spec = cache.find_spec(post.token, now=now)
    if spec is None:
        return _answer_unknown(post)
    too_many = rate_limiter.admit(spec, clock=time.monotonic())
    if too_many is not None:
        _drain(post)
        _count(spec, post, code="rate_limited", detail=too_many.detail)
        return build_failure(
            429, "rate_limited", too_many.detail, wait_seconds=too_many.wait_seconds
        )
    try:
        request = _build_request(post, post.read_body())
        answer = _receive(spec, post, request)
    except BodyRefused as error:
        return _turn_away(spec, post, error)
    if answer is None:
        return _answer_unknown(post)
    return PostAnswer(
        status=answer.status_code,
        content=answer.as_json(),
        headers={"WWW-Authenticate": answer.challenge} if answer.challenge else {},
    )


def _receive(spec: ReceiverSpec, post: Post, request: InboundRequest) -> Answer | None:
    try:
        return receive(spec, request)
    except (IntegrityError, ServiceGone):
        # The receiver or its service was deleted since it was read: look again, once.
        cache.forget_specs()
        found = cache.find_spec(post.token, now=timezone.now())
        return None if found is None else receive(found, request)


def _build_request(post: Post, body: bytes) -> InboundRequest:
    return InboundRequest(
        body=body,
        headers=post.headers,
        source_ip=post.source_ip,
        received_at=timezone.now(),
    )


def _answer_unknown(post: Post) -> PostAnswer:
    _drain(post)
    return build_failure(404, "not_found", "No receiver has this URL.")


def _drain(post: Post) -> None:
    try:
        post.read_body()
    except BodyRefused:
        return


def _turn_away(spec: ReceiverSpec, post: Post, error: BodyRefused) -> PostAnswer:
    _count(spec, post, code=error.error_code, detail=error.message)
    wait = RETRY_AFTER_SECONDS if error.status_code == 503 else 0
    return build_failure(
        error.status_code, error.error_code, error.message, wait_seconds=wait
    )


def _count(spec: ReceiverSpec, post: Post, *, code: str, detail: str) -> None:
    try:
        turn_away(spec, _build_request(post, b""), code=code, detail=detail)
    except (DatabaseError, InterfaceError) as error:
        # The sender is turned away all the same; only the count is lost.
        logger.warning("receiver count lost receiver=%s error=%s", spec.id, error)
