"""What every request gets, whichever app answers it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from integrations_project.error_pages import answer_known

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

logger = logging.getLogger(__name__)


class KnownErrorMiddleware:
    """Answers what a person can act on in words: nobody meets a traceback.

    A sender of a request that met no database is told when to come again.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponse | None:
        """Turn a known error of a view into an answer; leave bugs alone."""
        answer = answer_known(request, exception)
        if answer is not None:
            logger.warning(
                "request refused path=%s status=%s error=%s",
                request.path,
                answer.status_code,
                exception,
            )
        return answer


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
