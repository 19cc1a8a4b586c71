"""A real mail server on loopback that keeps what it gets and plays scripted replies."""

from __future__ import annotations

import base64
import email
import email.policy
import socket
import socketserver
import ssl
import threading
import time
from collections import defaultdict, deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tests.certificates import make_certificate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage
    from pathlib import Path

#: Instead of a reply: hold the connection, or close it.
HANG = "hang"
HANG_UP = "hang up"
_USUAL = {
    "CONNECT": "220 mail.example.com ready",
    "MAIL": "250 2.1.0 Ok",
    "RCPT": "250 2.1.5 Ok",
    "DATA": "354 End data with <CR><LF>.<CR><LF>",
    "BODY": "250 2.0.0 Ok: queued as 4F1",
    "RSET": "250 2.0.0 Ok",
    "QUIT": "221 2.0.0 Bye",
}


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as it came over the wire."""

    sender: str
    recipients: list[str]
    data: bytes

    @property
    def message(self) -> EmailMessage:
        return email.message_from_bytes(self.data, policy=email.policy.default)

    def part(self, subtype: str) -> str:
        body = self.message.get_body(preferencelist=(subtype,))
        assert body is not None
        return body.get_content()


class _Handler(socketserver.StreamRequestHandler):
    server: _Server

    def handle(self) -> None:
        with suppress(OSError, _Done):
            self.say("CONNECT")
            while line := self.rfile.readline():
                self.obey(line.decode().strip())

    def obey(self, line: str) -> None:
        verb, _, rest = line.partition(" ")
        obey = getattr(self, f"do_{verb.lower()}", None)
        if obey is not None:
            obey(rest)
        else:
            self.say("RSET")

    def do_starttls(self, _rest: str) -> None:
        self.write("220 Go ahead")
        tls = self.server.mailbox.tls
        assert tls is not None
        self.request = tls.wrap_socket(self.request, server_side=True)
        self.rfile, self.wfile = (self.request.makefile(m) for m in ("rb", "wb"))

    def do_mail(self, rest: str) -> None:
        self.sender, self.recipients = _address(rest), []
        self.say("MAIL")

    def do_rcpt(self, rest: str) -> None:
        if self.say("RCPT", _address(rest)).startswith("2"):
            self.recipients.append(_address(rest))

    def do_data(self, _rest: str) -> None:
        if self.say("DATA").startswith("3"):
            mail = Mail(self.sender, self.recipients, self.read_body())
            self.say("BODY", before=lambda: self.server.mailbox.keep(mail))

    def do_quit(self, _rest: str) -> None:
        self.say("QUIT")
        raise _Done

    def do_ehlo(self, _rest: str) -> None:
        mailbox = self.server.mailbox
        lines = ["mail.example.com", "SIZE 10240000", "8BITMIME"]
        if mailbox.login:
            lines.append("AUTH PLAIN")
        if mailbox.tls and not isinstance(self.request, ssl.SSLSocket):
            lines.append("STARTTLS")
        *first, last = lines
        self.write("\r\n".join([*(f"250-{each}" for each in first), f"250 {last}"]))

    def do_auth(self, rest: str) -> None:
        _, user, password = base64.b64decode(rest.split()[1]).decode().split("\0")
        if (user, password) == self.server.mailbox.login:
            self.write("235 2.7.0 Accepted")
        else:
            self.write("535 5.7.8 Bad credentials")

    def read_body(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b".") if line[:2] == b".." else line)
        return b"".join(lines)

    def say(self, verb: str, about: str = "", before: Any = None) -> str:
        mailbox = self.server.mailbox
        reply = mailbox.find_reply(verb, about)
        if reply == HANG:
            mailbox.closing.wait()
            raise _Done
        if before is not None and reply.startswith("2"):
            before()
        if reply == HANG_UP:
            raise _Done
        self.write(reply)
        return reply

    def write(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")
        self.wfile.flush()


class _Done(Exception):  # no error: the conversation is over
    pass


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = False  # so that server_close() waits for all of them
    allow_reuse_address = True
    request_queue_size = 100
    mailbox: Mailbox

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        self.mailbox.connections.append(connection)
        return connection, address


@dataclass(eq=False)
class Mailbox:
    """The server as a test sees it: `mails`, `play()`, `always()`, `port`."""

    login: tuple[str, str] | None = None  # user and password that are asked for
    tls: ssl.SSLContext | None = None  # offered by STARTTLS
    mails: list[Mail] = field(default_factory=list)
    connections: list[socket.socket] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._script: dict[str, deque[str]] = defaultdict(deque)
        self._always: dict[str, str] = {}
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.mailbox = self
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )
        self._thread.start()

    def play(self, verb: str, *replies: str) -> None:
        """Give the next commands of a verb these replies, in order."""
        self._script[verb].extend(replies)

    def always(self, verb: str, reply: str, *, about: str = "") -> None:
        """Give this reply when the script is empty, to all or about one address."""
        self._always[f"{verb} {about}".strip()] = reply

    def find_reply(self, verb: str, about: str) -> str:
        with self._lock:
            if self._script[verb]:
                return self._script[verb].popleft()
            named = self._always.get(f"{verb} {about}".strip())
            return named or self._always.get(verb) or _USUAL[verb]

    def keep(self, mail: Mail) -> None:
        with self._lock:
            self.mails.append(mail)

    def wait_for(self, count: int, seconds: float = 10) -> list[Mail]:
        """Return the mails as soon as there are so many; fail when too late."""
        ends = time.monotonic() + seconds
        while len(self.mails) < count and time.monotonic() < ends:
            time.sleep(0.01)
        assert len(self.mails) >= count, f"{len(self.mails)} of {count} mails"
        return list(self.mails)

    def close(self) -> None:
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        for connection in self.connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._server.server_close()


def _address(rest: str) -> str:
    return rest.partition("<")[2].partition(">")[0]


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Mailbox]:
    """A mail server that EMAIL_URL leads to, and that takes everything."""
    server = Mailbox()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.DEFAULT_FROM_EMAIL = "Signalpost <signalpost@example.com>"
    yield server
    server.close()


@pytest.fixture
def encrypted_mailbox(mailbox: Mailbox, settings: Any, tmp_path: Path) -> Mailbox:
    """The same with STARTTLS, by a certificate that nobody vouches for."""
    mailbox.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    mailbox.tls.load_cert_chain(*make_certificate(tmp_path))
    settings.EMAIL_USE_TLS = True
    return mailbox
