"""A pump's paperwork: what it claimed and has not sent, what it sent and not recorded.

Every method that needs the database may raise, leaves nothing half done in memory,
and can simply be called again when the database is back.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Collection
from uuid import UUID

from integrations_project.lib.exceptions import ProjectError
from webhooks.actions.health import disable_by_itself, report_health
from webhooks.actions.skipping import DISABLED
from webhooks.engine import claim, gate, record
from webhooks.engine.cache import Body, BodyCache, RecipientCache
from webhooks.engine.claim import (
    FIRST_DESTINATION,
    LONGEST_TIMEOUT,
    Claimed,
    Room,
)
from webhooks.engine.claim_sql import LEASE_MARGIN_SECONDS
from webhooks.engine.flight import MAX_IN_FLIGHT, Entry, Flight
from webhooks.engine.gate import SOON_SECONDS
from webhooks.engine.health import HealthSums
from webhooks.engine.messages import HttpOutcome
from webhooks.engine.result import Result, build_result
from webhooks.engine.verdict import GONE, is_ours
from webhooks.engine.wire import Recipient, build_request, fit_recipient

MAX_CLAIM = 250
#: A claim that could not be sent within this time is given back.
MAX_WAIT_SECONDS = LEASE_MARGIN_SECONDS - 5
#: How long a failure of ours puts a delivery off.
DEFER_SECONDS = 30


class Desk:
    """Between the ledger and the wire."""

    def __init__(self, pump_id: UUID, flight: Flight) -> None:
        self._pump_id = pump_id
        self._flight = flight
        self._recipients = RecipientCache()
        self._bodies = BodyCache()
        self._health = HealthSums()
        self._waiting: deque[tuple[float, Claimed, bool]] = deque()
        self._results: list[Result] = []
        self._lost_alone: list[int] = []
        self._to_defer: list[tuple[int, str]] = []
        self._after = FIRST_DESTINATION
        self._last_gate_look = -1.0
        self.next_gate_look = 0.0  #: on the monotonic clock
        self.recorded_count = 0

    @property
    def unwritten_count(self) -> int:
        """How many outcomes wait to be recorded."""
        return len(self._results) + len(self._lost_alone) + len(self._to_defer)

    @property
    def open_count(self) -> int:
        """How many deliveries wait here, to be sent or to be recorded."""
        return self.unwritten_count + len(self._waiting)

    def claim(self, *, longest_seconds: int) -> int:
        """Claim as much as there is room for; returns how many deliveries."""
        room = min(MAX_CLAIM, MAX_IN_FLIGHT - len(self._flight) - len(self._waiting))
        if room <= 0:
            return 0
        moment = time.monotonic()
        claimed = claim.claim_due(
            self._pump_id,
            Room(
                limit=room,
                busy=self._busy,
                longest_seconds=longest_seconds,
                after=self._after,
            ),
        )
        # Start behind the last one next time, so that no destination is always last.
        wrapped = self._after == FIRST_DESTINATION
        self._after = (
            max(each.destination_id for each in claimed)
            if len(claimed) >= room
            else FIRST_DESTINATION
        )
        self._waiting.extend((moment, each, False) for each in claimed)
        if not claimed and not wrapped:
            return self.claim(longest_seconds=longest_seconds)
        return len(claimed)

    def claim_suspects(self, *, longest_seconds: int) -> int:
        """Claim deliveries that are to be sent alone; returns how many."""
        free = self._free_for_suspects
        if free <= 0:
            return 0
        moment = time.monotonic()
        claimed = claim.claim_suspects(
            self._pump_id, self._find_room(free, longest_seconds=longest_seconds)
        )
        self._waiting.extend((moment, each, True) for each in claimed)
        return len(claimed)

    def claim_gated(self, *, longest_seconds: int) -> int:
        """Claim for those whose turn it is at a gate; returns how many deliveries."""
        moment = time.monotonic()
        room = min(MAX_CLAIM, MAX_IN_FLIGHT - len(self._flight) - len(self._waiting))
        earliest = self._last_gate_look + SOON_SECONDS
        self.next_gate_look = max(earliest, moment + SOON_SECONDS * (room <= 0))
        if moment < self.next_gate_look:
            return 0
        has_time = longest_seconds >= LONGEST_TIMEOUT
        look = gate.claim_gated(
            self._pump_id,
            self._find_room(room, longest_seconds=longest_seconds),
            suspect_limit=max(self._free_for_suspects, 0) if has_time else 0,
        )
        self._last_gate_look = moment
        self.next_gate_look = moment + max(look.seconds, SOON_SECONDS)
        self._waiting.extend((moment, each, False) for each in look.claimed)
        self._waiting.extend((moment, each, True) for each in look.suspects)
        return len(look.claimed) + len(look.suspects)

    @property
    def _busy(self) -> Counter[str]:
        """Places taken by destination: on the way, or claimed and about to be."""
        if not self._waiting:
            return self._flight.busy
        waiting = Counter(each.destination_id for _, each, _ in self._waiting)
        return self._flight.busy + waiting

    @property
    def _free_for_suspects(self) -> int:
        waiting_count = sum(alone for _, _, alone in self._waiting)
        return self._flight.isolated.free - waiting_count

    def _find_room(self, limit: int, *, longest_seconds: int) -> Room:
        return Room(limit=limit, busy=self._busy, longest_seconds=longest_seconds)

    def send_waiting(self) -> None:
        """Put on the way what was claimed."""
        if not self._waiting:
            return
        recipients = self._recipients.get_many(
            {
                each.destination_id: each.destination_version
                for _, each, _ in self._waiting
            }
        )
        bodies = self._bodies.get_many(each.payload_id for _, each, _ in self._waiting)
        late = []
        while self._waiting:
            claimed_at, each, alone = self._waiting.popleft()
            recipient = recipients.get(each.destination_id)
            body = bodies.get(each.payload_id)
            if recipient is None or body is None or _is_late(claimed_at):
                late.append(each.id)
            elif not isinstance(recipient, Recipient):
                self._to_defer.append((each.id, recipient.message))
            else:
                self._try_to_send(each, recipient, body, alone=alone)
        claim.give_back(self._pump_id, late)

    def take(self, landed: list[tuple[Entry, HttpOutcome | None]]) -> None:
        """Keep outcomes until they are written."""
        for entry, outcome in landed:
            claimed = entry.claimed
            if outcome is None:
                self._lost_alone.append(claimed.id)
            elif outcome.error is not None and is_ours(outcome.error):
                self._to_defer.append((claimed.id, outcome.error.detail))
            else:
                result = build_result(claimed, entry.recipient, entry.request, outcome)
                self._results.append(result)

    def write(self) -> None:
        """Record every outcome that waits."""
        while self._results:
            batch = self._results[: record.MAX_BATCH]
            record.record(self._pump_id, batch)
            del self._results[: len(batch)]
            self.recorded_count += len(batch)
            self._health.add(batch)
            self._disable_gone(batch)
            if self._health.is_urgent:
                self.write_health()
        while self._lost_alone:
            claim.record_lost_alone(self._pump_id, self._lost_alone[0])
            del self._lost_alone[0]
        while self._to_defer:
            delivery_id, error = self._to_defer[0]
            claim.defer(
                self._pump_id, [delivery_id], seconds=DEFER_SECONDS, error=error
            )
            del self._to_defer[0]

    def write_health(self, *, unheard: Collection[str] = ()) -> None:
        """Write how the destinations are doing, and tell what follows from it.

        Args:
            unheard: Destinations of which nothing is told.
        """
        # What is not told, because the database went away, follows from the row
        # again as soon as something more is sent there.
        for change in self._health.write():
            if change.destination_id not in unheard:
                report_health(change)

    def tidy(self) -> int:
        """Free what others lost, skip what is disabled; returns how many were lost."""
        claim.skip_disabled(DISABLED)
        return claim.take_back_lost()

    def give_back_all(self, cancelled: list[int]) -> int:
        """Return every claim that was not brought to an end; returns how many."""
        ids = [*cancelled, *(each.id for _, each, _ in self._waiting)]
        count = claim.give_back(self._pump_id, ids)
        self._waiting.clear()
        return count

    def give_back_unknown(self) -> None:
        """Return claims of which we never heard: the connection was lost."""
        known = [
            *self._flight.delivery_ids,
            *(each.id for _, each, _ in self._waiting),
            *(result.delivery_id for result in self._results),
            *self._lost_alone,
            *(delivery_id for delivery_id, _ in self._to_defer),
        ]
        claim.give_back_unknown(self._pump_id, known)

    def _send(
        self, claimed: Claimed, recipient: Recipient, body: Body, *, alone: bool
    ) -> None:
        recipient = fit_recipient(recipient, body.content_type)
        request = build_request(
            recipient,
            key=claimed.id,
            message_id=claimed.event_id,
            body=body.data,
            timestamp=int(time.time()),
        )
        self._flight.start(Entry(claimed, recipient, request), alone=alone)

    def _try_to_send(
        self, claimed: Claimed, recipient: Recipient, body: Body, *, alone: bool
    ) -> None:
        try:
            self._send(claimed, recipient, body, alone=alone)
        except (ProjectError, OSError) as error:
            # A secret that does not decode, or no further process to be had.
            self._to_defer.append((claimed.id, str(error)))

    def _disable_gone(self, batch: list[Result]) -> None:
        gone = {r.destination_id for r in batch if r.verdict.disables}
        if not gone:
            return
        # Before, so that what is told says how it failed. That it is disabled says
        # more than that it is failing.
        self.write_health(unheard=gone)
        for destination_id in gone:
            disable_by_itself(destination_id, reason=GONE)


def _is_late(claimed_at: float) -> bool:
    return time.monotonic() - claimed_at > MAX_WAIT_SECONDS
