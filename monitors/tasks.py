"""What the worker runs for monitors."""

from __future__ import annotations

import dataclasses
import logging

from django.utils import timezone

from monitors.actions.retention import prune_runs
from monitors.runner import doorbell
from monitors.runner.turn import Turn

logger = logging.getLogger(__name__)


def run_due() -> dict[str, object]:
    """Run what is due for about 20 seconds, then call a successor.

    Run twice at the same time, the two share the work: claims are disjoint.
    """
    try:
        return dataclasses.asdict(Turn().run())
    except Exception:
        # A bug must not silence the product: say it, and have another one started.
        logger.exception("runner failed")
        doorbell.start_runner()
        raise


def tidy_runs() -> None:
    """Remove runs that nobody keeps any longer; running it twice is fine."""
    logger.info("tidied runs=%s", prune_runs(now=timezone.now()))
