"""What the worker does for the domain."""

from __future__ import annotations

import logging

from django.utils import timezone

from alerts import actions
from integrations_project.lib.clock import database_now

logger = logging.getLogger(__name__)


def escalate() -> None:
    """Tell the next of those whose incidents nobody takes; runs every minute.

    Two runs at the same time take each step once.
    """
    count = actions.take_due_steps(now=database_now())
    if count:
        logger.info("escalation steps taken count=%s", count)


def roll_up_uptime() -> None:
    """Store the days that are over; every minute, and twice stores the same."""
    count = actions.roll_up_uptime(now=database_now())
    if count:
        logger.info("uptime rolled up services=%s", count)


def watch_budgets() -> None:
    """Tell of error budgets that burn fast, once each; runs every minute."""
    count = actions.watch_budgets(now=database_now())
    if count:
        logger.info("budgets burning told=%s", count)


def send_confirmation(subscriber_id: str, failure_count: int = 0) -> None:
    """Ask somebody whether they want to follow a page; run twice, they get it twice."""
    actions.send_confirmation(
        subscriber_id, failure_count=failure_count, now=timezone.now()
    )


def forget_unconfirmed() -> None:
    """Forget who never confirmed that they want to follow a page; runs daily."""
    count = actions.forget_unconfirmed(now=database_now())
    if count:
        logger.info("unconfirmed subscribers forgotten count=%s", count)


def send_reminders() -> None:
    """Tell again what is still bad, where rules ask for it; runs every minute.

    Two runs at the same time send each reminder once.
    """
    count = actions.send_reminders(now=database_now())
    if count:
        logger.info("reminders sent count=%s", count)


def run_windows() -> None:
    """Begin and end silences and maintenance windows; runs every minute.

    Two runs at the same time begin and end each once; after a pause, what is over is
    not begun, and what was on is ended.
    """
    count = actions.run_windows(now=database_now())
    if count:
        logger.info("windows begun or ended count=%s", count)
