"""Whatever answers, faults and kills come, a delivery's record adds up.

A machine of rules plays pumps that claim, send, record, die and come back late,
people who redeliver, replay, disable and enable, and time that passes; on the real
database, with what the transport would have reported. What holds after every step is
in the invariants:

* attempts are numbered from 1 without gaps, and only a recorded answer counts one;
* one success is recorded at most, and one more for each time a person had it sent
  again after it had arrived; what has arrived is never failed or skipped;
* the budget of retries is exact: a delivery gives up after its schedule's attempts and
  not before, and each time a person asks after it had ended brings one attempt;
* nothing stays `sending` past its lease once a pump has tidied up.
"""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass

import pytest
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts.datatypes import SYSTEM
from integrations_project.lib.ids import uuid7
from tests.factories import make_delivery, make_destination
from webhooks.actions import (
    cancel_replay,
    disable_by_itself,
    disable_destination,
    enable_destination,
    redeliver,
    run_replay,
    start_replay,
)
from webhooks.actions.health import report_health
from webhooks.actions.skipping import DISABLED
from webhooks.engine import claim
from webhooks.engine.claim import Claimed, Room
from webhooks.engine.gate import claim_gated
from webhooks.engine.health import HealthSums
from webhooks.engine.messages import Failure, HttpOutcome, Timings
from webhooks.engine.record import record
from webhooks.engine.result import Result, build_result
from webhooks.engine.verdict import GONE, is_ours
from webhooks.engine.wire import build_recipient, build_request
from webhooks.exceptions import NotRedeliverable, NotReplayable
from webhooks.models import Delivery, Destination

pytestmark = pytest.mark.django_db

SCHEDULE = [10, 600]
BUDGET = len(SCHEDULE) + 1
MAX_IN_FLIGHT = 3
#: A status, what went wrong, and what the endpoint said about when to come back.
ANSWERS = [
    (500, "http_error", ()),  # the first ones are drawn most often
    (200, "", ()),
    (429, "http_error", (("Retry-After", "900"),)),
    (404, "http_error", ()),
    (302, "redirect", ()),
    (410, "http_error", ()),
    (503, "http_error", (("Retry-After", "soon"),)),
    (None, "timeout", ()),
    (None, "connection_refused", ()),
    (200, "connection_lost", ()),
    (None, "address_refused", ()),
    (None, "internal", ()),
]
ANSWER = st.one_of(st.sampled_from(ANSWERS[:3]), st.sampled_from(ANSWERS))
FOR_GOOD = {"address_refused"}
#: What seldom happens, so that more than the beginning of a delivery is seen.
SELDOM = st.sampled_from([False, False, False, True])


@dataclass(eq=False)
class Flight:
    """A request on its way; its claim may have been lost meanwhile."""

    pump: int
    claimed: Claimed
    is_alone: bool
    is_late: bool = False  # its pump counts as dead, but is not


def build_outcome(claimed, status, code, headers):
    permanent = status == 410 or code in FOR_GOOD
    error = Failure(code=code, detail="It failed.", hint="Mend.", permanent=permanent)
    return HttpOutcome(
        key=claimed.id,
        started_at=time.time(),
        duration_ms=3,
        status_code=status,
        response_headers=headers,
        timings=Timings(total_ms=3),
        error=error if code else None,
    )


class DeliveryMachine(RuleBasedStateMachine):
    """Two pumps, three deliveries of one webhook, and everything that happens."""

    @initialize(rate=st.sampled_from([None, None, 6000]))
    def begin(self, rate):
        self.destination = make_destination(
            retry_schedule=SCHEDULE, max_in_flight=MAX_IN_FLIGHT, rate_per_minute=rate
        )
        rows = [make_delivery(destination=self.destination) for _ in range(3)]
        self.ids = [row.pk for row in rows]
        self.pumps = [uuid7(), uuid7()]
        self.flights: list[Flight] = []
        self.unconfirmed: dict[int, Result] = {}
        self.counts = dict.fromkeys(self.ids, 0)
        self.asked_after_end = dict.fromkeys(self.ids, 0)
        self.asked_after_arrival = dict.fromkeys(self.ids, 0)

    def rows(self):
        return Delivery.objects.filter(pk__in=self.ids).order_by("pk")

    # What pumps do

    @rule(pump=st.integers(0, 1), hours=st.sampled_from([0, 0.1, 30, 130]))
    def claim(self, pump, hours):
        self.pass_time(hours)
        self.unconfirmed.pop(pump, None)
        pump_id = self.pumps[pump]
        self.take(pump, claim.claim_suspects(pump_id, self.room(pump)), is_alone=True)
        look = claim_gated(pump_id, self.room(pump), suspect_limit=8)
        self.take(pump, look.claimed)
        self.take(pump, look.suspects, is_alone=True)
        self.take(pump, claim.claim_due(pump_id, self.room(pump)))
        assert sum(flight.pump == pump for flight in self.flights) <= MAX_IN_FLIGHT

    def room(self, pump):
        busy = sum(flight.pump == pump for flight in self.flights)
        places = {str(self.destination.pk): busy} if busy else {}
        return Room(limit=100, busy=places, longest_seconds=30)

    def take(self, pump, claimed, *, is_alone=False):
        self.flights += [Flight(pump, each, is_alone) for each in claimed]

    @precondition(lambda self: self.flights)
    @rule(data=st.data(), answers=st.lists(ANSWER, min_size=1, max_size=3))
    def answer(self, data, answers):
        for answer in answers[: len(self.flights)]:
            flight = data.draw(st.sampled_from(self.flights))
            self.flights.remove(flight)
            self.land(flight, build_outcome(flight.claimed, *answer))

    def land(self, flight, outcome):
        claimed, pump_id = flight.claimed, self.pumps[flight.pump]
        if is_ours(outcome.error):
            claim.defer(pump_id, [claimed.id], seconds=30, error="Ours.")
            return
        recipient = build_recipient(Destination.objects.get())
        request = build_request(
            recipient, key=claimed.id, message_id="m", body=b"{}", timestamp=1
        )
        result = build_result(claimed, recipient, request, outcome)
        self.write(flight.pump, result)
        self.unconfirmed[flight.pump] = result

    @rule(pump=st.integers(0, 1), answers=st.lists(ANSWER, max_size=3))
    def serve(self, pump, answers):
        """A pump's ordinary work: everything it claims is answered."""
        self.claim(pump, 130)
        own = [each for each in self.flights if each.pump == pump and not each.is_late]
        for flight, answer in zip(own, answers, strict=False):
            self.flights.remove(flight)
            self.land(flight, build_outcome(flight.claimed, *answer))

    def write(self, pump, result):
        row = Delivery.objects.get(pk=result.delivery_id)
        is_ours_still = (row.status, row.lease_owner) == ("sending", self.pumps[pump])
        counts = is_ours_still or (
            result.is_success and row.status in ("pending", "sending")
        )
        self.counts[row.pk] += counts
        record(self.pumps[pump], [result])
        sums = HealthSums()
        sums.add([result])
        if result.verdict.disables:
            disable_by_itself(result.destination_id, reason=GONE)
        for change in sums.write():
            report_health(change)

    @precondition(lambda self: self.unconfirmed)
    @rule(data=st.data())
    def record_again(self, data):
        """The confirmation got lost; a pump claims nothing before it has one."""
        pump = data.draw(st.sampled_from(sorted(self.unconfirmed)))
        self.write(pump, self.unconfirmed[pump])

    @precondition(lambda self: self.flights)
    @rule(data=st.data())
    def give_back(self, data):
        flight = data.draw(st.sampled_from(self.flights))
        self.flights.remove(flight)
        claim.give_back(self.pumps[flight.pump], [flight.claimed.id])

    @precondition(lambda self: any(flight.is_alone for flight in self.flights))
    @rule(data=st.data())
    def lose_child(self, data):
        alone = [flight for flight in self.flights if flight.is_alone]
        flight = data.draw(st.sampled_from(alone))
        self.flights.remove(flight)
        claim.record_lost_alone(self.pumps[flight.pump], flight.claimed.id)

    @precondition(lambda self: self.flights)
    @rule(pump=st.integers(0, 1), is_heard_of_again=st.booleans())
    def kill(self, pump, is_heard_of_again):
        """A worker dies; or it only seemed so, and its answers come late."""
        if not is_heard_of_again:
            self.flights = [each for each in self.flights if each.pump != pump]
        for flight in self.flights:
            flight.is_late |= flight.pump == pump
        self.rows().filter(lease_owner=self.pumps[pump]).update(
            due_at=timezone.now() - dt.timedelta(seconds=1)
        )
        claim.take_back_lost()

    @rule()
    def tidy(self):
        claim.skip_disabled(DISABLED)
        claim.take_back_lost()
        late = self.rows().filter(status="sending", due_at__lt=timezone.now())
        assert not late.exists()

    def pass_time(self, hours):
        delta = dt.timedelta(hours=hours)
        if not delta:
            return
        self.rows().update(due_at=F("due_at") - delta)
        times = ("probe_at", "next_slot_at", "failing_since", "failing_confirmed_at")
        Destination.objects.update(**{name: F(name) - delta for name in times})

    # What people do

    @rule(number=st.integers(0, 2))
    def redeliver(self, number):
        row = Delivery.objects.get(pk=self.ids[number])
        try:
            redeliver(row, actor=SYSTEM, now=timezone.now())
        except NotRedeliverable:
            return
        self.note_asked(row.pk)

    def note_asked(self, key):
        row = Delivery.objects.get(pk=key)
        self.asked_after_end[key] += row.is_last_attempt
        self.asked_after_arrival[key] += row.delivered_at is not None

    @rule(statuses=st.sampled_from([["failed"], ["skipped"], ["delivered", "failed"]]),
          is_cancelled=st.booleans())  # fmt: skip
    def replay(self, statuses, is_cancelled):
        asked = list(
            self.rows().filter(status__in=statuses).values_list("pk", flat=True)
        )
        try:
            replay = start_replay(
                self.destination, statuses=statuses, actor=SYSTEM, now=timezone.now()
            )
        except NotReplayable:
            return
        if is_cancelled:
            cancel_replay(replay, actor=SYSTEM, now=timezone.now())
        run_replay(replay.pk)
        for key in () if is_cancelled else asked:
            self.note_asked(key)

    @rule(really=SELDOM)
    def disable(self, really):
        if really:
            disable_destination(Destination.objects.get(), actor=SYSTEM)

    @precondition(lambda self: not Destination.objects.get().enabled)
    @rule(data=st.data())
    def enable(self, data):
        """Somebody enables it, and has what was missed sent again."""
        enable_destination(Destination.objects.get(), actor=SYSTEM)
        for key in self.rows().filter(status="skipped").values_list("pk", flat=True):
            if data.draw(st.booleans()):
                self.redeliver(self.ids.index(key))

    # What holds

    @precondition(lambda self: hasattr(self, "ids"))
    @invariant()
    def record_adds_up(self):
        for row in self.rows().prefetch_related("attempts"):
            attempts = sorted(row.attempts.all(), key=lambda each: each.number)
            assert [each.number for each in attempts] == list(
                range(1, row.attempt_count + 1)
            )
            assert row.attempt_count == self.counts[row.pk]
            # Only what is being sent has an owner.
            assert (row.status == "sending") == (row.lease_owner is not None)
            self.check_success(row, sum(each.is_success for each in attempts))
            self.check_budget(row)

    def check_success(self, row, count):
        assert count <= 1 + self.asked_after_arrival[row.pk]
        assert (count > 0) == (row.delivered_at is not None)
        assert count == 0 or row.status not in ("failed", "skipped")
        assert count > 0 or row.status != "delivered"

    def check_budget(self, row):
        allowed = BUDGET + self.asked_after_end[row.pk]
        assert row.attempt_count <= allowed
        if row.reason.startswith("Gave up after"):
            assert row.attempt_count >= BUDGET
        if row.status == "pending" and not row.is_last_attempt:
            assert row.attempt_count < allowed


class UndoneMachine(DeliveryMachine):
    """The same; what an example wrote is undone after it."""

    def __init__(self):
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()

    def teardown(self):
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)


def test_whatever_comes():
    run_state_machine_as_test(
        UndoneMachine,
        settings=settings(
            max_examples=max(settings().max_examples * 2 // 5, 15),
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
