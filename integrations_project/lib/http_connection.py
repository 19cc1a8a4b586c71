"""Connections that keep to the policy and to the clock, for `lib/http.py`.

`requests` alone does neither: its timeout starts again with every byte, and the
address that it connects to is nobody's business. Here the socket is opened by us,
to a checked address, and a timer shuts it down when the time is up, whatever it is
waiting for.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from urllib3.connection import HTTPConnection, HTTPSConnection

from integrations_project.lib import http_failures
from integrations_project.lib.exceptions import ProjectError
from integrations_project.lib.net_policy import NetPolicy, Target, look_up

if TYPE_CHECKING:
    from integrations_project.lib.http_failures import Failure

#: An answer's head may be so large; interim answers (1xx) count too.
MAX_HEAD_BYTES = 64 * 1024
MAX_HEAD_LINES = 100

#: Returns every address of a name; empty when it has none. May block.
FindAddresses = Callable[[str], tuple[str, ...]]


class FetchFailed(ProjectError):
    """The address could not be fetched."""

    code = "fetch_failed"
    permanent = False

    def __init__(self, failure: Failure) -> None:
        #: what to do about it, one sentence
        self.hint = failure.hint
        super().__init__(failure.detail, code=failure.code, permanent=failure.permanent)


class Deadline:
    """A moment after which the sockets in its care are shut down.

    A socket's own timeout starts again with every byte that arrives. `is_over`
    has to be asked before anything is believed that was read from them: half an
    answer looks like one that the other side has ended.
    """

    def __init__(self) -> None:
        self.is_over = False
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self._timer: threading.Timer | None = None

    def set(self, moment: float) -> None:
        """Set the moment, on the monotonic clock; one that was set counts no more."""
        self.cancel()
        with self._lock:
            if not self.is_over:
                seconds = max(0.0, moment - time.monotonic())
                self._timer = threading.Timer(seconds, self._fire)
                self._timer.daemon = True
                self._timer.start()

    def watch(self, opened: socket.socket) -> None:
        """Take care of a socket; TLS may be put on it afterwards."""
        with self._lock:
            # A copy of the descriptor: the original may be closed and its number
            # be another's before the time is up.
            self._sockets.append(opened.dup())
        if self.is_over:
            self._fire()

    def cancel(self) -> None:
        """Let the sockets be."""
        if self._timer is not None:
            self._timer.cancel()

    def close(self) -> None:
        """Let the sockets be and forget them."""
        self.cancel()
        with self._lock:
            for each in self._sockets:
                each.close()
            self._sockets.clear()

    def _fire(self) -> None:
        with self._lock:
            self.is_over = True
            for each in self._sockets:
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)


@dataclass(slots=True)
class Route:
    """The way of one request: where to, until when, and how far it got."""

    target: Target
    policy: NetPolicy
    deadline: Deadline
    connect_seconds: float  #: for look-up, connect and TLS together
    connect_until: float  #: the same as a moment on the monotonic clock
    until: float  #: for everything
    find_addresses: FindAddresses
    is_connected: bool = False
    remote_address: str = ""
    #: When the certificate runs out; None without TLS.
    certificate_expires_at: datetime | None = None

    def open_socket(self) -> socket.socket:
        """Connect to the first checked address that takes the connection.

        Raises:
            AddressRefused: every address of the name is refused, or the socket
                led to another one than was asked for.
            FetchFailed: with the code and the words of the failure.
        """
        addresses = self._find_addresses()
        last_error: OSError = TimeoutError()
        for number, address in enumerate(addresses):
            # A name may have an address that nobody answers at: the others get
            # their share of the time.
            share = self._left() / (len(addresses) - number)
            try:
                return self._connect(address, seconds=max(0.001, share))
            except OSError as error:
                last_error = error
        if isinstance(last_error, TimeoutError):
            raise self._too_slow(in_handshake=False) from last_error
        os_errno = last_error.errno or 0
        failure = http_failures.no_connection(self.target.place, os_errno=os_errno)
        raise FetchFailed(failure) from last_error

    def explain_handshake(self, error: OSError) -> FetchFailed:
        """Return what to raise when TLS could not be agreed on."""
        if self.deadline.is_over or isinstance(error, TimeoutError):
            return self._too_slow(in_handshake=True)
        said = getattr(error, "verify_message", "") or str(error)
        return FetchFailed(http_failures.no_tls(self.target.place, said=said))

    def _find_addresses(self) -> list[str]:
        target = self.target
        if target.address is not None:
            return [str(target.address)]
        found = look_up(
            target.host, timeout_seconds=self._left(), find=self.find_addresses
        )
        if not found:
            seconds = self.connect_seconds
            raise FetchFailed(
                http_failures.no_such_host(target.host)
                if self._left() > 0
                else http_failures.slow_look_up(target.host, seconds=seconds)
            )
        return self.policy.permit(target.host, found)

    def _connect(self, address: str, *, seconds: float) -> socket.socket:
        opened = socket.create_connection((address, self.target.port), seconds)
        try:
            self.deadline.watch(opened)
            # The socket that was really opened decides, not what was asked for.
            peer = str(opened.getpeername()[0])
            self.policy.check_address(peer, host=self._named_host())
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            # The timer ends what takes too long; this is only its safety net.
            opened.settimeout(max(0.001, self.until - time.monotonic()) + 5)
        except BaseException:
            opened.close()
            raise
        self.remote_address = peer
        return opened

    def _named_host(self) -> str | None:
        return self.target.host if self.target.address is None else None

    def _left(self) -> float:
        return max(0.0, self.connect_until - time.monotonic())

    def _too_slow(self, *, in_handshake: bool) -> FetchFailed:
        return FetchFailed(
            http_failures.slow_connect(
                self.target.place,
                seconds=self.connect_seconds,
                in_handshake=in_handshake,
            )
        )


class InvalidAnswer(http.client.HTTPException):
    """The answer breaks a rule of HTTP that Python does not look at."""


class _Head:
    """A file that a response's head is read from, line by line and not for ever."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._bytes_left = MAX_HEAD_BYTES
        self._lines_left = MAX_HEAD_LINES
        self._has_begun = False

    def readline(self, limit: int = -1) -> bytes:
        line: bytes = self._file.readline(min(limit, self._bytes_left + 1))
        self._bytes_left -= len(line)
        self._lines_left -= 1
        if self._bytes_left < 0 or self._lines_left < 0:
            raise FetchFailed(http_failures.too_many_headers())
        self._has_begun = self._has_begun or line.startswith(b"HTTP/")
        if self._has_begun and not line.endswith(b"\n"):
            # Python takes a hang-up in the middle of the headers for their end.
            raise http.client.IncompleteRead(line)
        return line

    def close(self) -> None:
        self._file.close()


class _Response(http.client.HTTPResponse):
    """Reads the head within bounds, and past interim answers."""

    def begin(self) -> None:
        file = self.fp
        self.fp = head = cast("Any", _Head(file))
        try:
            super().begin()
        finally:
            # None: it was closed, since nothing came or no body is to follow.
            if self.fp is head:
                self.fp = file
        for value in self.headers.get_all("Content-Length", ()):
            if not value.strip().isdecimal() or not value.isascii():
                raise InvalidAnswer(value)

    def _read_status(self) -> tuple[str, int, str]:
        while True:
            version, status, reason = super()._read_status()  # type: ignore[misc]  # typeshed leaves it out
            if not 101 < status < 200:
                return version, status, reason
            http.client.parse_headers(self.fp)


class PlainConnection(HTTPConnection):
    """A connection along a `Route`."""

    response_class = _Response

    def __init__(self, *args: Any, route: Route, **options: Any) -> None:
        self._route = route
        super().__init__(*args, **options)

    def _new_conn(self) -> socket.socket:
        return self._route.open_socket()

    def connect(self) -> None:
        super().connect()
        self._route.is_connected = True
        self._route.deadline.set(self._route.until)


class SecureConnection(HTTPSConnection):
    """The same with TLS."""

    response_class = _Response

    def __init__(self, *args: Any, route: Route, **options: Any) -> None:
        self._route = route
        super().__init__(*args, **options)

    def _new_conn(self) -> socket.socket:
        return self._route.open_socket()

    def connect(self) -> None:
        try:
            super().connect()
        except OSError as error:  # ssl.SSLError is one
            raise self._route.explain_handshake(error) from error
        if self._route.deadline.is_over:
            raise self._route.explain_handshake(TimeoutError())
        self._route.certificate_expires_at = _find_expiry(self.sock)
        self._route.is_connected = True
        self._route.deadline.set(self._route.until)


def _find_expiry(opened: Any) -> datetime | None:
    certificate = opened.getpeercert() if isinstance(opened, ssl.SSLSocket) else None
    not_after = (certificate or {}).get("notAfter")
    if not isinstance(not_after, str):
        return None
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(not_after), tz=UTC)
