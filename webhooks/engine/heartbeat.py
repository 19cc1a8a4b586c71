"""The pumps' signs of life: one row a pump, by the database's clock.

`serve`, `/readyz` and the doorbell ask here.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from django.db import connection

from integrations_project.lib.clock import database_now
from webhooks.models import Pump
from webhooks.models.resident import ResidentQuerySet

_OLDEST_DUE = """
WITH RECURSIVE waiting(id) AS (
    SELECT * FROM (SELECT destination_id FROM webhooks_delivery
                    WHERE status = 'pending' ORDER BY destination_id LIMIT 1) first
    UNION ALL
    SELECT (SELECT x.destination_id FROM webhooks_delivery x
             WHERE x.status = 'pending' AND x.destination_id > w.id
             ORDER BY x.destination_id LIMIT 1)
      FROM waiting w WHERE w.id IS NOT NULL
)
SELECT min(due_at) FROM (
    SELECT (SELECT min(x.due_at) FROM webhooks_delivery x
             WHERE x.destination_id = w.id AND x.status = 'pending'
               AND x.priority = p.priority) AS due_at
      FROM waiting w
      JOIN webhooks_destination d ON d.id = w.id AND d.enabled AND NOT d.is_gated
     CROSS JOIN (SELECT 0 AS priority UNION ALL SELECT 1) p) dues
"""


def fresh_pumps() -> ResidentQuerySet:
    """Return the pumps that are alive, those that are handing over included."""
    return Pump.objects.fresh()


def is_pump_fresh() -> bool:
    """Whether a pump is alive that takes new work."""
    return Pump.objects.takers().exists()


def ask_pumps_to_stop(*, process_ids: Collection[int] | None = None) -> int:
    """Ask the pumps of this host to give their work back and end within 8 s.

    Args:
        process_ids: Only those; None is every pump of this host.

    Returns:
        How many were asked.
    """
    return Pump.objects.ask_to_stop(process_ids)


def has_due_work() -> bool:
    """Whether a delivery waits that a pump could claim now."""
    return oldest_due_age() is not None


def oldest_due_age() -> timedelta | None:
    """Return for how long the oldest due delivery has been waiting; None: none is.

    What waits for its turn at a gate does not count: no worker could send it now.
    Hops from destination to destination over the index of what is due, so the cost
    follows their number and not the backlog.
    """
    with connection.cursor() as cursor:
        cursor.execute(_OLDEST_DUE)
        oldest = cursor.fetchone()[0]
    if oldest is None:
        return None
    if isinstance(oldest, str):
        oldest = datetime.fromisoformat(oldest).replace(tzinfo=UTC)
    age: timedelta = database_now() - oldest
    return age if age >= timedelta(0) else None


def last_progress_at() -> datetime | None:
    """Return when a pump last recorded something; None when there was no pump."""
    return (
        Pump.objects.order_by("-progress_at")
        .values_list("progress_at", flat=True)
        .first()
    )


def note_ended(process_ids: Collection[int]) -> int:
    """Take the pumps of these processes of this host for gone at once.

    For who knows that the processes are dead: the next pump then takes over their
    claims without waiting. Returns how many there were.
    """
    return Pump.objects.note_ended(process_ids)
