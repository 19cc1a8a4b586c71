"""Wake a pump, or have one started: the queue is only the doorbell.

What is to be sent is in the database, so a bell that is lost costs time, not
deliveries: the sweep rings again.
"""

from __future__ import annotations

from django.db import connection

from integrations_project.lib.calls import call_resident
from webhooks.engine import heartbeat

CHANNEL = "signalpost_deliveries"
CLUSTER = "deliveries"
TASK = "webhooks.tasks.deliver_due"


def ring() -> None:
    """Tell the pumps that there is work, and have one started if there is none.

    Takes part in the caller's transaction: nobody hears it before the commit.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"NOTIFY {CHANNEL}")
    if not heartbeat.is_pump_fresh():
        start_pump()


def sweep() -> bool:
    """Have a pump started if none is alive, whatever became of the bell.

    Returns:
        Whether one was called.
    """
    if heartbeat.is_pump_fresh():
        return False
    start_pump()
    return True


def start_pump() -> None:
    """Put one call for a pump into the queue, unless one waits there already."""
    call_resident(TASK, cluster=CLUSTER)
