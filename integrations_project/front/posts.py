"""The short way of the busiest request: a POST to a receiver.

It needs neither session nor templates nor the rest of Django's middleware. Whatever
is unusual about it (another method, an unknown host) goes the long way through Django,
and both ways end in `receivers.inbox`.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port, validate_host
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware

from integrations_project.front.replies import Reply, build_json
from integrations_project.lib.client_address import find_client
from integrations_project.lib.request_body import ServerBusy
from integrations_project.middleware import NoStoreMiddleware
from receivers import inbox
from receivers.intake import clean_headers

if TYPE_CHECKING:
    from typing import Any

    from integrations_project.front.asgi_types import Headers, Scope
    from integrations_project.lib.request_body import ReceivedBody

_PATH = re.compile(rb"/api/webhooks/incoming/([A-Za-z0-9]{1,255})/?")


def find_token(scope: Scope) -> str | None:
    """Return the token when the request may go the short way."""
    if scope["method"] != "POST":
        return None
    match = _PATH.fullmatch(scope["raw_path"])
    if match is None:
        return None
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    return match[1].decode() if len(hosts) == 1 and is_ours(hosts[0]) else None


def answer_post(scope: Scope, token: str, body: ReceivedBody) -> Reply:
    """Take the POST to its receiver; for a thread that may wait."""
    # What Django does when a request begins: a lost connection is opened anew.
    connection.close_if_unusable_or_obsolete()
    headers = read_headers(scope["headers"])
    client = scope.get("client")
    answer = inbox.take_post(
        inbox.Post(
            token=token,
            headers=clean_headers(headers),
            source_ip=find_client(
                client[0] if client else "", headers.get("X-Forwarded-For", "")
            ),
            read_body=body.take,
        )
    )
    return _build_reply(answer)


def answer_busy() -> Reply:
    """Ask the sender to come again; its request went to nobody."""
    busy = ServerBusy()
    return _build_reply(
        inbox.build_failure(
            busy.status_code,
            busy.error_code,
            busy.message,
            wait_seconds=inbox.RETRY_AFTER_SECONDS,
        )
    )


def _build_reply(answer: inbox.PostAnswer) -> Reply:
    return build_json(
        answer.status, answer.content, protecting_headers(), answer.headers
    )


def read_headers(raw: Headers) -> dict[str, str]:
    """Return headers as Django's ``request.headers`` names and joins them."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in raw:
        if b"_" in raw_name:
            continue  # it would pass for the one with a hyphen
        name = _title(raw_name)
        value = raw_value.decode("latin-1")
        if name in headers:
            separator = "; " if name == "Cookie" else ","
            value = f"{headers[name]}{separator}{value}"
        headers[name] = value
    return headers


@lru_cache(maxsize=1024)
def _title(name: bytes) -> str:
    return name.decode("latin-1").title()


@lru_cache(maxsize=256)
def is_ours(host: bytes) -> bool:
    """Whether a Host header names this installation."""
    domain, _ = split_domain_port(host.decode("latin-1"))
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


@cache
def protecting_headers() -> Headers:
    """Return what the middleware adds to every answer, made by the middleware."""
    answer: Any = lambda _: HttpResponse()  # noqa: E731  # wrapped below
    for middleware in (
        XFrameOptionsMiddleware,
        CSPMiddleware,
        NoStoreMiddleware,
        SecurityMiddleware,
    ):
        answer = middleware(answer)
    request = HttpRequest()
    request.path = request.path_info = "/api/webhooks/incoming/"
    # Only an installation on https has a header for it.
    request.META = {"HTTP_X_FORWARDED_PROTO": "https"}
    return [
        (name.lower().encode(), value.encode("latin-1"))
        for name, value in answer(request).items()
        if name != "Content-Type"
    ]
