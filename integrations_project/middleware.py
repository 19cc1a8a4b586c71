"""What every request gets, whichever app answers it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from django.http import Http404, QueryDict

from integrations_project.error_pages import answer_known
from integrations_project.lib.request_body import REFUSED_KEY
from integrations_project.views import healthz, readyz

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from django.http.response import HttpResponseBase

logger = logging.getLogger(__name__)

#: Their senders are told in the words of their own contract.
RECEIVERS_PATH = "/api/webhooks/incoming/"


class HealthMiddleware:
    """Answers probes before anything else looks at the request.

    Load balancers probe by address, which no ``ALLOWED_HOSTS`` holds, and without
    cookies; what they get names nothing that a host name could protect.
    """

    views: ClassVar[dict[str, Callable[[HttpRequest], HttpResponse]]] = {
        "/healthz": healthz,
        "/readyz": readyz,
    }

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        view = self.views.get(request.path.rstrip("/"))
        return view(request) if view else self.get_response(request)


class KnownErrorMiddleware:
    """Answers what a person can act on in words: nobody meets a traceback.

    A sender of a request that met no database is told when to come again.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: object) -> HttpResponse | None:
        """Answer a request whose body was not taken, unless its view does that."""
        refused = request.META.get(REFUSED_KEY)
        if refused is None or request.path.startswith(RECEIVERS_PATH):
            return None
        return answer_known(request, refused)

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


class PlainAddressMiddleware:
    """Keeps the character NUL out of the addresses of pages: PostgreSQL takes none.

    Nobody types it, and every filter would have to look for it: it is dropped from the
    query, and no page has it in its path. Forms and the REST API say at which field
    it stands.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info.startswith("/api/"):
            return self.get_response(request)
        if "\0" in request.path_info:
            raise Http404
        if "%00" in request.META.get("QUERY_STRING", ""):
            query = QueryDict(mutable=True)
            for name, values in request.GET.lists():
                query.setlist(
                    name.replace("\0", ""), [str(v).replace("\0", "") for v in values]
                )
            request.GET = query  # type: ignore[assignment]  # ours alone, never changed
        return self.get_response(request)


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
