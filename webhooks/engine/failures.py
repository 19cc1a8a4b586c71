"""Turn what libcurl and the other side reported into words that help.

Pure: no socket and no libcurl in here, so every text can be tested by a table.

Source: https://curl.se/libcurl/c/libcurl-errors.html (numbers are stable).
"""

from __future__ import annotations

import html
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from integrations_project.lib import http_failures
from integrations_project.lib.http_failures import Failure
from integrations_project.lib.http_headers import HeaderRefused
from integrations_project.lib.net_policy import AddressRefused, Target, UrlRefused
from webhooks.engine.messages import HttpOutcome, HttpRequest, Timings

_OK = 0
_NO_SUCH_HOST = 6
_CANNOT_CONNECT = 7
_TIMED_OUT = 28
_NOT_HTTP = frozenset({1, 8, 61})
_TOO_LARGE = 100
_TLS = frozenset({35, 53, 54, 58, 59, 60, 64, 66, 80, 82, 83, 90, 91, 98})
#: libcurl could not load a certificate or its key.
_UNUSABLE = frozenset({43, 58})
#: 42 is a further sending that we stopped after a connection was lost.
_LOST = frozenset({16, 18, 42, 52, 55, 56, 92, 95})

_TITLE = re.compile(r"<title[^<>]{0,200}>\s*([^<]{1,300})", re.IGNORECASE)
_WRONG_BODY = "The endpoint did not accept the body; check that it expects this format."
_WRONG_LOGIN = "Check the user, password, token or secret of this webhook."
_OVERLOADED = "The endpoint is overloaded or being restarted; Signalpost tries again."
_STATUS_HINTS = {
    400: _WRONG_BODY,
    401: _WRONG_LOGIN,
    403: "Check the user, password, token or secret, and the endpoint's permissions.",
    404: "Check the path of the address.",
    405: "The address does not take POST; check its path.",
    406: "The endpoint does not give an answer in JSON; check the address.",
    407: "A proxy before the endpoint wants a login; enter the endpoint's own address.",
    408: "The endpoint got the request too slowly; check the network on the way.",
    410: "The endpoint says that it is gone for good; enter its new address.",
    411: "A proxy before the endpoint dropped the length; look into its settings.",
    413: "The body is too large for the endpoint; raise its limit.",
    414: "The address is too long for the endpoint; shorten it.",
    415: "The endpoint does not take JSON; check that the address is the right one.",
    421: "The endpoint does not serve this host name; check the address.",
    422: _WRONG_BODY,
    429: "The endpoint is asked too often; lower the rate of this webhook.",
    431: "The headers are too large for the endpoint; shorten those of this webhook.",
    501: "The address does not take POST; check its path.",
    502: "The proxy before the endpoint does not reach it; check that it is running.",
    503: _OVERLOADED,
    504: "The proxy before the endpoint waited in vain; let the endpoint answer first "
    "and do the work afterwards.",
}
_SLOW_HINT = (
    "Let the endpoint answer first and do the work afterwards, or raise the timeout of "
    "this webhook (30 s at most)."
)
#: How much of an answer's body is told with the failure.
_TOLD_LINES = 3
_TOLD_CHARACTERS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What is known at the end of a request."""

    request: HttpRequest
    target: Target
    timings: Timings = field(default_factory=Timings)
    curl_code: int = _OK
    curl_message: str = ""
    os_errno: int = 0
    status_code: int | None = None
    location: str | None = None  #: where a redirect pointed to
    body: bytes = b""
    refused: AddressRefused | None = None  #: the address check said no
    socket_error: str = ""  #: this machine could not make a socket
    sent: bool = False  #: the request was on its way: it was not the connect
    queued: bool = False  #: it never got a connection of its own to open

    @property
    def place(self) -> str:
        """Return host and port as a person would write them."""
        return self.target.place


def explain(report: Report) -> Failure | None:
    """Return why the request failed, or None for a complete 2xx.

    A status that is no success says more than what happened after it, so it
    wins over a connection lost while its body arrived.
    """
    if report.refused is not None:
        return _explain_refused_address(report.refused)
    if report.curl_code == _TOO_LARGE or "response headers" in report.curl_message:
        return http_failures.too_many_headers()
    if report.status_code is not None and not 200 <= report.status_code < 300:
        return _explain_status(report, report.status_code)
    if report.curl_code != _OK:
        return _explain_curl(report)
    if report.status_code is None:
        return _explain_lost(report)
    return None


def explain_deferred(message: str) -> Failure:
    """Return the failure of ours that is no fault of the destination."""
    return Failure(
        code="internal",
        detail=f"The request could not be sent: {message}",
        hint="It is tried again; tell the operator if this stays.",
    )


def explain_lookup(report: Report, *, in_time: bool = True) -> Failure:
    """Return why a name led nowhere: it has no address, or none in time."""
    host, request = report.target.host, report.request
    if in_time:
        return http_failures.no_such_host(host)
    seconds = min(request.timeout_seconds, request.connect_timeout_seconds)
    return http_failures.slow_look_up(host, seconds=seconds)


def explain_refusal(refusal: UrlRefused | AddressRefused | HeaderRefused) -> Failure:
    """Return the failure of a request that the checks did not let through."""
    if isinstance(refusal, AddressRefused):
        return _explain_refused_address(refusal)
    what = "headers" if isinstance(refusal, HeaderRefused) else "address"
    return Failure(
        code=refusal.error_code,
        detail=refusal.message,
        hint=f"Correct the {what} of this webhook.",
        permanent=True,
    )


def fail(request: HttpRequest, failure: Failure, *, started_at: float) -> HttpOutcome:
    """Return the outcome of a request that never reached libcurl's sockets."""
    duration_ms = max(0.0, (time.time() - started_at) * 1000)
    return HttpOutcome(
        key=request.key,
        started_at=started_at,
        duration_ms=round(duration_ms),
        timings=Timings(total_ms=duration_ms),
        error=failure,
    )


def _explain_refused_address(refused: AddressRefused) -> Failure:
    return Failure(
        code=refused.error_code,
        detail=refused.message,
        hint="Enter a public address, or let the operator add the network to "
        "DELIVERY_ALLOWED_NETWORKS.",
        permanent=True,
    )


def _explain_status(report: Report, status: int) -> Failure:
    if 300 <= status < 400:
        return _explain_redirect(report, status)
    name = _status_name(status)
    lines = _first_lines(report.body)
    said = f": {lines}" if lines else "."
    if status >= 500:
        hint = "The trouble is on the endpoint's side; look into its logs."
    else:
        hint = "Look up this status in the documentation of the endpoint."
    return Failure(
        code="http_error",
        detail=f"The endpoint answered {name}{said}",
        hint=_STATUS_HINTS.get(status, hint),
        permanent=status == HTTPStatus.GONE,
    )


def _explain_redirect(report: Report, status: int) -> Failure:
    location = _printable(report.location or "")[:300]
    where = f" to {location}" if location else ""
    return Failure(
        code="redirect",
        detail=f"The endpoint answered {_status_name(status)} and redirects{where}; "
        "redirects are not followed.",
        hint="Enter the address that it redirects to, if it is the endpoint's own."
        if location
        else "Check the address: it does not take webhooks itself.",
    )


def _explain_curl(report: Report) -> Failure:
    code = report.curl_code
    if report.socket_error:
        return explain_deferred(report.socket_error)
    if code == _NO_SUCH_HOST:
        return explain_lookup(report)
    if code == _TIMED_OUT:
        return _explain_timeout(report)
    if code == _CANNOT_CONNECT:
        return http_failures.no_connection(report.place, os_errno=report.os_errno)
    failure = _explain_certificate(report)
    if failure is not None:
        return failure
    if code in _TLS:
        return http_failures.no_tls(report.place, said=report.curl_message)
    if code in _LOST or code in _NOT_HTTP:
        return _explain_lost(report)
    return explain_deferred(report.curl_message or f"libcurl error {code}")


def _explain_certificate(report: Report) -> Failure | None:
    """Return why a client certificate, or the lack of one, ended the connection.

    In TLS 1.3 an endpoint says so only after the handshake: what we notice then is an
    alert, or that it hung up before we could send.
    """
    said, is_shown = report.curl_message, report.request.client_certificate is not None
    is_after_handshake = report.curl_code in _LOST and bool(report.timings.tls_ms)
    is_alert = " alert " in said and (report.curl_code in _TLS or is_after_handshake)
    if is_shown and report.curl_code in _UNUSABLE:
        what = "the client certificate of this webhook cannot be used"
        hint = "Enter the certificate and its key again."
    elif is_shown and (is_alert or (is_after_handshake and not report.sent)):
        what = "it does not accept the client certificate of this webhook"
        hint = "Check that the endpoint trusts its authority, and that it is in date."
    elif is_after_handshake and (is_alert or not report.sent):
        what = "it hung up after the handshake; perhaps it wants a client certificate"
        hint = (
            "Give this webhook a client certificate, or look into the endpoint's logs."
        )
    else:
        return None
    return Failure(
        code="tls_failed",
        detail=f"No secure connection to {report.place}: {what} ({said:.200}).",
        hint=hint,
    )


def _explain_timeout(report: Report) -> Failure:
    request = report.request
    if report.sent:
        return http_failures.slow_answer(
            seconds=request.timeout_seconds,
            has_begun=bool(report.timings.first_byte_ms),
            hint=_SLOW_HINT,
        )
    seconds = min(request.timeout_seconds, request.connect_timeout_seconds)
    if report.queued:
        return explain_deferred(f"all connections were in use for {seconds:g} s")
    return http_failures.slow_connect(
        report.place, seconds=seconds, in_handshake=bool(report.timings.connect_ms)
    )


def _explain_lost(report: Report) -> Failure:
    if report.curl_code in _NOT_HTTP:
        return http_failures.no_answer(report.place)
    has_begun = report.status_code is not None
    return http_failures.lost_connection(report.place, has_begun=has_begun)


def find_header(headers: Sequence[tuple[str, str]], name: str) -> str | None:
    """Return the first value of a header by its lower-case name, or None."""
    for header_name, value in headers:
        if header_name.lower() == name:
            return value
    return None


def _status_name(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _first_lines(body: bytes) -> str:
    """Return what an answer says first, on one line and fit to show."""
    text = body[:8192].decode("utf-8", "replace")
    title = _TITLE.search(text)
    # The first lines of a page for people are markup.
    lines = [html.unescape(title[1])] if title else text.splitlines()
    told = [line for line in (_printable(each).strip() for each in lines) if line]
    # JSON is one text, however it is broken into lines.
    is_json = told[:1] and told[0].startswith(("{", "["))
    joined = " ".join(told) if is_json else " / ".join(told[:_TOLD_LINES])
    return joined[:_TOLD_CHARACTERS]


def _printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable())
