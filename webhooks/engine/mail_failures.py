"""Turn what a mail server said, or did not say, into words that help. Pure.

Sources: RFC 5321 section 4.2 (replies), RFC 3463 (enhanced codes such as 5.1.1).
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections.abc import Mapping
from typing import NamedTuple

from webhooks.engine.messages import Failure, HttpOutcome

#: In the answer of a mail that some addresses got and others did not.
REFUSED_HEADER = "Refused-Recipients"
#: The mailbox does not exist or takes nothing, whoever asks: asking again is useless.
_NO_SUCH_MAILBOX = frozenset({550, 551, 553})
#: Refused for who sends, from where or what, which the operator can change.
_POLICY = re.compile(r"\b5\.7\.\d+\b|relay|spam|authenticat", re.IGNORECASE)
_SETTING_HINT = "Check EMAIL_URL, and that the mail server is running."


class Reply(NamedTuple):
    """One answer of a mail server."""

    code: int
    text: str

    def __str__(self) -> str:
        return f"{self.code} {self.text}".strip()

    @property
    def is_final(self) -> bool:
        """Whether the address is no good, whatever else changes."""
        return self.code in _NO_SUCH_MAILBOX and not _POLICY.search(self.text)


def explain_recipients(refused: Mapping[str, Reply]) -> Failure:
    """Return why an e-mail was taken for none of its addresses.

    Args:
        refused: The addresses and what was said of each; not empty.
    """
    address, reply = next(iter(refused.items()))
    what = f"the address {address}"
    if len(refused) > 1:
        what = f"all {len(refused)} addresses, such as {address}"
    return Failure(
        code="smtp_refused",
        detail=f"The mail server refused {what}: {reply}",
        hint="Correct or remove the address."
        if reply.is_final
        else "Check that the mail server relays for this address, and its limits.",
        permanent=all(each.is_final for each in refused.values()),
    )


def find_left_out(outcome: HttpOutcome) -> Failure | None:
    """Return what to tell of a mail that some of its addresses did not get, or None.

    A delivery has arrived then, since sending it again would bring the others the same
    mail once more; a person who tries the settings wants to know.
    """
    left_out = outcome.header(REFUSED_HEADER)
    if left_out is None:
        return None
    return Failure(
        code="smtp_partly_refused",
        detail=f"The mail server refused some addresses: {left_out}. The others got "
        "the mail.",
        hint="Correct or remove these addresses; the answer shows what was said.",
    )


def explain_sender(reply: Reply) -> Failure:
    """Return why the mail server does not take mail from this installation."""
    return Failure(
        code="smtp_refused",
        detail=f"The mail server refused the sender: {reply}",
        hint="Let the mail server accept mail from Signalpost's address, or give it a "
        "user in EMAIL_URL.",
    )


def explain_content(reply: Reply) -> Failure:
    """Return why the mail server refused the message itself."""
    return Failure(
        code="smtp_refused",
        detail=f"The mail server refused the message: {reply}",
        hint="Look up this answer in the mail server's documentation and logs.",
    )


def explain_mail_error(
    error: OSError, *, place: str, connected: bool, seconds: float
) -> Failure:
    """Return why the conversation with the mail server failed.

    Args:
        error: What was raised; smtplib's errors are OSErrors too.
        place: Host and port of the mail server.
        connected: It had greeted us before.
        seconds: How long it was given.
    """
    if isinstance(error, smtplib.SMTPAuthenticationError):
        said = Reply(error.smtp_code, _decode(error.smtp_error))
        return _fail_auth(f"The mail server {place} refused the login: {said}")
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return _fail_unsupported(error, place)
    if isinstance(error, smtplib.SMTPResponseException):
        said = Reply(error.smtp_code, _decode(error.smtp_error))
        return Failure(
            code="smtp_refused",
            detail=f"The mail server {place} refused: {said}",
            hint="Look up this answer in the mail server's documentation and logs.",
        )
    if _is_timeout(error):
        return _fail_late(place, connected=connected, seconds=seconds)
    if isinstance(error, ssl.SSLError):
        return Failure(
            code="tls_failed",
            detail=f"No secure connection to the mail server {place}: {error}",
            hint="Check the certificate of the mail server, and the scheme of "
            "EMAIL_URL: smtp+tls for STARTTLS, smtp+ssl for TLS from the start.",
        )
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return Failure(
            code="connection_lost",
            detail=f"The mail server {place} closed the connection.",
            hint="Look into the logs of the mail server.",
        )
    return _fail_unreachable(error, place)


def _fail_auth(detail: str) -> Failure:
    return Failure(
        code="smtp_auth_failed",
        detail=detail,
        hint="Check user and password in EMAIL_URL; letters such as @ and / must be "
        "written as %40 and %2F there.",
    )


def _fail_unsupported(error: smtplib.SMTPNotSupportedError, place: str) -> Failure:
    if "AUTH" in str(error):
        return _fail_auth(f"The mail server {place} offers no login.")
    return Failure(
        code="tls_failed",
        detail=f"The mail server {place} does not offer what is needed: {error}",
        hint="Check the scheme and the port of EMAIL_URL: smtp+tls needs STARTTLS.",
    )


def _fail_late(place: str, *, connected: bool, seconds: float) -> Failure:
    if not connected:
        return Failure(
            code="smtp_unreachable",
            detail=f"The mail server {place} did not answer within {seconds:g} s.",
            hint=_SETTING_HINT,
        )
    return Failure(
        code="timeout",
        detail=f"The mail server {place} did not finish within {seconds:g} s.",
        hint="Look into the logs of the mail server. The message may have been sent "
        "all the same.",
    )


def _fail_unreachable(error: OSError, place: str) -> Failure:
    if isinstance(error, socket.gaierror):
        why = "its name was not found"
    elif isinstance(error, ConnectionRefusedError):
        why = "it refused the connection"
    elif isinstance(error, ConnectionError):
        why = "it closed the connection"
    else:
        why = error.strerror or str(error) or "no connection"
    return Failure(
        code="smtp_unreachable",
        detail=f"The mail server {place} cannot be reached: {why}.",
        hint=_SETTING_HINT,
    )


def _is_timeout(error: BaseException | None) -> bool:
    # smtplib reports a timeout while it reads as a lost connection.
    return isinstance(error, TimeoutError) or (
        isinstance(error, smtplib.SMTPServerDisconnected)
        and isinstance(error.__context__, TimeoutError)
    )


def _decode(text: bytes | str) -> str:
    decoded = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return " ".join(decoded.split())
