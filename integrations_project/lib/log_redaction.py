"""Keeps out of the log what is secret, what forges a line, and needless traces."""

from __future__ import annotations

import logging
import re

from django.core.exceptions import PermissionDenied

TOKEN_IN_PATH = re.compile(r"(/api/webhooks/incoming/)[A-Za-z0-9]{5,}")
#: Of a link in a message, which lets whoever has it respond to an incident.
LINK_IN_PATH = re.compile(r"(/respond/)[A-Za-z0-9_.:%-]{5,}")


class RedactTokens(logging.Filter):
    """Masks the token wherever a message or its arguments name an address with one."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record in place; every record goes on."""
        message = record.getMessage()
        if "/api/webhooks/incoming/" in message:
            message = TOKEN_IN_PATH.sub(r"\1***", message)
            record.msg, record.args = message, None
        if "/respond/" in message:
            record.msg, record.args = LINK_IN_PATH.sub(r"\1***", message), None
        return True


class EscapeControls(logging.Filter):
    """Writes line breaks and control characters as escapes: one event, one line.

    Labels, addresses and errors hold what outsiders chose.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record in place; every record goes on."""
        message = record.getMessage()
        if not message.isprintable():
            record.msg, record.args = "".join(map(_escape, message)), None
        return True


class DropRefusalTraces(logging.Filter):
    """Takes the traceback off a refusal: a person may not do that, nothing broke."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record in place; every record goes on."""
        error = record.exc_info[1] if record.exc_info else None
        if record.levelno < logging.ERROR and isinstance(error, PermissionDenied):
            record.exc_info = record.exc_text = None
        return True


def _escape(character: str) -> str:
    if character.isprintable():
        return character
    return character.encode("unicode_escape").decode()
