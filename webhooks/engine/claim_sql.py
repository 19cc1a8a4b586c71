"""The statements about claims that both databases share, but for a few words."""

from __future__ import annotations

from webhooks.engine.database import is_postgresql

#: A lease lasts as long as the request may, and this much more.
LEASE_MARGIN_SECONDS = 15

if is_postgresql():
    NOW = "statement_timestamp()"
    IN_LIST = "= ANY(%(ids)s::bigint[])"
    SKIP_LOCKED = "FOR UPDATE SKIP LOCKED"
    # An array is made once; IN with a locking subquery may run it for every row.
    AMONG, AMONG_ENDS = "= ANY(ARRAY(", "))"
    LOCK_DELIVERY = "FOR UPDATE OF y SKIP LOCKED"
    # Requests that this pump has on the way to a destination `t`.
    BUSY = "COALESCE((%(busy)s::jsonb ->> t.id::text)::int, 0)"
else:
    NOW = "%(now)s"
    IN_LIST = "IN (SELECT value FROM json_each(%(ids)s))"
    SKIP_LOCKED = ""
    AMONG, AMONG_ENDS = "IN (", ")"
    LOCK_DELIVERY = ""
    BUSY = "COALESCE((SELECT value FROM json_each(%(busy)s) WHERE key = t.id), 0)"


def shift(seconds: str) -> str:
    """Return the SQL for the time so many seconds from now; may be negative."""
    if is_postgresql():
        return f"{NOW} + ({seconds}) * interval '1 second'"
    return f"strftime('%%Y-%%m-%%d %%H:%%M:%%f', {NOW}, ({seconds}) || ' seconds')"


#: Ids as text: that is how they are needed, and UUID objects cost more than sending.
COLUMNS = (
    "id, destination_id{text}, event_id{text}, payload_id, attempt_count, is_manual, "
    "is_last_attempt, delivered_at"
).format(text="::text" if is_postgresql() else "")

#: When a destination was last changed, as text: a claim says it to the pump's memory.
VERSION = f"updated_at{'::text' if is_postgresql() else ''}"

# A handful of rows, or as many as were on the way when a pump was killed: at most as
# many a destination as it has free places, the oldest first.
CLAIM_SUSPECTS = f"""
UPDATE webhooks_delivery
   SET status = 'sending', lease_owner = %(pump)s,
       due_at = {shift(str(30 + LEASE_MARGIN_SECONDS))}
 WHERE status = 'pending' AND id {AMONG}
       SELECT y.id FROM webhooks_delivery y JOIN (
              SELECT x.id, t.max_in_flight - {BUSY} AS free, row_number() OVER (
                         PARTITION BY x.destination_id ORDER BY x.due_at, x.id) AS place
                FROM webhooks_delivery x
                JOIN webhooks_destination t ON t.id = x.destination_id
               WHERE x.status = 'pending' AND x.is_suspect AND x.due_at <= {NOW}
                 AND t.enabled AND NOT t.is_gated) r
           ON r.id = y.id AND r.place <= r.free
        WHERE y.status = 'pending'
        ORDER BY y.due_at LIMIT %(limit)s {LOCK_DELIVERY}{AMONG_ENDS}
RETURNING {COLUMNS}, 30,
          (SELECT d.{VERSION} FROM webhooks_destination d WHERE d.id = destination_id)
"""  # noqa: S608  # constants only, here and below

GIVE_BACK = f"""
UPDATE webhooks_delivery
   SET status = 'pending', due_at = {NOW}, lease_owner = NULL
 WHERE status = 'sending' AND lease_owner = %(pump)s AND id {IN_LIST}
RETURNING id
"""  # noqa: S608

GIVE_BACK_UNKNOWN = f"""
UPDATE webhooks_delivery
   SET status = 'pending', due_at = {NOW}, lease_owner = NULL
 WHERE status = 'sending' AND lease_owner = %(pump)s AND NOT id {IN_LIST}
RETURNING id
"""  # noqa: S608

DEFER = f"""
UPDATE webhooks_delivery
   SET status = 'pending', due_at = {shift("%(seconds)s")}, lease_owner = NULL,
       last_error_code = 'internal', last_error = %(error)s
 WHERE status = 'sending' AND lease_owner = %(pump)s AND id {IN_LIST}
RETURNING id
"""  # noqa: S608

TAKE_BACK_LOST = f"""
UPDATE webhooks_delivery
   SET status = 'pending', due_at = {NOW}, lease_owner = NULL, is_suspect = TRUE
 WHERE status = 'sending' AND id {AMONG}
       SELECT x.id FROM webhooks_delivery x
        WHERE x.status = 'sending'
          AND (x.due_at < {NOW} OR NOT EXISTS (
               SELECT 1 FROM webhooks_pump p
                WHERE p.id = x.lease_owner AND p.finished_at IS NULL
                  AND p.beat_at > {shift("-%(gone)s")}))
        {SKIP_LOCKED}{AMONG_ENDS}
RETURNING id
"""  # noqa: S608

LOST_ALONE = f"""
UPDATE webhooks_delivery
   SET lost_alone_count = lost_alone_count + 1, is_suspect = TRUE, lease_owner = NULL,
       due_at = {shift("5 * (lost_alone_count + 1)")},
       status = CASE WHEN lost_alone_count + 1 < %(max)s THEN 'pending'
                     WHEN delivered_at IS NOT NULL THEN 'delivered'
                     ELSE 'failed' END,
       reason = CASE WHEN lost_alone_count + 1 >= %(max)s THEN %(reason)s
                     ELSE '' END
 WHERE status = 'sending' AND lease_owner = %(pump)s AND id = %(id)s
RETURNING id
"""  # noqa: S608

SKIP_DISABLED = """
UPDATE webhooks_delivery
   SET status = CASE WHEN delivered_at IS NULL THEN 'skipped' ELSE 'delivered' END,
       reason = %(reason)s
 WHERE status = 'pending'
   AND destination_id IN (SELECT id FROM webhooks_destination WHERE NOT enabled)
RETURNING id
"""
