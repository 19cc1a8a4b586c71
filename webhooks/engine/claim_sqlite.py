"""The claim on SQLite: look without a lock, then one conditional update."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from webhooks.engine.claim_sql import COLUMNS, LEASE_MARGIN_SECONDS, NOW, VERSION
from webhooks.engine.database import Row, list_of, read_id, run

if TYPE_CHECKING:
    from webhooks.engine.claim import Room

#: A longer write makes a receiver wait.
MAX_BATCH = 100

_WAITING = """
WITH RECURSIVE waiting(id) AS (
    SELECT min(destination_id) FROM webhooks_delivery
     WHERE status = 'pending' AND destination_id > %(after)s
    UNION ALL
    SELECT (SELECT min(x.destination_id) FROM webhooks_delivery x
             WHERE x.status = 'pending' AND x.destination_id > w.id)
      FROM waiting w WHERE w.id IS NOT NULL
)
SELECT d.id, d.max_in_flight FROM waiting w JOIN webhooks_destination d ON d.id = w.id
 WHERE d.enabled AND NOT d.is_gated AND d.timeout_seconds <= %(longest)s
"""

_QUEUE = f"""
SELECT id FROM webhooks_delivery
 WHERE destination_id = %(destination)s AND status = 'pending'
   AND priority = %(priority)s AND due_at <= {NOW} AND NOT is_suspect
 ORDER BY due_at LIMIT %(limit)s
"""  # noqa: S608  # constants only, here and below

_CLAIM = f"""
UPDATE webhooks_delivery
   SET status = 'sending', lease_owner = %(pump)s,
       due_at = strftime('%%Y-%%m-%%d %%H:%%M:%%f', {NOW}, (
           SELECT d.timeout_seconds + {LEASE_MARGIN_SECONDS}
             FROM webhooks_destination d WHERE d.id = destination_id) || ' seconds')
 WHERE status = 'pending' AND id IN (SELECT value FROM json_each(%(ids)s))
RETURNING {COLUMNS},
          (SELECT d.timeout_seconds FROM webhooks_destination d
            WHERE d.id = destination_id),
          (SELECT d.{VERSION} FROM webhooks_destination d WHERE d.id = destination_id)
"""  # noqa: S608


def claim(pump_id: UUID, room: Room) -> list[Row]:
    """Claim what fits; the rows are as `claim.read_claimed` takes them."""
    ids = _find_candidates(room)
    if not ids:
        return []
    return run(_CLAIM, {"pump": pump_id, "ids": list_of(ids)})


def _find_candidates(room: Room) -> list[int]:
    limit = min(room.limit, MAX_BATCH)
    waiting = run(
        _WAITING,
        {"after": room.after.replace("-", ""), "longest": room.longest_seconds},
    )
    ids: list[int] = []
    for destination_id, max_in_flight in waiting:
        free = max_in_flight - room.busy.get(read_id(destination_id), 0)
        for priority in (0, 1):
            wanted = min(free, limit - len(ids))
            if wanted <= 0:
                break
            parameters = {
                "destination": destination_id,
                "priority": priority,
                "limit": wanted,
            }
            found = [row[0] for row in run(_QUEUE, parameters)]
            ids += found
            free -= len(found)
        if len(ids) >= limit:
            break
    return ids
