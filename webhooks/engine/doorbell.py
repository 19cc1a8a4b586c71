"""Wake a pump, or have one started: the queue is only the doorbell.

What is to be sent is in the database, so a bell that is lost costs time, not
deliveries: the sweep rings again.
"""

from __future__ import annotations

from django.db import connection, transaction
from django.utils import timezone
from django_q.conf import Conf
from django_q.models import OrmQ
from django_q.tasks import async_task

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
    if Conf.ORM:
        # In a transaction the broker leaves our connection alone.
        with transaction.atomic(savepoint=False):
            if not is_call_waiting():
                async_task(TASK, cluster=CLUSTER)
        return
    # Another broker may be away; that must not undo what the caller commits.
    transaction.on_commit(lambda: _call(), robust=True)


def is_call_waiting() -> bool:
    """Whether a call for a pump is in the database's queue and nobody took it."""
    calls = OrmQ.objects.filter(key=CLUSTER, lock__lte=timezone.now())
    return bool(calls.exists())


def _call() -> None:
    async_task(TASK, cluster=CLUSTER)
