"""Keeps receivers' tokens out of the log: a token in a URL is a secret."""

from __future__ import annotations

import logging
import re

TOKEN_IN_PATH = re.compile(r"(/api/webhooks/incoming/)[A-Za-z0-9]{5,}")


class RedactTokens(logging.Filter):
    """Masks the token wherever a message or its arguments name a receiver's URL."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record in place; every record goes on."""
        message = record.getMessage()
        if "/api/webhooks/incoming/" in message:
            record.msg, record.args = TOKEN_IN_PATH.sub(r"\1***", message), None
        return True
