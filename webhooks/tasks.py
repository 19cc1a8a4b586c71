"""What the worker runs."""

from __future__ import annotations

import dataclasses
import logging

from django.utils import timezone

from webhooks import actions
from webhooks.engine import doorbell
from webhooks.engine.pump import PumpRun

logger = logging.getLogger(__name__)


def deliver_due() -> dict[str, object]:
    """Deliver what is due for about 20 seconds, then call a successor.

    Run twice at the same time, the two share the work: claims are disjoint.
    """
    try:
        return dataclasses.asdict(PumpRun().run())
    except Exception:
        # A bug must not silence the product: say it, and have another pump started.
        logger.exception("pump failed")
        doorbell.start_pump()
        raise


def run_replay(replay_id: str) -> None:
    """Queue the deliveries of a replay; run twice, the two take turns."""
    actions.run_replay(replay_id)


def send_disabled_notice(destination_id: str, failure_count: int = 0) -> None:
    """Mail the Admins that a webhook was disabled; run twice, they get it twice."""
    actions.send_disabled_notice(
        destination_id, failure_count=failure_count, now=timezone.now()
    )
