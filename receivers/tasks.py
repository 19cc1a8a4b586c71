"""What the worker does for receivers."""

from __future__ import annotations

import logging

from django.utils import timezone

from receivers import actions

logger = logging.getLogger(__name__)


def verify_sns(receipt_id: str, tries: int = 0) -> None:
    """Verify a message of Amazon SNS; run twice, the second finds it settled."""
    actions.verify_receipt(receipt_id, tries=tries)


def watch_silence() -> None:
    """Speak for receivers that fell silent; runs every minute."""
    count = actions.watch_silence(now=timezone.now())
    if count:
        logger.info("receivers silent or heard again count=%s", count)
