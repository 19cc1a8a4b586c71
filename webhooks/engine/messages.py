"""The values that go into the transport and come out of it.

Named tuples where there is one a request: a frozen dataclass costs three times
as much to make, which shows at ten thousand a second. Make them by keyword.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple, Protocol

from integrations_project.lib.http_failures import Failure
from webhooks.engine.credentials import ClientCertificate, OAuth2Client

__all__ = [
    "KEPT_BODY_BYTES",
    "Courier",
    "Failure",
    "HttpOutcome",
    "HttpRequest",
    "Timings",
]

#: What is kept of an answer's body; the rest is read (up to a limit) and dropped.
KEPT_BODY_BYTES = 16 * 1024


class Courier(Protocol):
    """Takes a message where libcurl does not go: a mail server, a chat service."""

    @property
    def lane(self) -> str:
        """The server that it leads to; what hangs there holds up no other's."""

    @property
    def fixed_headers(self) -> Sequence[tuple[str, str]]:
        """The headers that are the same for every message."""

    def list_headers(self, message_id: str) -> list[tuple[str, str]]:
        """Return the further headers of one event: plain ASCII, without quotes."""

    def carry(self, request: HttpRequest) -> HttpOutcome:
        """Send and wait; called in a thread, so without the database.

        Never raises for what is in the request or what the other side does.
        """


class HttpRequest(NamedTuple):
    """One POST to send, complete to the byte; or what a courier is to carry."""

    key: Hashable  #: the caller's name for it; comes back in the outcome
    url: str
    headers: Sequence[
        tuple[str, str]
    ]  #: in wire order; only Host, Accept and length are added
    body: bytes
    timeout_seconds: float  #: absolute, from `start` to the answer's last byte
    connect_timeout_seconds: float = 10.0  #: name look-up, connect and TLS together
    courier: Courier | None = None  #: None: libcurl sends it
    oauth2: OAuth2Client | None = None  #: whose token goes along
    client_certificate: ClientCertificate | None = None  #: for the TLS handshake


class Timings(NamedTuple):
    """When each step was over, in milliseconds from the start of the request.

    The values are cumulative. A step that did not happen (a kept-alive
    connection needs no look-up and no connect, plain http no TLS) is 0.
    """

    dns_ms: float = 0.0
    connect_ms: float = 0.0
    tls_ms: float = 0.0
    first_byte_ms: float = 0.0
    total_ms: float = 0.0

    def as_dict(self) -> dict[str, float]:
        """Return the five figures as the API and the attempt row carry them."""
        return self._asdict()

    def delayed_by(self, wait_ms: float) -> Timings:
        """Return the same with every step that happened so much later.

        For what went before libcurl's own clock started: the look-up.
        """
        steps = (self.connect_ms, self.tls_ms, self.first_byte_ms, self.total_ms)
        return Timings(
            self.dns_ms + wait_ms, *(step and step + wait_ms for step in steps)
        )


class HttpOutcome(NamedTuple):
    """What became of one request; ``error`` is None for any complete 2xx."""

    key: Hashable
    started_at: float  #: seconds since the epoch, when `start` was called
    duration_ms: int
    status_code: int | None = None  #: None when no status line arrived
    response_headers: tuple[tuple[str, str], ...] = ()  #: unredacted, in wire order
    response_body: bytes = b""  #: at most KEPT_BODY_BYTES
    response_truncated: bool = False  #: the body was longer than what is kept
    timings: Timings = Timings()
    remote_address: str | None = None  #: the address that was connected to
    error: Failure | None = None

    @property
    def ok(self) -> bool:
        """Tell whether the request was answered with a complete 2xx."""
        return self.error is None

    def header(self, name: str) -> str | None:
        """Return the first answer header of that name, in any case, or None."""
        wanted = name.lower()
        for header_name, value in self.response_headers:
            if header_name.lower() == wanted:
                return value
        return None
