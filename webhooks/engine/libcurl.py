"""The one module that knows libcurl: its options, its callbacks, its figures.

Source: https://curl.se/libcurl/c/curl_easy_setopt.html for each option;
http://pycurl.io/docs/latest/ for how Python sees them.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias

import pycurl

from integrations_project.lib.net_policy import AddressRefused, NetPolicy, Target
from webhooks.engine.credentials import ClientCertificate
from webhooks.engine.failures import Report, explain, find_header
from webhooks.engine.headers import parse_headers
from webhooks.engine.messages import (
    KEPT_BODY_BYTES,
    HttpOutcome,
    HttpRequest,
    Timings,
)

#: Opaque to everyone else; pycurl ships no types.
Curl: TypeAlias = Any
CurlMulti: TypeAlias = Any

#: What libcurl says about a socket: wait for 1 (read), 2 (write), 3 or no more.
FORGET_SOCKET = pycurl.POLL_REMOVE
#: The socket that stands for "your timer has run out".
TIMER = pycurl.SOCKET_TIMEOUT

#: An answer is read this far so that its connection can be used again; then cut.
READ_BODY_BYTES = 4 * KEPT_BODY_BYTES

#: How often one request may be put on a connection.
MAX_SENDINGS = 2

_BLANK_LINES = (b"\r\n", b"\n")

# In microseconds; bound once, since the module of constants is a large one.
_DNS_TIME = pycurl.NAMELOOKUP_TIME_T
_CONNECT_TIME = pycurl.CONNECT_TIME_T
_TLS_TIME = pycurl.APPCONNECT_TIME_T
_FIRST_BYTE_TIME = pycurl.STARTTRANSFER_TIME_T
_TOTAL_TIME = pycurl.TOTAL_TIME_T


class Job(NamedTuple):
    """A request that has passed the checks."""

    request: HttpRequest
    target: Target
    header_lines: Sequence[str | bytes]
    started_at: float  #: seconds since the epoch
    begun: float  #: the same moment on the monotonic clock

    @property
    def lookup_seconds(self) -> float:
        """Return how long the look-up of the name may take."""
        return min(self.request.timeout_seconds, self.request.connect_timeout_seconds)


class Route(NamedTuple):
    """Where to connect, and how long finding that out took."""

    addresses: tuple[str, ...]  #: empty: the host of the URL is an address
    waited_seconds: float


def make_multi(
    on_socket: Callable[[int, int, object, object], None], *, max_connections: int
) -> CurlMulti:
    """Return a multi handle that reports its sockets and keeps connections."""
    multi = pycurl.CurlMulti()
    multi.setopt(pycurl.M_SOCKETFUNCTION, on_socket)
    multi.setopt(pycurl.M_MAXCONNECTS, max_connections)
    multi.setopt(pycurl.M_MAX_TOTAL_CONNECTIONS, max_connections)
    return multi


class Exchange:
    """One reusable easy handle and what has arrived on it.

    ``load`` a job, add ``curl`` to the multi handle, ``build_outcome`` when libcurl
    says that it is done, ``unload``, and load the next.

    A kept connection may end under a request, and libcurl then sends it again on the
    next one it kept, five times over. The first such repetition is stopped, and done
    once on a new connection by whoever looks at ``must_restart`` first.
    """

    __slots__ = (
        "_body",
        "_body_seen",
        "_is_new",
        "_is_restarted",
        "_lines",
        "_opened",
        "_policy",
        "_refused",
        "_resolve",
        "_sendings",
        "_socket_error",
        "_timeouts",
        "_waited_ms",
        "curl",
        "cut",
        "has_certificate",
        "job",
        "must_restart",
    )

    job: Job

    def __init__(
        self, ca_file: str, certificate: ClientCertificate | None = None
    ) -> None:
        self._timeouts = (0, 0)
        self._resolve: list[str] = []
        self._is_restarted = False
        self.curl = pycurl.Curl()
        _set_fixed_options(self.curl, ca_file)
        self.has_certificate = certificate is not None
        if certificate is not None:
            # libcurl gives a connection only to a handle with the same certificate.
            self.curl.setopt(pycurl.SSLCERT_BLOB, certificate.chain)
            self.curl.setopt(pycurl.SSLKEY_BLOB, certificate.key)
        self._lines: list[bytes] = []
        # The list's own method: a function of ours would cost more per line than
        # all the rest of an answer.
        self.curl.setopt(pycurl.HEADERFUNCTION, self._lines.append)
        self.curl.setopt(pycurl.WRITEFUNCTION, self._on_body)
        self.curl.setopt(pycurl.OPENSOCKETFUNCTION, self._on_open_socket)
        self.curl.setopt(pycurl.PREREQFUNCTION, self._on_connection)

    def load(self, job: Job, route: Route, policy: NetPolicy) -> None:
        self.job = job
        self._policy = policy
        self._lines.clear()
        self._body = bytearray()
        self._body_seen = 0
        self._refused: AddressRefused | None = None
        self._socket_error = ""
        self._opened = self._is_new = False
        self._sendings = 0
        self.cut = self.must_restart = False
        request, curl = job.request, self.curl
        curl.setopt(pycurl.URL, job.target.url)
        curl.setopt(pycurl.HTTPHEADER, job.header_lines)
        curl.setopt(pycurl.POSTFIELDS, request.body)
        self._waited_ms = route.waited_seconds * 1000
        timeouts = (
            max(1, int(request.timeout_seconds * 1000 - self._waited_ms)),
            max(1, int(request.connect_timeout_seconds * 1000 - self._waited_ms)),
        )
        resolve = _build_resolve(job.target, route)
        if resolve != self._resolve:
            curl.setopt(pycurl.RESOLVE, resolve)
            self._resolve = resolve
        if timeouts != self._timeouts:
            curl.setopt(pycurl.TIMEOUT_MS, timeouts[0])
            curl.setopt(pycurl.CONNECTTIMEOUT_MS, timeouts[1])
            self._timeouts = timeouts

    def restart(self) -> None:
        """Prepare to send once more, on a new connection, in the time that is left."""
        self.must_restart, self._is_restarted = False, True
        self._lines.clear()
        self._waited_ms = (time.monotonic() - self.job.begun) * 1000
        left_ms = max(1, int(self.job.request.timeout_seconds * 1000 - self._waited_ms))
        self.curl.setopt(pycurl.FRESH_CONNECT, 1)
        self.curl.setopt(pycurl.TIMEOUT_MS, left_ms)
        self._timeouts = (left_ms, self._timeouts[1])

    def unload(self) -> None:
        if self._is_restarted:
            self.curl.setopt(pycurl.FRESH_CONNECT, 0)
            self._is_restarted = False
        if len(self.job.request.body) > KEPT_BODY_BYTES:
            self.curl.setopt(pycurl.POSTFIELDS, b"")  # frees libcurl's copy
        del self.job

    def build_outcome(self, code: int, message: str) -> HttpOutcome:
        job, curl = self.job, self.curl
        if not code and not _is_head_whole(self._lines):
            # libcurl takes a hang-up in the middle of the headers for their end.
            code = pycurl.E_PARTIAL_FILE
        status: int | None = curl.getinfo(pycurl.RESPONSE_CODE)
        if not status or status < 200:
            status = None
        # After a failed connect libcurl sets the later times to the end's.
        sent = not code or curl.getinfo(pycurl.REQUEST_SIZE) > 0
        timings = self._read_timings(sent=sent)
        headers = parse_headers(self._lines)
        error = None
        if code or status is None or not 200 <= status < 300:
            error = explain(self._report(code, message, status, timings, headers))
        return HttpOutcome(
            key=job.request.key,
            started_at=job.started_at,
            duration_ms=round(timings.total_ms),
            status_code=status,
            response_headers=headers,
            response_body=bytes(self._body),
            response_truncated=self._body_seen > KEPT_BODY_BYTES,
            timings=timings,
            remote_address=curl.getinfo(pycurl.PRIMARY_IP) or None,
            error=error,
        )

    def _report(
        self,
        code: int,
        message: str,
        status: int | None,
        timings: Timings,
        headers: tuple[tuple[str, str], ...],
    ) -> Report:
        return Report(
            request=self.job.request,
            target=self.job.target,
            timings=timings,
            curl_code=0 if self.cut else code,
            curl_message=message,
            os_errno=self.curl.getinfo(pycurl.OS_ERRNO),
            status_code=status,
            location=find_header(headers, "location"),
            body=bytes(self._body),
            refused=None if self._opened else self._refused,
            socket_error=self._socket_error,
            sent=self.curl.getinfo(pycurl.REQUEST_SIZE) > 0,
            queued=self.curl.getinfo(_DNS_TIME) == 0,
        )

    def _read_timings(self, *, sent: bool) -> Timings:
        getinfo = self.curl.getinfo
        timings = Timings(
            getinfo(_DNS_TIME) / 1000,
            getinfo(_CONNECT_TIME) / 1000,
            getinfo(_TLS_TIME) / 1000,
            getinfo(_FIRST_BYTE_TIME) / 1000 if sent else 0.0,
            getinfo(_TOTAL_TIME) / 1000,
        )
        return timings.delayed_by(self._waited_ms) if self._waited_ms else timings

    def _on_body(self, chunk: bytes) -> int | None:
        room = KEPT_BODY_BYTES - len(self._body)
        if room > 0:
            self._body += chunk[:room]
        self._body_seen += len(chunk)
        if self._body_seen > READ_BODY_BYTES:
            self.cut = True
            return 0
        return None

    def _on_connection(self, *_addresses: object) -> int:
        # libcurl has a connection and is about to send.
        if self._sendings >= MAX_SENDINGS:
            return int(pycurl.PREREQFUNC_ABORT)
        if self._sendings and not self._is_new:
            self.must_restart = True  # this one was kept too, and may end as well
            return int(pycurl.PREREQFUNC_ABORT)
        self._sendings += 1
        self._is_new = False
        return int(pycurl.PREREQFUNC_OK)

    def _on_open_socket(self, _purpose: int, address: Any) -> int:
        # libcurl only says error 7 when this returns SOCKET_BAD, so the reason
        # is noted. It may try the name's next address afterwards.
        try:
            host = self.job.target.host if self.job.target.address is None else None
            self._policy.check_address(address.addr[0], host=host)
            opened = socket.socket(address.family, address.socktype, address.protocol)
        except AddressRefused as refused:
            self._refused = refused
            return int(pycurl.SOCKET_BAD)
        except OSError as error:
            self._socket_error = f"no socket could be opened ({error.strerror})"
            return int(pycurl.SOCKET_BAD)
        self._opened = self._is_new = True
        return opened.detach()  # libcurl closes it


def _is_head_whole(lines: Sequence[bytes]) -> bool:
    if lines and lines[-1] in _BLANK_LINES:
        return True
    # What follows a chunked body comes here too; an interim answer has its own end.
    for line in reversed(lines):
        if line in _BLANK_LINES:
            return True
        if line.startswith(b"HTTP/"):
            return False
    return not lines


def _build_resolve(target: Target, route: Route) -> list[str]:
    # Names are looked up by our own resolver, so that no thread of libcurl can
    # hold up the others or the end of the process. The brackets are for IPv6.
    if not route.addresses:
        return []
    shown = ",".join(f"[{a}]" if ":" in a else a for a in route.addresses)
    return [f"{target.host}:{target.port}:{shown}"]


def _set_fixed_options(curl: Curl, ca_file: str) -> None:
    for option, value in (
        (pycurl.NOSIGNAL, 1),  # no SIGALRM: we are in a thread of someone's process
        (pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS),
        (pycurl.REDIR_PROTOCOLS, 0),
        (pycurl.FOLLOWLOCATION, 0),
        (pycurl.PROXY, ""),  # "" also switches http_proxy and its kin off
        (pycurl.NOPROXY, "*"),
        (pycurl.NETRC, pycurl.NETRC_IGNORED),
        (pycurl.CAINFO, ca_file),
        (pycurl.SSL_VERIFYPEER, 1),
        (pycurl.SSL_VERIFYHOST, 2),
        (pycurl.SSLVERSION, pycurl.SSLVERSION_TLSv1_2),
        (pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_2TLS),
        (pycurl.HTTP09_ALLOWED, 0),
        (pycurl.DNS_CACHE_TIMEOUT, 30),
        (pycurl.TCP_NODELAY, 1),
        (pycurl.USERAGENT, ""),  # pycurl would name itself and its libraries
        (pycurl.POST, 1),
    ):
        curl.setopt(option, value)
