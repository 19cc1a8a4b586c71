"""The claim on PostgreSQL: one statement, whose cost does not grow with the backlog."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from uuid import UUID

from webhooks.engine.claim_sql import BUSY, COLUMNS, LEASE_MARGIN_SECONDS, VERSION
from webhooks.engine.database import Row
from webhooks.engine.while_sending import run_while_sending

if TYPE_CHECKING:
    from webhooks.engine.claim import Room


def _queue(priority: int) -> str:
    # One destination's due rows of one priority: a range of the partial index.
    return f"""
        SELECT q{priority}.id FROM (
            SELECT x.id FROM webhooks_delivery x
             WHERE x.destination_id = d.id AND x.status = 'pending'
               AND x.priority = {priority} AND x.due_at <= statement_timestamp()
               AND NOT x.is_suspect
             ORDER BY x.due_at LIMIT d.free FOR UPDATE SKIP LOCKED) q{priority}"""  # noqa: S608


# `waiting` hops from destination to destination over the index instead of reading
# its rows; the order by all columns of that index keeps the planner from taking the
# history's. OFFSET 0 keeps it from turning the hop into a join over all destinations.
# The outer LIMIT stops the hopping.
_CLAIM = f"""
WITH RECURSIVE waiting(id) AS (
    (SELECT x.destination_id FROM webhooks_delivery x
      WHERE x.status = 'pending' AND x.destination_id > %(after)s::uuid
      ORDER BY x.destination_id, x.priority, x.due_at LIMIT 1)
    UNION ALL
    SELECT (SELECT x.destination_id FROM webhooks_delivery x
             WHERE x.status = 'pending' AND x.destination_id > w.id
             ORDER BY x.destination_id, x.priority, x.due_at LIMIT 1)
      FROM waiting w WHERE w.id IS NOT NULL
), picked AS (
    SELECT c.id, d.timeout_seconds, d.version
      FROM waiting w
     CROSS JOIN LATERAL (
           SELECT t.id, t.timeout_seconds, t.{VERSION} AS version,
                  t.max_in_flight - {BUSY} AS free
             FROM webhooks_destination t
            WHERE t.id = w.id AND t.enabled AND NOT t.is_gated
              AND t.timeout_seconds <= %(longest)s
           OFFSET 0) d
     CROSS JOIN LATERAL (
           SELECT u.id FROM ({_queue(0)} UNION ALL {_queue(1)}) u LIMIT d.free) c
     WHERE d.free > 0
     LIMIT %(limit)s
)
UPDATE webhooks_delivery y
   SET status = 'sending', lease_owner = %(pump)s,
       due_at = statement_timestamp()
                + (p.timeout_seconds + {LEASE_MARGIN_SECONDS}) * interval '1 second'
  FROM picked p WHERE y.id = p.id
RETURNING {", ".join(f"y.{name.strip()}" for name in COLUMNS.split(","))},
          p.timeout_seconds, p.version
"""  # noqa: S608  # constants only


def claim(pump_id: UUID, room: Room) -> list[Row]:
    """Claim what fits; the rows are as `claim.read_claimed` takes them."""
    parameters = {
        "pump": pump_id,
        "limit": room.limit,
        "longest": room.longest_seconds,
        "after": room.after,
        "busy": json.dumps(room.busy),
    }
    return run_while_sending(_CLAIM, parameters)
