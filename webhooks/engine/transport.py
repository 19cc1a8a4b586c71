"""Send many POSTs at once: one thread, one libcurl multi handle, one epoll.

How the pump uses it::

    transport = Transport(policy)
    transport.watch(notification_fd)  # PostgreSQL's socket, optional
    transport.start(request)  # returns at once, never raises
    outcomes = transport.poll(1.0)  # whatever has finished by then
    if notification_fd in transport.ready_fds:
        ...

Verify sends one request and waits: ``send(request, policy=policy)``.

A Transport belongs to one thread of one process. libcurl's handles are made at
its first use, so it may be constructed before a fork and used after it.

Source: https://curl.se/libcurl/c/libcurl-multi.html (the multi_socket API),
https://curl.se/libcurl/c/curl_easy_setopt.html for each option.
"""

from __future__ import annotations

import functools
import socket
import threading
import time
from collections.abc import Hashable, Iterator, Sequence
from typing import Any, NamedTuple

import certifi
import pycurl

from integrations_project.lib.http_headers import (
    HeaderRefused,
    check_header_name,
    check_header_value,
)
from integrations_project.lib.net_policy import (
    AddressRefused,
    NetPolicy,
    Target,
    UrlRefused,
)
from webhooks.engine.failures import Report, explain, explain_deferred, find_header
from webhooks.engine.messages import (
    KEPT_BODY_BYTES,
    Failure,
    HttpOutcome,
    HttpRequest,
    Timings,
)
from webhooks.engine.poller import Poller, make_poller

__all__ = ["Failure", "HttpOutcome", "HttpRequest", "Timings", "Transport", "send"]

#: An answer is read this far so that its connection can be used again; then cut.
READ_BODY_BYTES = 4 * KEPT_BODY_BYTES
#: What is kept of the answer's headers. libcurl itself ends an answer with more
#: than 5,000 headers or 300 KB of them.
MAX_HEADER_COUNT = 100
MAX_HEADER_BYTES = 16 * 1024
#: From 1 MiB on libcurl sends "Expect: 100-continue" unless told otherwise.
EXPECT_BYTES = 512 * 1024
#: How long `close` waits for libcurl, which waits for its look-ups in progress.
CLOSE_SECONDS = 0.5
# In microseconds; bound once, since the module of constants is a large one.
_DNS_TIME = pycurl.NAMELOOKUP_TIME_T
_CONNECT_TIME = pycurl.CONNECT_TIME_T
_TLS_TIME = pycurl.APPCONNECT_TIME_T
_FIRST_BYTE_TIME = pycurl.STARTTRANSFER_TIME_T
_TOTAL_TIME = pycurl.TOTAL_TIME_T
#: Checked URLs remembered by a transport: a destination has one.
MAX_KNOWN_URLS = 10_000


class Transport:
    """Requests in flight, the connections they share, and one place to wait."""

    def __init__(
        self,
        policy: NetPolicy,
        *,
        max_connections: int = 1024,
        ca_file: str | None = None,
    ) -> None:
        """Remember the settings; nothing is opened yet.

        Args:
            policy: decides about every URL and every socket.
            max_connections: open at the same time, idle ones included; requests
                beyond it wait inside libcurl, on their own deadline.
            ca_file: PEM bundle of trusted authorities; certifi's by default.
        """
        self.policy = policy
        #: watched descriptors that were readable in the last `poll`
        self.ready_fds: frozenset[int] = frozenset()
        self._max_connections = max_connections
        self._ca_file = ca_file or certifi.where()
        self._watched: set[int] = set()
        self._idle: list[_Exchange] = []
        self._active: dict[pycurl.Curl, _Exchange] = {}
        self._finished: list[HttpOutcome] = []
        self._targets: dict[str, Target] = {}
        self._handles: _Handles | None = None

    @property
    def in_flight(self) -> int:
        """Return how many requests were started and not yet handed back."""
        return len(self._active) + len(self._finished)

    def start(self, request: HttpRequest) -> None:
        """Put a request on its way.

        Never raises for what is in the request: a refused URL, address or
        header comes back from `poll` as the outcome's error.
        """
        started_at = time.time()
        try:
            target = self._targets.get(request.url) or self._check(request.url)
            lines = _build_header_lines(request)
        except (UrlRefused, AddressRefused, HeaderRefused) as refusal:
            self._finished.append(_refuse(request, refusal, started_at))
            return
        handles = self._open()
        exchange = self._idle.pop() if self._idle else _Exchange(self._ca_file)
        exchange.load(_Job(request, target, started_at), lines, self.policy)
        self._active[exchange.curl] = exchange
        handles.multi.add_handle(exchange.curl)

    def poll(self, timeout_seconds: float) -> list[HttpOutcome]:
        """Let the requests make progress and return those that have finished.

        Returns as soon as there is one outcome or a watched descriptor is
        readable, else empty after the time given. 0 looks without waiting.
        """
        handles = self._open()
        deadline = time.monotonic() + timeout_seconds
        self.ready_fds = frozenset()
        while True:
            remaining = 0.0 if self._finished else deadline - time.monotonic()
            self._turn(handles, max(0.0, remaining))
            if self._finished or self.ready_fds or time.monotonic() >= deadline:
                outcomes, self._finished = self._finished, []
                return outcomes

    def watch(self, fd: int) -> None:
        """Let `poll` return early too when this descriptor is readable."""
        self._watched.add(fd)
        self._open().poller.set(fd, 1)

    def unwatch(self, fd: int) -> None:
        """Forget a watched descriptor; do so before closing it."""
        self._watched.discard(fd)
        self._open().poller.forget(fd)

    def cancel_all(self) -> list[Hashable]:
        """Abandon what is in flight and return the keys without an outcome.

        An abandoned request may have reached its endpoint.
        """
        keys = [exchange.job.request.key for exchange in self._active.values()]
        for exchange in list(self._active.values()):
            self._release(exchange)
        return keys

    def close(self) -> None:
        """Abandon what is in flight and close every connection."""
        if self._handles is None:
            return
        self.cancel_all()
        for exchange in self._idle:
            exchange.curl.close()
        self._idle.clear()
        # pycurl has no way to say "do not wait" (CURLMOPT_QUICK_EXIT), so a thread
        # does the waiting, without the interpreter's lock, until the last look-up
        # has ended; the process may end before it.
        closing = threading.Thread(
            target=_close_handles, args=self._handles, name="close", daemon=True
        )
        self._handles = None
        self._watched.clear()
        closing.start()
        closing.join(CLOSE_SECONDS)

    def _check(self, url: str) -> Target:
        if len(self._targets) >= MAX_KNOWN_URLS:
            self._targets.clear()
        target = self._targets[url] = self.policy.check_url(url)
        return target

    def _open(self) -> _Handles:
        if self._handles is None:
            multi = pycurl.CurlMulti()
            multi.setopt(pycurl.M_SOCKETFUNCTION, self._on_socket)
            multi.setopt(pycurl.M_MAXCONNECTS, self._max_connections)
            multi.setopt(pycurl.M_MAX_TOTAL_CONNECTIONS, self._max_connections)
            self._handles = _Handles(multi, make_poller())
        return self._handles

    def _turn(self, handles: _Handles, wait_seconds: float) -> None:
        multi = handles.multi
        # Asking once a turn is cheaper than a timer callback for every request.
        timer_ms = multi.timeout()
        if timer_ms == 0:
            multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
            self._collect(multi)
            timer_ms = 0 if self._finished else multi.timeout()
        if timer_ms >= 0:
            wait_seconds = min(wait_seconds, timer_ms / 1000)
        for fd, events in handles.poller.wait(wait_seconds):
            if fd in self._watched:
                self.ready_fds |= {fd}
            else:
                multi.socket_action(fd, events)
        self._collect(multi)

    def _collect(self, multi: pycurl.CurlMulti) -> None:
        while True:
            queued, succeeded, failed = multi.info_read()
            for curl in succeeded:
                self._finish(curl, 0, "")
            for curl, code, message in failed:
                self._finish(curl, code, message)
            if not queued:
                return

    def _finish(self, curl: pycurl.Curl, code: int, message: str) -> None:
        exchange = self._active[curl]
        self._finished.append(exchange.build_outcome(code, message))
        self._release(exchange)

    def _release(self, exchange: _Exchange) -> None:
        assert self._handles is not None
        self._handles.multi.remove_handle(exchange.curl)
        del self._active[exchange.curl]
        exchange.unload()
        self._idle.append(exchange)

    def _on_socket(self, what: int, fd: int, _multi: object, _data: object) -> None:
        if self._handles is None:
            return  # closing
        if what == pycurl.POLL_REMOVE:
            self._handles.poller.forget(fd)
        else:
            self._handles.poller.set(fd, what)


def send(
    request: HttpRequest, *, policy: NetPolicy, ca_file: str | None = None
) -> HttpOutcome:
    """Send one request and wait for its outcome: the same path, alone.

    Never raises for what is in the request or what the other side does.
    """
    transport = Transport(policy, max_connections=4, ca_file=ca_file)
    try:
        transport.start(request)
        # libcurl keeps the deadline; the margin is for a machine under load.
        deadline = time.monotonic() + request.timeout_seconds + 5.0
        while time.monotonic() < deadline:
            for outcome in transport.poll(1.0):
                return outcome
        started_at = time.time() - request.timeout_seconds - 5.0
        return _build_failure(
            request, explain_deferred("no answer from libcurl"), started_at
        )
    finally:
        transport.close()


class _Handles(NamedTuple):
    multi: pycurl.CurlMulti
    poller: Poller


def _close_handles(multi: pycurl.CurlMulti, poller: Poller) -> None:
    multi.close()
    poller.close()


class _Job(NamedTuple):
    request: HttpRequest
    target: Target
    started_at: float


class _Exchange:
    """One reusable easy handle and what has arrived on it."""

    __slots__ = (
        "_body",
        "_body_seen",
        "_lines",
        "_opened",
        "_policy",
        "_refused",
        "_socket_error",
        "_timeouts",
        "curl",
        "cut",
        "job",
    )

    job: _Job

    def __init__(self, ca_file: str) -> None:
        self._timeouts = (0, 0)
        self.curl = pycurl.Curl()
        _set_fixed_options(self.curl, ca_file)
        self._lines: list[bytes] = []
        # The list's own method: a function of ours would cost more per line than
        # all the rest of an answer.
        self.curl.setopt(pycurl.HEADERFUNCTION, self._lines.append)
        self.curl.setopt(pycurl.WRITEFUNCTION, self._on_body)
        self.curl.setopt(pycurl.OPENSOCKETFUNCTION, self._on_open_socket)

    def load(
        self, job: _Job, header_lines: Sequence[str | bytes], policy: NetPolicy
    ) -> None:
        self.job = job
        self._policy = policy
        self._lines.clear()
        self._body = bytearray()
        self._body_seen = 0
        self._refused: AddressRefused | None = None
        self._socket_error = ""
        self._opened = False
        self.cut = False
        request, curl = job.request, self.curl
        curl.setopt(pycurl.URL, job.target.url)
        curl.setopt(pycurl.HTTPHEADER, header_lines)
        curl.setopt(pycurl.POSTFIELDS, request.body)
        timeouts = (
            max(1, int(request.timeout_seconds * 1000)),
            max(1, int(request.connect_timeout_seconds * 1000)),
        )
        if timeouts != self._timeouts:
            curl.setopt(pycurl.TIMEOUT_MS, timeouts[0])
            curl.setopt(pycurl.CONNECTTIMEOUT_MS, timeouts[1])
            self._timeouts = timeouts

    def unload(self) -> None:
        if len(self.job.request.body) > KEPT_BODY_BYTES:
            self.curl.setopt(pycurl.POSTFIELDS, b"")  # frees libcurl's copy
        del self.job

    def build_outcome(self, code: int, message: str) -> HttpOutcome:
        job, curl = self.job, self.curl
        status: int | None = curl.getinfo(pycurl.RESPONSE_CODE)
        if not status or status < 200:
            status = None
        # After a failed connect libcurl sets the later times to the end's.
        sent = not code or curl.getinfo(pycurl.REQUEST_SIZE) > 0
        timings = self._read_timings(sent=sent)
        headers = _parse_headers(self._lines)
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
        )

    def _read_timings(self, *, sent: bool) -> Timings:
        getinfo = self.curl.getinfo
        return Timings(
            getinfo(_DNS_TIME) / 1000,
            getinfo(_CONNECT_TIME) / 1000,
            getinfo(_TLS_TIME) / 1000,
            getinfo(_FIRST_BYTE_TIME) / 1000 if sent else 0.0,
            getinfo(_TOTAL_TIME) / 1000,
        )

    def _on_body(self, chunk: bytes) -> int | None:
        room = KEPT_BODY_BYTES - len(self._body)
        if room > 0:
            self._body += chunk[:room]
        self._body_seen += len(chunk)
        if self._body_seen > READ_BODY_BYTES:
            self.cut = True
            return 0
        return None

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
        self._opened = True
        return opened.detach()  # libcurl closes it


def _set_fixed_options(curl: pycurl.Curl, ca_file: str) -> None:
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


def _build_header_lines(request: HttpRequest) -> Sequence[str | bytes]:
    typed = False
    lines = []
    for name, value in request.headers:
        typed = _check_name(name) or typed
        # "Name:" would remove a header; "Name;" sends it empty.
        lines.append(f"{name}: {value}" if value.strip() else f"{name};")
    if not typed:
        lines.append("Content-Type:")  # libcurl would say that it is a form
    if len(request.body) > EXPECT_BYTES:
        lines.append("Expect:")  # libcurl would ask for leave to send
    text = "".join(lines)
    if not text.isprintable():
        for name, value in request.headers:
            check_header_value(name, value)
    return lines if text.isascii() else [line.encode() for line in lines]


@functools.lru_cache(maxsize=1024)
def _check_name(name: str) -> bool:
    check_header_name(name)
    return name.lower() == "content-type"


def _parse_headers(lines: list[bytes]) -> tuple[tuple[str, str], ...]:
    headers: list[tuple[str, str]] = []
    for line in lines if sum(map(len, lines)) < MAX_HEADER_BYTES else _cut(lines):
        name, colon, value = line.decode("latin-1").partition(":")
        if colon:
            headers.append((name, value.strip()))
        elif line.startswith(b"HTTP/"):
            # A new answer: what came before was an interim one (1xx).
            headers.clear()
    return tuple(headers[:MAX_HEADER_COUNT])


def _cut(lines: list[bytes]) -> Iterator[bytes]:
    room = MAX_HEADER_BYTES
    for line in lines:
        room -= len(line)
        if room < 0:
            return
        yield line


def _refuse(
    request: HttpRequest,
    refusal: UrlRefused | AddressRefused | HeaderRefused,
    started_at: float,
) -> HttpOutcome:
    what = "headers" if isinstance(refusal, HeaderRefused) else "address"
    failure = Failure(
        code=refusal.error_code,
        detail=refusal.message,
        hint=f"Correct the {what} of this webhook.",
        permanent=True,
    )
    return _build_failure(request, failure, started_at)


def _build_failure(
    request: HttpRequest, failure: Failure, started_at: float
) -> HttpOutcome:
    return HttpOutcome(
        key=request.key,
        started_at=started_at,
        duration_ms=max(0, round((time.time() - started_at) * 1000)),
        error=failure,
    )
