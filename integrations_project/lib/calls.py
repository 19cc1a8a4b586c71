"""Call for a task that stays: put one call into the queue of its cluster.

The queue is only the doorbell. What is to be done is in the database, so a call that
is lost costs time and no work: the lookout calls again.
"""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django_q.conf import Conf
from django_q.models import OrmQ
from django_q.tasks import async_task


def call_resident(task: str, *, cluster: str) -> None:
    """Put one call into a cluster's queue, unless one waits there already.

    Takes part in the caller's transaction: nobody hears it before the commit.
    """
    if Conf.ORM:
        # In a transaction the broker leaves our connection alone.
        with transaction.atomic(savepoint=False):
            if not is_call_waiting(cluster):
                async_task(task, cluster=cluster)
        return
    # Another broker may be away; that must not undo what the caller commits.
    transaction.on_commit(lambda: _call(task, cluster), robust=True)


def is_call_waiting(cluster: str) -> bool:
    """Whether a call is in the database's queue and nobody took it."""
    calls = OrmQ.objects.filter(key=cluster, lock__lte=timezone.now())
    return bool(calls.exists())


def _call(task: str, cluster: str) -> None:
    async_task(task, cluster=cluster)
