"""A receiver's token never reaches the log."""

from __future__ import annotations

import logging

from integrations_project.lib.log_redaction import RedactTokens


def redact(message, *args):
    record = logging.LogRecord("django", logging.WARNING, "", 0, message, args, None)
    assert RedactTokens().filter(record)
    return record.getMessage()


def test_token_in_arguments_is_masked():
    said = redact("Bad Request: %s", "/api/webhooks/incoming/" + "a1" * 32)
    assert said == "Bad Request: /api/webhooks/incoming/***"


def test_other_messages_stay_as_they_are():
    assert redact("delivery sent id=%s", 7) == "delivery sent id=7"
