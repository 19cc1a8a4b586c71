"""Fetch something from an address that a person typed in; the guarded `requests`.

    answer = fetch("GET", url, policy=policy, terms=Terms(timeout_seconds=10))

The only module that may import `requests` (held by tests/test_architecture.py).
Deliveries go by libcurl (webhooks/engine/transport.py) under the same policy.
"""

from __future__ import annotations

import functools
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from http.client import (
    BadStatusLine,
    HTTPException,
    IncompleteRead,
    LineTooLong,
    RemoteDisconnected,
    UnknownProtocol,
)
from typing import Any

import certifi
import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, InvalidHeader

from integrations_project import __version__
from integrations_project.lib import http_failures
from integrations_project.lib.http_connection import (
    Deadline,
    FetchFailed,
    FindAddresses,
    InvalidAnswer,
    PlainConnection,
    Route,
    SecureConnection,
)
from integrations_project.lib.http_headers import check_header_name, check_header_value
from integrations_project.lib.net_policy import NetPolicy, UrlRefused, find_addresses

__all__ = ["FetchFailed", "Fetched", "Terms", "fetch"]

METHODS = frozenset({"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"})
USER_AGENT = f"Signalpost/{__version__}"

_CHUNK_BYTES = 64 * 1024
#: The timer ends what takes too long; the socket's own timeout comes later.
SAFETY_SECONDS = 5.0
_DECODED = frozenset({"gzip", "x-gzip", "deflate"})
_SLOW_HINT = "Try again later, or raise the timeout; the endpoint may be overloaded."
_TROUBLES = (
    requests.RequestException,
    HTTPError,
    HTTPException,
    OSError,
    zlib.error,
)
_NOT_HTTP = (
    BadStatusLine,
    InvalidAnswer,
    InvalidHeader,
    LineTooLong,
    UnknownProtocol,
    zlib.error,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How long a fetch may take and how much it may bring."""

    timeout_seconds: float = 30.0  #: absolute, from the call to the last byte
    connect_timeout_seconds: float = 10.0  #: look-up, connect and TLS together
    max_bytes: int = 1024 * 1024  #: of the body, decoded; the rest is not read
    ca_file: str = ""  #: PEM bundle of trusted authorities; certifi's by default
    find_addresses: FindAddresses = find_addresses  #: who knows the names


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """An answer, whatever its status; redirects are told and never followed."""

    status_code: int
    headers: tuple[tuple[str, str], ...]  #: in the order of the wire
    body: bytes  #: decoded (gzip, deflate), at most `max_bytes`
    is_truncated: bool  #: the body was longer than that
    duration_ms: int
    remote_address: str  #: the address that was connected to
    #: when the server's certificate runs out; None without TLS
    certificate_expires_at: datetime | None = None

    def header(self, name: str) -> str | None:
        """Return the first header of that name, in any case, or None."""
        wanted = name.lower()
        return next((v for n, v in self.headers if n.lower() == wanted), None)


def fetch(
    method: str,
    url: str,
    *,
    policy: NetPolicy,
    headers: Sequence[tuple[str, str]] = (),
    body: bytes = b"",
    terms: Terms | None = None,
) -> Fetched:
    """Send one request to a checked address and return the whole answer.

    Nothing comes from the environment (no proxy, no netrc, no authorities), no
    redirect is followed, and no connection is used twice.

    Args:
        method: one of `METHODS`.
        url: as a person typed it.
        policy: decides about the URL, every address of its name, and the socket.
        headers: beside Host, User-Agent, Accept-Encoding and the length.
        body: sent as it is.
        terms: times and sizes.

    Raises:
        UrlRefused: the URL cannot be used.
        AddressRefused: it leads to an address that is refused.
        HeaderRefused: a header would break the request.
        FetchFailed: no complete answer; `error_code`, `message` and `hint` are
            those that a failed delivery shows.
    """
    terms = terms or Terms()
    begun = time.monotonic()
    target = policy.check_url(url)
    prepared = _prepare(method, target.url, headers, body)
    deadline = Deadline()
    connect_seconds = min(terms.connect_timeout_seconds, terms.timeout_seconds)
    route = Route(
        target=target,
        policy=policy,
        deadline=deadline,
        connect_seconds=connect_seconds,
        connect_until=begun + connect_seconds,
        until=begun + terms.timeout_seconds,
        find_addresses=terms.find_addresses,
    )
    adapter = _Adapter(route)
    deadline.set(route.connect_until)
    try:
        return _Exchange(route, terms, begun).run(adapter, prepared)
    finally:
        deadline.close()
        adapter.close()


class _Adapter(HTTPAdapter):
    """Lets `requests` connect along a route, and nowhere else."""

    def __init__(self, route: Route) -> None:
        self._route = route
        super().__init__(max_retries=0)

    def get_connection_with_tls_context(self, *args: Any, **options: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **options)
        is_plain = self._route.target.scheme == "http"
        connection = PlainConnection if is_plain else SecureConnection
        pool.ConnectionCls = functools.partial(connection, route=self._route)
        return pool


class _Exchange:
    """One request and its answer, as far as it has come."""

    def __init__(self, route: Route, terms: Terms, begun: float) -> None:
        self._route = route
        self._terms = terms
        self._begun = begun
        self._has_begun = False

    def run(self, adapter: _Adapter, prepared: requests.PreparedRequest) -> Fetched:
        try:
            # Not by a Session: that would read the body of a redirect, without end.
            answer = adapter.send(
                prepared,
                stream=True,
                timeout=self._terms.timeout_seconds + SAFETY_SECONDS,
                verify=self._terms.ca_file or certifi.where(),
                proxies={},
            )
            self._has_begun = True
            with closing(answer):
                body, is_truncated = self._read(answer)
        except _TROUBLES as error:
            raise FetchFailed(self._explain(error)) from error
        if self._route.deadline.is_over:
            # A body without a length ends when the connection does: also when it
            # was the timer that ended it.
            raise FetchFailed(self._explain(TimeoutError()))
        return Fetched(
            status_code=answer.status_code,
            headers=tuple(answer.raw.headers.iteritems()),
            body=body,
            is_truncated=is_truncated,
            duration_ms=round((time.monotonic() - self._begun) * 1000),
            remote_address=self._route.remote_address,
            certificate_expires_at=self._route.certificate_expires_at,
        )

    def _read(self, answer: requests.Response) -> tuple[bytes, bool]:
        limit = self._terms.max_bytes
        body = bytearray()
        for chunk in _decode(answer, limit + 1):
            body += chunk
            if len(body) > limit:
                return bytes(body[:limit]), True
        return bytes(body), False

    def _explain(self, error: Exception) -> http_failures.Failure:
        place = self._route.target.place
        if self._route.deadline.is_over or isinstance(error, TimeoutError):
            return http_failures.slow_answer(
                seconds=self._terms.timeout_seconds,
                has_begun=self._has_begun,
                hint=_SLOW_HINT,
            )
        causes = [
            each for each in _causes(error) if not isinstance(each, RemoteDisconnected)
        ]
        if any(isinstance(each, _NOT_HTTP) for each in causes):
            return http_failures.no_answer(place)
        has_begun = self._has_begun or any(
            isinstance(each, IncompleteRead) for each in causes
        )
        return http_failures.lost_connection(place, has_begun=has_begun)


def _prepare(
    method: str, url: str, headers: Sequence[tuple[str, str]], body: bytes
) -> requests.PreparedRequest:
    if method not in METHODS:
        raise UrlRefused(f"{method!r:.40} is not a method that can be sent.")
    prepared = requests.Request(method, url, data=body).prepare()
    prepared.url = url  # to the letter: what was checked is what is asked for
    own = {
        "User-Agent": USER_AGENT,
        "Accept": "*/*",
        "Accept-Encoding": "gzip",
        "Connection": "close",
    }
    for name, value in headers:
        check_header_name(name)
        check_header_value(name, value)
        own[name] = value
    for name, value in own.items():
        prepared.headers[name] = value.encode()  # type: ignore[assignment]  # bytes go out as they are
    return prepared


def _decode(answer: requests.Response, limit: int) -> Iterator[bytes]:
    """Yield the body in pieces of at most `limit` bytes, however small it was packed.

    A kilobyte of gzip may unfold to a megabyte; no piece is unfolded further than
    the caller can use.
    """
    raw = answer.raw
    coding = (answer.headers.get("Content-Encoding") or "").strip().lower()
    unpack = zlib.decompressobj(wbits=47) if coding in _DECODED else None
    while chunk := raw.read(_CHUNK_BYTES, decode_content=False):
        if unpack is None:
            yield chunk
            continue
        while chunk and not unpack.eof:
            yield unpack.decompress(chunk, limit)
            chunk = unpack.unconsumed_tail
        if unpack.eof:
            return
    if unpack is not None and _has_body(answer):
        raise zlib.error("the packed body is not complete")


def _has_body(answer: requests.Response) -> bool:
    return answer.request.method != "HEAD" and answer.status_code not in {204, 304}


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and everything that it wraps; `requests` wraps deeply."""
    while error is not None:
        yield error
        inner = getattr(error, "reason", None) or next(iter(error.args), None)
        known = inner if isinstance(inner, BaseException) else None
        error = known or error.__cause__ or error.__context__
