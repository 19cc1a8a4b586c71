"""Tasks that belong to no app."""

from __future__ import annotations

import logging

from django.core.management import call_command
from django.utils import timezone

from accounts.actions import clear_idempotent_requests

logger = logging.getLogger(__name__)


def tidy_up() -> None:
    """Drop what has run out: stored answers and sessions. Running it twice is fine."""
    count = clear_idempotent_requests(now=timezone.now())
    call_command("clearsessions")
    logger.info("tidied idempotent_requests=%s", count)
