"""What every request gets, whichever app answers it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.db import InterfaceError, OperationalError
from django.http import HttpResponse, JsonResponse

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

logger = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 5
DETAIL = "The database cannot be reached just now. Try again in a few seconds."


class DatabaseAwayMiddleware:
    """Answers 503 with ``Retry-After`` while the database is away.

    A sender then knows to try again, and nobody meets a traceback.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponse | None:
        """Turn a lost connection into an answer; leave everything else alone."""
        if not isinstance(exception, OperationalError | InterfaceError):
            return None
        logger.warning("database away path=%s error=%s", request.path, exception)
        return database_away_response(request)


class NoStoreMiddleware:
    """Keeps what views answer out of the caches of browsers and proxies.

    Pages and API answers are for their reader alone. Static files are answered
    further out and stay cacheable, and so does what says itself how long it keeps.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "no-store, private")
        return response


def database_away_response(request: HttpRequest) -> HttpResponse:
    """Return the 503 for a database that is away, as JSON for programs."""
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
    if request.path.startswith("/api/"):
        problem = {
            "type": "about:blank",
            "title": "Service Unavailable",
            "status": 503,
            "detail": DETAIL,
            "code": "database_unavailable",
        }
        return JsonResponse(
            problem,
            status=503,
            headers=headers,
            content_type="application/problem+json",
        )
    return HttpResponse(
        DETAIL, status=503, headers=headers, content_type="text/plain; charset=utf-8"
    )
