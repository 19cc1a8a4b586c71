"""Answers visitors of status pages before anything asks who they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.urls import Resolver404, resolve

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

STATUS_PATH = "/status/"


class VisitorMiddleware:
    """Calls the views of status pages itself: no session, user or message is read.

    It stands before the middleware of sessions; headers that protect are added by
    those that stand before it, and the one against frames here.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path_info.startswith(STATUS_PATH):
            return self.get_response(request)
        request.get_host()  # refuses a name that is not ours
        try:
            match = resolve(request.path_info)
        except Resolver404:
            return self.get_response(request)
        request.resolver_match = match
        response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
        if not getattr(response, "xframe_options_exempt", False):
            response.headers.setdefault("X-Frame-Options", "DENY")
        return response
