"""What the worker does for receivers."""

from __future__ import annotations

import logging
from datetime import datetime

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


def sweep_verifying() -> None:
    """Queue again what waits for a proof and was lost; runs every minute."""
    count = actions.sweep_verifying(now=timezone.now())
    if count:
        logger.warning("receipts unverified queued=%s", count)


def tell_of_overload() -> None:
    """Have the Admins told of requests that are turned away; runs every minute."""
    count = actions.tell_of_overload(now=timezone.now())
    if count:
        logger.info("receivers overloaded told=%s", count)


def send_overload_notice(
    receiver_id: str, told_at: str, failure_count: int = 0
) -> None:
    """Mail the Admins about one receiver; run twice, they get it twice."""
    actions.send_overload_notice(
        receiver_id,
        told_at=datetime.fromisoformat(told_at),
        failure_count=failure_count,
        now=timezone.now(),
    )
