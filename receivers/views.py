"""The one address that outside tools post to."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, IntegrityError, InterfaceError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from alerts.exceptions import ServiceGone
from integrations_project.lib.client_address import client_address
from receivers import cache
from receivers.actions import receive, turn_away
from receivers.datatypes import InboundRequest, ReceiverSpec
from receivers.exceptions import BodyIncomplete, BodyTooLarge
from receivers.intake import drain_body, read_headers, read_request_body
from receivers.limits import RateLimiter, TooMany

logger = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 5
ALLOWED = "GET, POST"
SAMPLE = '{"status": "degraded", "message": "Delays in one region"}'

#: A connection that answered so many seconds ago is not asked whether it still does:
#: under load that would be every third statement. When it is gone, the answer is 503.
TRUSTED_SECONDS = 1.0

rate_limiter = RateLimiter()
_thread = threading.local()


@csrf_exempt
@login_not_required
def incoming(request: HttpRequest, token: str) -> HttpResponse:
    """Take what a sender posts to a receiver's URL; show a browser how to.

    A sender never meets an error of ours: when we cannot commit, it is asked to come
    again.
    """
    if request.method == "GET" and request.accepts("text/html"):
        return _show_help(request)
    if request.method != "POST":
        detail = "Send a POST with a JSON body to this URL."
        response = _answer_failure(405, "method_not_allowed", detail)
        response["Allow"] = ALLOWED
        return response
    try:
        return _answer_on_a_warm_connection(request, token)
    except Exception as error:  # the one outer guard: a sender meets no 500
        if isinstance(error, DatabaseError | InterfaceError):
            logger.warning("receiver database away error=%s", error)
        else:
            logger.exception("receiver failed")
        detail = "This could not be stored just now. Send it again in a few seconds."
        response = _answer_failure(503, "try_again", detail)
        response["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return response


def _show_help(request: HttpRequest) -> HttpResponse:
    # The same for every token, so that a guess learns nothing.
    lines = (
        f"curl -X POST {settings.SITE_URL}/api/webhooks/incoming/<token>",
        "-H 'Content-Type: application/json'",
        f"-d '{SAMPLE}'",
    )
    curl = " \\\n  ".join(lines)
    context = {"sample": SAMPLE, "curl": curl}
    return render(request, "receivers/incoming_help.html", context)


def _answer_on_a_warm_connection(request: HttpRequest, token: str) -> HttpResponse:
    answered_at = getattr(_thread, "answered_at", -TRUSTED_SECONDS)
    if time.monotonic() - answered_at < TRUSTED_SECONDS:
        connection.health_check_done = True  # type: ignore[attr-defined]  # untyped
    _thread.answered_at = -TRUSTED_SECONDS
    response = _answer(request, token)
    _thread.answered_at = time.monotonic()
    return response


def _answer(request: HttpRequest, token: str) -> HttpResponse:
    spec = cache.find_spec(token, now=timezone.now())
    if spec is None:
        return _answer_unknown(request)
    too_many = rate_limiter.admit(spec, clock=time.monotonic())
    if too_many is not None:
        return _answer_too_many(request, spec, too_many)
    try:
        body = read_request_body(request, max_bytes=settings.RECEIVER_MAX_BODY_BYTES)
    except BodyTooLarge as error:
        _count(spec, request, code=error.error_code, detail=error.message)
        return _answer_failure(413, error.error_code, error.message)
    except BodyIncomplete as error:
        _count(spec, request, code=error.error_code, detail=error.message)
        return _answer_failure(400, error.error_code, error.message)

    inbound = _build_request(request, body)
    try:
        answer = receive(spec, inbound)
    except (IntegrityError, ServiceGone):
        # The receiver or its service was deleted since it was read: look again, once.
        cache.forget_specs()
        spec = cache.find_spec(token, now=timezone.now())
        if spec is None:
            return _answer_unknown(request)
        answer = receive(spec, inbound)
    return JsonResponse(answer.as_json(), status=answer.status_code)


def _build_request(request: HttpRequest, body: bytes) -> InboundRequest:
    return InboundRequest(
        body=body,
        headers=read_headers(request),
        source_ip=client_address(request),
        received_at=timezone.now(),
    )


def _answer_unknown(request: HttpRequest) -> HttpResponse:
    drain_body(request)
    return _answer_failure(404, "not_found", "No receiver has this URL.")


def _answer_too_many(
    request: HttpRequest, spec: ReceiverSpec, too_many: TooMany
) -> HttpResponse:
    drain_body(request)
    _count(spec, request, code="rate_limited", detail=too_many.detail)
    response = _answer_failure(429, "rate_limited", too_many.detail)
    response["Retry-After"] = str(too_many.wait_seconds)
    return response


def _count(spec: ReceiverSpec, request: HttpRequest, *, code: str, detail: str) -> None:
    try:
        turn_away(spec, _build_request(request, b""), code=code, detail=detail)
    except (DatabaseError, InterfaceError) as error:
        # The sender is turned away all the same; only the count is lost.
        logger.warning("receiver count lost receiver=%s error=%s", spec.id, error)


def _answer_failure(status: int, code: str, detail: str) -> HttpResponse:
    body: dict[str, Any] = {"result": "failed", "code": code, "detail": detail}
    return JsonResponse(body, status=status)
