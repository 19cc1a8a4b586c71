"""Take deliveries for sending, give them back, and find those that were lost.

A claim is a conditional update that pushes a lease forward: whatever happens to
the pump, the row falls back to the others when the lease ends. All times are the
database's.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from webhooks.engine import claim_postgresql, claim_sql, claim_sqlite
from webhooks.engine.database import Row, is_postgresql, list_of, read_id, run
from webhooks.models.resident import GONE

FIRST_DESTINATION = str(UUID(int=0))
#: A delivery that was lost so often while it was alone is set aside.
MAX_LOST_ALONE = 5
SET_ASIDE = (
    "Set aside: sending it ended the sending process five times. Report this, with "
    "what the endpoint answers."
)
#: A suspect may belong to any destination, so its lease is for the longest of them.
LONGEST_TIMEOUT = 30


class Claimed(NamedTuple):
    """A delivery that is ours until its lease ends."""

    id: int
    destination_id: str
    event_id: str
    payload_id: int
    attempt_count: int
    is_manual: bool
    is_last_attempt: bool
    was_delivered: bool
    timeout_seconds: int
    destination_version: str  #: another one when the destination was changed
    is_probe: bool = False  #: the one request that an open breaker lets through


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How much a pump can take."""

    limit: int  #: deliveries in all
    busy: Mapping[str, int]  #: requests in flight here, by destination
    longest_seconds: int  #: only destinations with at most this timeout
    after: str = FIRST_DESTINATION  #: start behind this destination, for fairness


def claim_due(pump_id: UUID, room: Room) -> list[Claimed]:
    """Claim due deliveries, at most as many a destination as it has free slots.

    First attempts come before retries, older before newer. The lease is the
    destination's timeout and 15 seconds. Destinations that have to wait their turn
    are left to the gate.
    """
    if is_postgresql():
        rows = claim_postgresql.claim(pump_id, room)
    else:
        rows = claim_sqlite.claim(pump_id, room)
    return [read_claimed(row) for row in rows]


def claim_suspects(pump_id: UUID, room: Room) -> list[Claimed]:
    """Claim deliveries that were lost before; each is to be sent alone.

    Never more a destination than it has free places; those that have to wait their
    turn are the gate's.
    """
    if room.longest_seconds < LONGEST_TIMEOUT:
        return []
    parameters = {"pump": pump_id, "limit": room.limit, "busy": dump_busy(room)}
    return [read_claimed(row) for row in run(claim_sql.CLAIM_SUSPECTS, parameters)]


def dump_busy(room: Room) -> str:
    """Return what is on the way by destination as `BUSY` takes it."""
    if is_postgresql():
        return json.dumps(room.busy)
    return json.dumps({key.replace("-", ""): count for key, count in room.busy.items()})


def give_back(pump_id: UUID, delivery_ids: Collection[int]) -> int:
    """Return claims that were not used: due at once, nothing counted."""
    if not delivery_ids:
        return 0
    parameters = {"pump": pump_id, "ids": list_of(delivery_ids)}
    return len(run(claim_sql.GIVE_BACK, parameters))


def give_back_unknown(pump_id: UUID, known_ids: Collection[int]) -> int:
    """Return our claims whose confirmation got lost with the connection."""
    return len(
        run(claim_sql.GIVE_BACK_UNKNOWN, {"pump": pump_id, "ids": list_of(known_ids)})
    )


def defer(
    pump_id: UUID, delivery_ids: Collection[int], *, seconds: int, error: str
) -> None:
    """Put deliveries off after a failure of ours; no attempt is counted."""
    if delivery_ids:
        parameters = {
            "pump": pump_id,
            "ids": list_of(delivery_ids),
            "seconds": seconds,
            "error": error[:500],
        }
        run(claim_sql.DEFER, parameters)


def take_back_lost() -> int:
    """Free the claims of pumps that are gone; they become suspects."""
    return len(run(claim_sql.TAKE_BACK_LOST, {"gone": GONE.total_seconds()}))


def record_lost_alone(pump_id: UUID, delivery_id: int) -> None:
    """Count that the process which sent this delivery, and no other, was lost."""
    parameters = {
        "pump": pump_id,
        "id": delivery_id,
        "max": MAX_LOST_ALONE,
        "reason": SET_ASIDE,
    }
    run(claim_sql.LOST_ALONE, parameters)


def skip_disabled(reason: str) -> int:
    """Skip what was published while its destination was being disabled."""
    return len(run(claim_sql.SKIP_DISABLED, {"reason": reason}))


def read_claimed(row: Row) -> Claimed:
    """Return what a statement that claims returned for a delivery."""
    return Claimed(
        row[0],
        read_id(row[1]),
        read_id(row[2]),
        row[3],
        row[4],
        bool(row[5]),
        bool(row[6]),
        row[7] is not None,
        row[8],
        row[9],
    )
