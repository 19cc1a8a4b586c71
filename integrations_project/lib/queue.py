"""Put a task into the queue together with what the caller writes, now or for later."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django_q.conf import Conf
from django_q.models import Schedule
from django_q.tasks import async_task, schedule

DEFAULT_CLUSTER = "default"
_MAX_NAME = 100


def queue_task(task: str, *arguments: str, cluster: str = DEFAULT_CLUSTER) -> None:
    """Put a task into the queue, in the caller's transaction.

    Args:
        task: Its dotted path.
        arguments: What it is called with.
        cluster: Whose workers run it.
    """
    if Conf.ORM:
        # In a transaction the broker leaves our connection alone.
        with transaction.atomic(savepoint=False):
            async_task(task, *arguments, cluster=cluster)
        return
    # Another broker may be away; that must not undo what the caller commits.
    transaction.on_commit(
        lambda: async_task(task, *arguments, cluster=cluster), robust=True
    )


def try_later(
    task: str,
    *arguments: str,
    failure_count: int,
    waits: Sequence[timedelta],
    name: str,
    now: datetime,
) -> bool:
    """Call a task once more after a wait; it is told how often it has failed.

    Args:
        task: Its dotted path.
        arguments: What it was called with, without the count of failures, which
            is handed over last.
        failure_count: How often it had failed before this time.
        waits: How long to wait after the first failure, the second, and so on.
        name: What the schedule is called.
        now: The time from which the wait is counted.

    Returns:
        Whether it is tried again; False when the waits are used up.
    """
    if failure_count >= len(waits):
        return False
    schedule(
        task,
        *arguments,
        failure_count + 1,
        name=name[:_MAX_NAME],
        schedule_type=Schedule.ONCE,
        next_run=now + waits[failure_count],
        cluster=DEFAULT_CLUSTER,
    )
    return True
