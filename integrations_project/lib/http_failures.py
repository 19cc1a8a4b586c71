"""Why a request over the network failed, in words that say what to do.

One set of codes and texts for deliveries (libcurl) and for fetches (`requests`).
The codes are stable and listed in docs/delivery.md. Pure: no socket in here, so
every text can be tested by a table.
"""

from __future__ import annotations

import errno
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a request did not succeed, in words for the person who set it up."""

    code: str  #: stable; docs/delivery.md lists them all
    detail: str  #: what happened, one sentence
    hint: str  #: what to do about it, one sentence
    permanent: bool = False  #: sending the same again cannot help


_PUBLIC_AUTHORITY = "Use a certificate of a public authority."
_TLS_PORT = "Check the port: an https address needs a port that speaks TLS."

#: What OpenSSL, libcurl or Python says; what it means; what to do. First match.
_TLS_CHECKS = (
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
        _PUBLIC_AUTHORITY,
    ),
    (
        "self-signed certificate",
        "its certificate is self-signed",
        _PUBLIC_AUTHORITY,
    ),
    (
        "unable to get local issuer certificate",
        "the issuer of its certificate is unknown",
        "Let the endpoint send the intermediate certificates too, or use a "
        "certificate of a public authority.",
    ),
    *(
        (
            phrase,
            "its certificate is for another name",
            "Use the name that the certificate was issued for, or renew it for "
            "this one.",
        )
        for phrase in ("subject name", "Hostname mismatch", "IP address mismatch")
    ),
    (
        "certificate revoked",
        "its certificate has been revoked",
        "Replace the certificate of the endpoint.",
    ),
    *(
        (phrase, "it does not speak TLS on this port", _TLS_PORT)
        for phrase in ("wrong version number", "packet length too long", "record layer")
    ),
    *(
        (
            phrase,
            "it hung up during the handshake",
            "Check that the endpoint offers TLS 1.2 or 1.3 and knows this host name.",
        )
        for phrase in ("unexpected eof", "UNEXPECTED_EOF", "reset by peer", "errno 104")
    ),
    (
        "alert certificate required",
        "it wants a client certificate",
        "Give this webhook a client certificate and its key.",
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

_CONNECT_ERRORS = {
    errno.EHOSTUNREACH: "there is no route to the host",
    errno.ENETUNREACH: "its network is unreachable",
    errno.ETIMEDOUT: "it did not answer",
    errno.ECONNRESET: "it reset the connection",
}


def no_such_host(host: str) -> Failure:
    """The name has no address."""
    return _dns_failed(f"The host name {host} was not found.")


def slow_look_up(host: str, *, seconds: float) -> Failure:
    """The name was not looked up in time."""
    return _dns_failed(f"The host name {host} was not looked up within {seconds:g} s.")


def _dns_failed(detail: str) -> Failure:
    return Failure(
        code="dns_failed",
        detail=detail,
        hint="Check the spelling of the host name and that it is in the DNS.",
    )


def no_connection(place: str, *, os_errno: int) -> Failure:
    """The connection was refused, or the way there is closed.

    Args:
        place: host and port, as `Target.place` writes them.
        os_errno: what the kernel said; 0 when it is not known.
    """
    if os_errno == errno.ECONNREFUSED:
        return Failure(
            code="connection_refused",
            detail=f"{place} refused the connection.",
            hint="Check the port, and that the endpoint is running.",
        )
    reason = _CONNECT_ERRORS.get(os_errno, "it could not be reached")
    return Failure(
        code="connection_failed",
        detail=f"No connection to {place}: {reason}.",
        hint="Check host and port, and that a firewall lets Signalpost through.",
    )


def slow_connect(place: str, *, seconds: float, in_handshake: bool) -> Failure:
    """The time ran out before the request could be sent."""
    if in_handshake:
        step, hint = "finish the TLS handshake", "Check what listens on this port."
    else:
        step = "accept the connection"
        hint = "Check host and port, and that a firewall lets Signalpost through."
    return Failure(
        code="connect_timeout",
        detail=f"{place} did not {step} within {seconds:g} s.",
        hint=hint,
    )


def no_tls(place: str, *, said: str) -> Failure:
    """A certificate or a handshake did not pass; `said` by the TLS library."""
    meaning, hint = next(
        (advice for phrase, *advice in _TLS_CHECKS if phrase in said),
        ["the handshake failed", "Check what listens on this port."],
    )
    shown = f" ({said:.200})" if said else ""
    return Failure(
        code="tls_failed",
        detail=f"No secure connection to {place}: {meaning}{shown}.",
        hint=hint,
    )


def slow_answer(*, seconds: float, has_begun: bool, hint: str) -> Failure:
    """The time ran out after the request was sent."""
    step = "finish its answer" if has_begun else "begin to answer"
    return Failure(
        code="timeout",
        detail=f"The endpoint did not {step} within {seconds:g} s.",
        hint=hint,
    )


def lost_connection(place: str, *, has_begun: bool) -> Failure:
    """The other side hung up before its answer was complete."""
    when = "in the middle of its answer" if has_begun else "without an answer"
    return Failure(
        code="connection_lost",
        detail=f"{place} closed the connection {when}.",
        hint="Look into the logs of the endpoint and of the proxy before it.",
    )


def no_answer(place: str, *, said: str = "") -> Failure:
    """What came back breaks the rules of HTTP; `said` by the client library."""
    shown = f" ({said:.200})" if said else ""
    return Failure(
        code="invalid_answer",
        detail=f"{place} sent something that is not an HTTP answer{shown}.",
        hint="Check host and port: something else than a web server may listen there.",
    )


def too_many_headers() -> Failure:
    """The head of the answer is longer than what is read."""
    return Failure(
        code="too_many_headers",
        detail="The endpoint answered with more headers than Signalpost reads.",
        hint="Check what answers at this address; an answer needs only a few headers.",
    )
