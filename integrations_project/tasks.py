"""Tasks that belong to no app."""

from __future__ import annotations

import logging

from django.core.management import call_command
from django.utils import timezone

from accounts.actions import clear_idempotent_requests
from accounts.limits import clear_request_counts

logger = logging.getLogger(__name__)


def tidy_up() -> None:
    """Drop what has run out: stored answers, counts and sessions.

    Running it twice is fine.
    """
    now = timezone.now()
    count = clear_idempotent_requests(now=now)
    clear_request_counts(now=now)
    call_command("clearsessions")
    logger.info("tidied idempotent_requests=%s", count)
