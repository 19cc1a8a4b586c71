"""Send a message by e-mail, and keep what the mail server said.

Goes through the backend that EMAIL_URL chose. With a mail server the conversation is
held here rather than by smtplib's `sendmail`, which would keep neither the replies nor
the addresses that were refused beside others that were not.

Source: RFC 5321; RFC 3834 for Auto-Submitted; RFC 8058 for List-Unsubscribe-Post.
"""

from __future__ import annotations

import hashlib
import smtplib
import time
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import Any, cast

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend as SmtpBackend
from django.core.mail.message import sanitize_address
from django.template.loader import render_to_string

from webhooks.engine.mail_failures import (
    REFUSED_HEADER,
    Reply,
    explain_content,
    explain_mail_error,
    explain_recipients,
    explain_sender,
)
from webhooks.engine.messages import Failure, HttpOutcome, HttpRequest, Timings
from webhooks.formats.message import read_message

UNSUBSCRIBE_HEADER = "List-Unsubscribe"
#: What is left for a polite end when everything is said.
QUIT_SECONDS = 2.0
_SYNTAX_OK = range(200, 300)
_ENCODING = "utf-8"
#: Where mail goes that reaches nobody, by backend.
_ELSEWHERE = {
    "console": "Printed to Signalpost's log and not sent: EMAIL_URL is consolemail://.",
    "filebased": "Written to a file and not sent: EMAIL_URL is filemail://.",
    "locmem": "Kept in memory and not sent: EMAIL_URL is memorymail://.",
    "dummy": "Dropped and not sent: EMAIL_URL is dummymail://.",
}
_SET_IT = "Set EMAIL_URL to a mail server to send e-mail."


@dataclass(frozen=True, slots=True)
class MailCourier:
    """Carries messages to addresses by e-mail."""

    recipients: tuple[str, ...]
    #: Ends it by one POST; not among the headers that are logged, whoever has it can
    #: use it.
    unsubscribe_url: str = ""

    @property
    def lane(self) -> str:
        """All mail goes to one server."""
        return "mail"

    @property
    def fixed_headers(self) -> tuple[tuple[str, str], ...]:
        """The headers that are the same for every mail."""
        return (
            ("From", settings.DEFAULT_FROM_EMAIL),
            ("To", ", ".join(self.recipients)),
            ("Auto-Submitted", "auto-generated"),
        )

    def list_headers(self, message_id: str) -> list[tuple[str, str]]:
        """Return the headers of one event: the same again when it is sent again."""
        readers = "\n".join(self.recipients)
        return [
            ("Message-ID", _name_message(message_id, about=readers)),
            ("X-Signalpost-Event", message_id),
        ]

    def carry(self, request: HttpRequest) -> HttpOutcome:
        """Send one mail to all addresses and wait for the server's answer."""
        exchange = _Exchange(time.time(), time.monotonic(), request)
        backend = get_connection(timeout=request.timeout_seconds)
        mail = self._build(request)
        try:
            if isinstance(backend, SmtpBackend):
                exchange.error = _converse(backend, mail, exchange)
            else:
                _hand_over(backend, mail, exchange)
        except OSError as error:
            exchange.code = _find_code(error)
            exchange.error = explain_mail_error(
                error,
                place=f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}",
                connected=bool(exchange.connect_ms),
                seconds=request.timeout_seconds,
            )
        return exchange.build_outcome()

    def _build(self, request: HttpRequest) -> EmailMultiAlternatives:
        message = read_message(request.body)
        context = {
            "message": message,
            "link": message.url if message.url.startswith("http") else "",
            "site_url": settings.SITE_URL,
            "unsubscribe_url": self.unsubscribe_url,
        }
        mail = EmailMultiAlternatives(
            subject=message.title,
            body=render_to_string("webhooks/mail/message.txt", context).strip() + "\n",
            to=list(self.recipients),
            headers={
                **{n: v for n, v in request.headers if n not in ("From", "To")},
                **_thread(message.url),
                **_offer_end(self.unsubscribe_url),
            },
        )
        html = render_to_string("webhooks/mail/message.html", context)
        mail.attach_alternative(html, "text/html")
        return mail


@dataclass(slots=True)
class _Exchange:
    """What has happened so far on the way to one outcome."""

    started_at: float
    begun: float  # the same on the monotonic clock
    request: HttpRequest
    connect_ms: float = 0.0
    reply_ms: float = 0.0
    code: int | None = None
    lines: list[str] = field(default_factory=list)
    refused: dict[str, Reply] = field(default_factory=dict)
    remote_address: str | None = None
    error: Failure | None = None

    @property
    def passed_ms(self) -> float:
        return round((time.monotonic() - self.begun) * 1000, 3)

    @property
    def remaining_seconds(self) -> float:
        return max(0.1, self.request.timeout_seconds - self.passed_ms / 1000)

    def note(self, said: str, reply: Reply) -> Reply:
        self.code = reply.code if reply.code > 0 else None  # -1: it was no reply
        self.reply_ms = self.passed_ms
        self.lines.append(f"{said}: {reply}")
        return reply

    def build_outcome(self) -> HttpOutcome:
        headers: tuple[tuple[str, str], ...] = ()
        if self.refused and self.error is None:
            headers = ((REFUSED_HEADER, ", ".join(self.refused)),)
        total_ms = self.passed_ms
        return HttpOutcome(
            key=self.request.key,
            started_at=self.started_at,
            duration_ms=round(total_ms),
            status_code=self.code,
            response_headers=headers,
            response_body="\n".join(self.lines).encode()[:16_384],
            timings=Timings(
                connect_ms=self.connect_ms,
                first_byte_ms=self.reply_ms,
                total_ms=total_ms,
            ),
            remote_address=self.remote_address,
            error=self.error,
        )


def _converse(
    backend: SmtpBackend, mail: EmailMultiAlternatives, exchange: _Exchange
) -> Failure | None:
    """Hold the conversation with a mail server; returns why the mail was not taken."""
    message: Any = mail.message()  # Django's own class, which knows `linesep`
    data = message.as_bytes(linesep="\r\n")
    try:
        backend.open()
        smtp = cast("smtplib.SMTP", backend.connection)
        exchange.connect_ms = exchange.passed_ms
        assert smtp.sock is not None
        exchange.remote_address = str(smtp.sock.getpeername()[0])
        return _talk(smtp, mail.to, data, exchange)
    finally:
        connection: Any = backend.connection
        if connection is not None and connection.sock is not None:
            connection.sock.settimeout(QUIT_SECONDS)
        with suppress(OSError):
            backend.close()


def _talk(
    smtp: smtplib.SMTP, recipients: list[str], data: bytes, exchange: _Exchange
) -> Failure | None:
    sender = sanitize_address(_sender_address(), _ENCODING)
    _pace(smtp, exchange)
    smtp.ehlo_or_helo_if_needed()
    _pace(smtp, exchange)
    options = [f"size={len(data)}"] if smtp.has_extn("size") else []
    if smtp.has_extn("8bitmime"):
        options.append("body=8bitmime")
    reply = exchange.note("Sender", _read(smtp.mail(sender, options)))
    if reply.code not in _SYNTAX_OK:
        return explain_sender(reply)
    for address in recipients:
        _pace(smtp, exchange)
        answer = _read(smtp.rcpt(sanitize_address(address, _ENCODING)))
        if exchange.note(address, answer).code not in _SYNTAX_OK:
            exchange.refused[address] = answer
    if len(exchange.refused) == len(recipients):
        return explain_recipients(exchange.refused)
    _pace(smtp, exchange)
    try:
        reply = exchange.note("Message", _read(smtp.data(data)))
    except smtplib.SMTPDataError as error:
        reply = exchange.note("Message", _read((error.smtp_code, error.smtp_error)))
    return None if reply.code in _SYNTAX_OK else explain_content(reply)


def _pace(smtp: smtplib.SMTP, exchange: _Exchange) -> None:
    """Leave the next step the time that is left."""
    if smtp.sock is not None:
        smtp.sock.settimeout(exchange.remaining_seconds)


def _read(answer: tuple[int, bytes | str]) -> Reply:
    code, text = answer
    shown = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return Reply(code, " ".join(shown.split())[:500])


def _hand_over(
    backend: BaseEmailBackend, mail: EmailMultiAlternatives, exchange: _Exchange
) -> None:
    backend.send_messages([mail])
    module = type(backend).__module__.rpartition(".")[2]
    where = _ELSEWHERE.get(module)
    exchange.reply_ms = exchange.passed_ms
    exchange.lines.append(
        f"{where} {_SET_IT}" if where else f"Handed over to {settings.EMAIL_BACKEND}."
    )


def _thread(url: str) -> dict[str, str]:
    """Let mail programs show mails about the same thing, an incident, together."""
    return {"References": _name_message("thread", about=url)} if url else {}


def _offer_end(url: str) -> dict[str, str]:
    """Let mail programs unsubscribe with one click. Source: RFC 8058."""
    if not url:
        return {}
    return {
        UNSUBSCRIBE_HEADER: f"<{url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def _name_message(name: str, *, about: str) -> str:
    digest = hashlib.sha256(about.encode()).hexdigest()[:16]
    domain = _sender_address().rpartition("@")[2] or "localhost"
    return f"<{name}.{digest}@{domain}>"


def _find_code(error: OSError) -> int | None:
    if isinstance(error, smtplib.SMTPResponseException) and error.smtp_code > 0:
        return error.smtp_code
    return None


def _sender_address() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
