"""What a mail server said or did not say, in words; a table for each."""

from __future__ import annotations

import smtplib
import socket
import ssl

import pytest

from webhooks.engine.mail_failures import (
    Reply,
    explain_mail_error,
    explain_recipients,
)


def lose(cause):
    """Return the error that smtplib raises when reading ends like this."""
    try:
        try:
            raise cause
        except OSError:
            message = "Connection unexpectedly closed"
            raise smtplib.SMTPServerDisconnected(message)  # noqa: B904
    except OSError as error:
        return error


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (socket.gaierror(-2, "Name"), "smtp_unreachable", "its name was not found"),
        (ConnectionRefusedError(), "smtp_unreachable", "refused the connection"),
        (ConnectionResetError(), "smtp_unreachable", "closed the connection"),
        (OSError(113, "No route to host"), "smtp_unreachable", "No route to host"),
        (TimeoutError(), "smtp_unreachable", "did not answer within 5 s"),
        (smtplib.SMTPConnectError(554, b"No"), "smtp_refused", "554 No"),
        (smtplib.SMTPHeloError(501, b"Bad"), "smtp_refused", "501 Bad"),
        (smtplib.SMTPAuthenticationError(535, b"No"), "smtp_auth_failed", "535 No"),
        (
            smtplib.SMTPNotSupportedError("SMTP AUTH extension not supported"),
            "smtp_auth_failed",
            "offers no login",
        ),
        (
            smtplib.SMTPNotSupportedError("STARTTLS extension not supported"),
            "tls_failed",
            "STARTTLS",
        ),
        (ssl.SSLCertVerificationError("self-signed"), "tls_failed", "self-signed"),
        (lose(ConnectionResetError()), "connection_lost", "closed the connection"),
    ],
)
def test_error_is_explained(error, code, words):
    failure = explain_mail_error(
        error, place="mail.example.com:587", connected=False, seconds=5.0
    )

    assert failure.code == code
    assert words in failure.detail
    assert "mail.example.com:587" in failure.detail
    assert failure.hint
    assert not failure.permanent


@pytest.mark.parametrize("error", [TimeoutError(), lose(TimeoutError())])
def test_slow_server_may_have_sent(error):
    failure = explain_mail_error(error, place="mail:25", connected=True, seconds=5.0)

    assert failure.code == "timeout"
    assert "may have been sent" in failure.hint


@pytest.mark.parametrize(
    ("replies", "is_permanent"),
    [
        pytest.param(["550 5.1.1 No such user"], True, id="unknown"),
        pytest.param(["550 No such user"], True, id="without-enhanced-code"),
        pytest.param(["553 5.1.3 Bad address"], True, id="bad-address"),
        pytest.param(["550 5.7.1 Not allowed"], False, id="policy"),
        pytest.param(["550 Relay access denied"], False, id="relay"),
        pytest.param(["550 Authentication required"], False, id="login-wanted"),
        pytest.param(["554 5.7.1 Spam"], False, id="spam"),
        pytest.param(["452 4.2.2 Mailbox full"], False, id="full"),
        pytest.param(["550 5.1.1 No", "450 Later"], False, id="one-later"),
        pytest.param(["550 5.1.1 No", "551 Moved"], True, id="both-unknown"),
    ],
)
def test_only_unknown_mailboxes_are_given_up(replies, is_permanent):
    refused = {
        f"user{number}@example.com": Reply(int(text[:3]), text[4:])
        for number, text in enumerate(replies)
    }

    failure = explain_recipients(refused)

    assert failure.permanent is is_permanent
    assert replies[0] in failure.detail
