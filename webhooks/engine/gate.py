"""Claims for destinations that have to wait their turn: a rate limit, a breaker.

The ordinary claim leaves them out, so that their backlog costs it nothing. Here
their row is locked for a moment, what may start now is claimed, and the row says
when the next may start: so the limit holds over all pumps.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from integrations_project.lib.clock import database_now
from webhooks.engine.claim import Claimed, Room, dump_busy, read_claimed
from webhooks.engine.claim_sql import (
    BUSY,
    COLUMNS,
    IN_LIST,
    LEASE_MARGIN_SECONDS,
    NOW,
    SKIP_LOCKED,
    VERSION,
    shift,
)
from webhooks.engine.database import Row, is_postgresql, list_of, read_id, run
from webhooks.models import Destination
from webhooks.pacing import find_slots

#: Destinations that are served by one look; the next look takes the next ones.
MAX_DESTINATIONS = 20
#: Among so many of the newest, one that a person sent again is found and goes first.
MANUAL_WINDOW = 100
#: Seconds to the next look when no turn comes before.
IDLE_SECONDS = 0.5
#: Seconds to the next look after one that claimed: it finds out whose turn is next.
SOON_SECONDS = 0.05

if is_postgresql():
    _ID, _IDS = "t.id::text", "= ANY(%(destinations)s::uuid[])"
    _LATEST = "GREATEST"
    _LOCK_ROWS = "FOR NO KEY UPDATE SKIP LOCKED"

    def _until(column: str) -> str:
        return f"EXTRACT(EPOCH FROM {column} - {NOW})::float8"
else:
    _ID, _IDS = "t.id", "IN (SELECT value FROM json_each(%(destinations)s))"
    _LATEST = "MAX"
    _LOCK_ROWS = ""

    def _until(column: str) -> str:
        return f"(julianday({column}) - julianday({NOW})) * 86400.0"


_LONG_AGO = "-1000000.0"
_DUE = f"""x.status = 'pending' AND x.due_at <= {NOW}
       AND (%(suspects)s OR NOT x.is_suspect)"""
# Whose turn it has been for longest comes first, so nobody is always last.
_PEEK = f"""
SELECT g.id, g.wait FROM (
    SELECT {_ID} AS id, {_LATEST}(
               CASE WHEN t.breaker_opened_at IS NULL THEN {_LONG_AGO}
                    ELSE COALESCE({_until("t.probe_at")}, {_LONG_AGO}) END,
               CASE WHEN t.rate_per_minute IS NULL THEN {_LONG_AGO}
                    ELSE COALESCE({_until("t.next_slot_at")}, {_LONG_AGO}) END) AS wait
      FROM webhooks_destination t
     WHERE t.is_gated AND t.enabled AND t.timeout_seconds <= %(longest)s
       AND t.max_in_flight > {BUSY}
       AND EXISTS (SELECT 1 FROM webhooks_delivery x
                    WHERE x.destination_id = t.id AND x.priority IN (0, 1)
                      AND {_DUE})) g
 ORDER BY g.wait, g.id LIMIT {MAX_DESTINATIONS}
"""  # noqa: S608  # constants only, here and below
_LOCK = f"""
SELECT {_ID}, t.breaker_opened_at, t.probe_at, t.rate_per_minute, t.next_slot_at,
       t.max_in_flight, t.timeout_seconds
  FROM webhooks_destination t
 WHERE t.id {_IDS} AND t.is_gated AND t.enabled
 ORDER BY t.id {_LOCK_ROWS}
"""  # noqa: S608
_QUEUE = f"""
SELECT x.id, x.is_suspect FROM webhooks_delivery x
 WHERE x.destination_id = %(destination)s AND x.priority = %(priority)s AND {_DUE}
 ORDER BY x.due_at LIMIT %(limit)s {SKIP_LOCKED}
"""  # noqa: S608
_MANUAL = f"""
SELECT y.id, y.is_suspect FROM webhooks_delivery y
 WHERE y.status = 'pending' AND y.id IN (
       SELECT n.id FROM (
           SELECT x.id, x.is_manual, x.due_at FROM webhooks_delivery x
            WHERE x.destination_id = %(destination)s AND x.priority = 0 AND {_DUE}
            ORDER BY x.due_at DESC LIMIT {MANUAL_WINDOW}) n
        WHERE n.is_manual ORDER BY n.due_at LIMIT %(limit)s)
 ORDER BY y.due_at {SKIP_LOCKED}
"""  # noqa: S608
_OF_DESTINATION = "FROM webhooks_destination d WHERE d.id = destination_id"
_CLAIM = f"""
UPDATE webhooks_delivery
   SET status = 'sending', lease_owner = %(pump)s,
       due_at = {shift(f"(SELECT d.timeout_seconds + {LEASE_MARGIN_SECONDS} {_OF_DESTINATION})")}
 WHERE status = 'pending' AND id {IN_LIST}
RETURNING {COLUMNS}, (SELECT d.timeout_seconds {_OF_DESTINATION}),
          (SELECT d.{VERSION} {_OF_DESTINATION}), is_suspect
"""  # noqa: S608, E501


#: In which order deliveries get the turns of their destination.
_QUEUES: tuple[tuple[str, dict[str, int]], ...] = (
    (_MANUAL, {}),
    (_QUEUE, {"priority": 0}),
    (_QUEUE, {"priority": 1}),
)


@dataclass(frozen=True, slots=True)
class Gate:
    """A destination that has to wait, its row locked."""

    id: str
    is_open_breaker: bool
    probe_at: datetime | None
    rate_per_minute: int | None
    next_slot_at: datetime | None
    max_in_flight: int
    timeout_seconds: int


@dataclass(frozen=True, slots=True)
class Turn:
    """What a gate lets through now."""

    count: int
    is_probe: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one look at the gates brought."""

    claimed: list[Claimed]
    suspects: list[Claimed]  #: to be sent alone
    seconds: float  #: until it is worth looking again


def claim_gated(pump_id: UUID, room: Room, *, suspect_limit: int) -> Look:
    """Claim for the destinations whose turn it is.

    Args:
        pump_id: Who claims.
        room: As for the ordinary claim; `after` is not needed.
        suspect_limit: How many deliveries can be sent alone now; they wait for the
            same turns as the others.
    """
    seen = run(
        _PEEK,
        {
            "longest": room.longest_seconds,
            "suspects": suspect_limit > 0,
            "busy": dump_busy(room),
        },
    )
    ready = [row[0] for row in seen if row[1] <= 0]
    if not ready:
        waits = [row[1] for row in seen]
        return Look(claimed=[], suspects=[], seconds=min([*waits, IDLE_SECONDS]))
    rows, probed = _take(pump_id, ready, room, suspect_limit=suspect_limit)
    claims = [
        (claimed._replace(is_probe=claimed.destination_id in probed), bool(row[-1]))
        for claimed, row in ((read_claimed(row[:-1]), row) for row in rows)
    ]
    return Look(
        claimed=[each for each, is_suspect in claims if not is_suspect],
        suspects=[each for each, is_suspect in claims if is_suspect],
        seconds=SOON_SECONDS,
    )


def find_turn(gate: Gate, *, now: datetime, free: int) -> Turn:
    """Return how many requests a destination may get now; pure.

    Args:
        gate: The destination.
        now: The database's time.
        free: Its free places in this pump, and how much the pump can take.
    """
    count = free
    if gate.is_open_breaker:
        if gate.probe_at is not None and gate.probe_at > now:
            return Turn(0)
        count = min(free, 1)
    if gate.rate_per_minute is not None:
        count = find_slots(
            gate.rate_per_minute, next_slot_at=gate.next_slot_at, now=now, wanted=count
        ).count
    return Turn(count, is_probe=gate.is_open_breaker)


@transaction.atomic
def _take(
    pump_id: UUID, destination_ids: list[str], room: Room, *, suspect_limit: int
) -> tuple[list[Row], set[str]]:
    ids: list[int] = []
    probed: set[str] = set()
    gates = _lock(destination_ids)
    now = database_now()
    for gate in gates:
        free = gate.max_in_flight - room.busy.get(gate.id, 0)
        turn = find_turn(gate, now=now, free=min(free, room.limit - len(ids)))
        found = _find(gate, turn.count, suspect_limit=suspect_limit)
        if not found:
            continue
        suspect_limit -= sum(found.values())
        ids += found
        if turn.is_probe:
            probed.add(gate.id)
        _note(gate, len(found), now=now)
    rows = run(_CLAIM, {"pump": pump_id, "ids": list_of(ids)}) if ids else []
    return rows, probed


def _lock(destination_ids: list[str]) -> list[Gate]:
    rows = run(_LOCK, {"destinations": _list_of_ids(destination_ids)})
    return [
        Gate(
            read_id(row[0]),
            row[1] is not None,
            _read_time(row[2]),
            row[3],
            _read_time(row[4]),
            row[5],
            row[6],
        )
        for row in rows
    ]


def _find(gate: Gate, limit: int, *, suspect_limit: int) -> dict[int, bool]:
    """Return deliveries and whether each is a suspect; a person's own go first."""
    found: dict[int, bool] = {}
    parameters: dict[str, Any] = {
        "destination": UUID(gate.id),
        "suspects": suspect_limit > 0,
        "limit": limit,
    }
    for statement, priority in _QUEUES:
        if len(found) >= limit:
            break
        found |= dict(run(statement, parameters | priority))
    return _cut(found, limit, suspect_limit=suspect_limit)


def _cut(found: dict[int, bool], limit: int, *, suspect_limit: int) -> dict[int, bool]:
    kept: dict[int, bool] = {}
    for delivery_id, is_suspect in found.items():
        if len(kept) < limit and (not is_suspect or sum(kept.values()) < suspect_limit):
            kept[delivery_id] = bool(is_suspect)
    return kept


def _note(gate: Gate, count: int, *, now: datetime) -> None:
    """Write when the next turn is; a probe that is lost is made up for then."""
    changes: dict[str, datetime] = {}
    if gate.is_open_breaker:
        lease = timedelta(seconds=gate.timeout_seconds + LEASE_MARGIN_SECONDS)
        changes["probe_at"] = now + lease
    if gate.rate_per_minute is not None:
        slots = find_slots(
            gate.rate_per_minute, next_slot_at=gate.next_slot_at, now=now, wanted=count
        )
        changes["next_slot_at"] = slots.next_slot_at
    Destination.objects.filter(pk=gate.id).update(**changes)


def _list_of_ids(destination_ids: Collection[str]) -> object:
    ids = list(destination_ids)
    return ids if is_postgresql() else json.dumps(ids)


def _read_time(value: datetime | None) -> datetime | None:
    # SQLite's driver reads the column as a time without its zone, which is UTC.
    return (
        value.replace(tzinfo=UTC) if value is not None and not value.tzinfo else value
    )
