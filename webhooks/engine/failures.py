"""Turn what libcurl and the other side reported into words that help.

Pure: no socket and no libcurl in here, so every text can be tested by a table.

Source: https://curl.se/libcurl/c/libcurl-errors.html (numbers are stable).
"""

from __future__ import annotations

import errno
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus

from integrations_project.lib.http_headers import HeaderRefused
from integrations_project.lib.net_policy import AddressRefused, Target, UrlRefused
from webhooks.engine.messages import Failure, HttpOutcome, HttpRequest, Timings

_OK = 0
_NO_SUCH_HOST = 6
_CANNOT_CONNECT = 7
_TIMED_OUT = 28
_NOT_HTTP = frozenset({1, 8})
_TOO_LARGE = 100
_TLS = frozenset({35, 53, 54, 58, 59, 60, 64, 66, 80, 82, 83, 90, 91, 98})
_LOST = frozenset({16, 18, 52, 55, 56, 61, 92, 95})

_TLS_CHECKS = (
    # (what OpenSSL or libcurl says, what it means, what to do)
    (
        "certificate has expired",
        "its certificate has expired",
        "Renew the certificate of the endpoint.",
    ),
    (
        "certificate is not yet valid",
        "its certificate is not valid yet",
        "Check the certificate's dates and the clocks of both machines.",
    ),
    (
        "self-signed certificate in certificate chain",
        "its certificate comes from an authority that is not trusted",
        "Use a certificate of a public authority.",
    ),
    (
        "self-signed certificate",
        "its certificate is self-signed",
        "Use a certificate of a public authority.",
    ),
    (
        "unable to get local issuer certificate",
        "the issuer of its certificate is unknown",
        "Let the endpoint send the intermediate certificates too, or use a "
        "certificate of a public authority.",
    ),
    (
        "subject name",
        "its certificate is for another name",
        "Use the name that the certificate was issued for, or renew it for this one.",
    ),
    (
        "certificate revoked",
        "its certificate has been revoked",
        "Replace the certificate of the endpoint.",
    ),
    (
        "wrong version number",
        "it does not speak TLS on this port",
        "Check the port: an https address needs a port that speaks TLS.",
    ),
    (
        "packet length too long",
        "it does not speak TLS on this port",
        "Check the port: an https address needs a port that speaks TLS.",
    ),
    (
        "alert",
        "it refused the handshake",
        "Check that the endpoint offers TLS 1.2 or 1.3 and knows this host name.",
    ),
    (
        "protocol",
        "there is no TLS version that both sides speak",
        "Let the endpoint offer TLS 1.2 or 1.3.",
    ),
)

_STATUS_HINTS = {
    400: "The endpoint did not accept the body; check that it expects this format.",
    401: "Check the user, password, token or secret of this webhook.",
    403: "Check the user, password, token or secret, and the endpoint's permissions.",
    404: "Check the path of the address.",
    405: "The address does not take POST; check its path.",
    410: "The endpoint says that it is gone for good; enter its new address.",
    413: "The body is too large for the endpoint; raise its limit.",
    415: "The endpoint does not take JSON; check that the address is the right one.",
    422: "The endpoint did not accept the body; check that it expects this format.",
    429: "The endpoint is asked too often; lower the rate of this webhook.",
}


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
        host = self.target.host
        return f"{f'[{host}]' if ':' in host else host}:{self.target.port}"


def explain(report: Report) -> Failure | None:
    """Return why the request failed, or None for a complete 2xx.

    A status that is no success says more than what happened after it, so it
    wins over a connection lost while its body arrived.
    """
    if report.refused is not None:
        return _explain_refused_address(report.refused)
    if report.curl_code == _TOO_LARGE or "response headers" in report.curl_message:
        return _explain_headers()
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
        return _explain_dns(f"The host name {host} was not found.")
    seconds = min(request.timeout_seconds, request.connect_timeout_seconds)
    return _explain_dns(f"The host name {host} was not looked up within {seconds:g} s.")


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


def _explain_headers() -> Failure:
    return Failure(
        code="too_many_headers",
        detail="The endpoint answered with more headers than Signalpost reads.",
        hint="Check what answers at this address; an answer needs only a few headers.",
    )


def _explain_status(report: Report, status: int) -> Failure:
    if 300 <= status < 400:
        return _explain_redirect(report, status)
    name = _status_name(status)
    first_line = _first_line(report.body)
    said = f": {first_line}" if first_line else "."
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
    where = f" to {report.location:.300}" if report.location else ""
    return Failure(
        code="redirect",
        detail=f"The endpoint answered {_status_name(status)} and redirects{where}; "
        "redirects are not followed.",
        hint="Enter the address that it redirects to."
        if report.location
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
        return _explain_connect(report)
    if code in _TLS:
        return _explain_tls(report)
    if code in _LOST or code in _NOT_HTTP:
        return _explain_lost(report)
    return explain_deferred(report.curl_message or f"libcurl error {code}")


def _explain_dns(detail: str) -> Failure:
    return Failure(
        code="dns_failed",
        detail=detail,
        hint="Check the spelling of the host name and that it is in the DNS.",
    )


def _explain_timeout(report: Report) -> Failure:
    timings, request = report.timings, report.request
    seconds = f"{min(request.timeout_seconds, request.connect_timeout_seconds):g} s"
    if report.sent:
        return _explain_slow_answer(report)
    if report.queued:
        return explain_deferred(f"all connections were in use for {seconds}")
    if timings.connect_ms:
        step, hint = "finish the TLS handshake", "Check what listens on this port."
    else:
        step = "accept the connection"
        hint = "Check host and port, and that a firewall lets Signalpost through."
    return Failure(
        code="connect_timeout",
        detail=f"{report.place} did not {step} within {seconds}.",
        hint=hint,
    )


def _explain_slow_answer(report: Report) -> Failure:
    step = "finish its answer" if report.timings.first_byte_ms else "begin to answer"
    return Failure(
        code="timeout",
        detail=f"The endpoint did not {step} within "
        f"{report.request.timeout_seconds:g} s.",
        hint="Let the endpoint answer first and do the work afterwards, or raise the "
        "timeout of this webhook (30 s at most).",
    )


def _explain_connect(report: Report) -> Failure:
    if report.os_errno == errno.ECONNREFUSED:
        return Failure(
            code="connection_refused",
            detail=f"{report.place} refused the connection.",
            hint="Check the port, and that the endpoint is running.",
        )
    reason = _errno_text(report.os_errno) or "it could not be reached"
    return Failure(
        code="connection_failed",
        detail=f"No connection to {report.place}: {reason}.",
        hint="Check host and port, and that a firewall lets Signalpost through.",
    )


def _explain_tls(report: Report) -> Failure:
    text = report.curl_message
    meaning, hint = next(
        (advice for phrase, *advice in _TLS_CHECKS if phrase in text),
        ["the handshake failed", "Check what listens on this port."],
    )
    said = f" ({text:.200})" if text else ""
    return Failure(
        code="tls_failed",
        detail=f"No secure connection to {report.place}: {meaning}{said}.",
        hint=hint,
    )


def _explain_lost(report: Report) -> Failure:
    if report.curl_code in _NOT_HTTP:
        what = "sent something that is not an HTTP answer"
    elif report.status_code is not None:
        what = "closed the connection in the middle of its answer"
    else:
        what = "closed the connection without an answer"
    return Failure(
        code="connection_lost",
        detail=f"{report.place} {what}.",
        hint="Look into the logs of the endpoint and of the proxy before it.",
    )


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


def _first_line(body: bytes) -> str:
    for line in body[:2000].decode("utf-8", "replace").splitlines():
        text = "".join(c for c in line if c.isprintable()).strip()
        if text:
            return text[:200]
    return ""


def _errno_text(number: int) -> str:
    names = {
        errno.EHOSTUNREACH: "there is no route to the host",
        errno.ENETUNREACH: "its network is unreachable",
        errno.ETIMEDOUT: "it did not answer",
        errno.ECONNRESET: "it reset the connection",
    }
    return names.get(number, "")
