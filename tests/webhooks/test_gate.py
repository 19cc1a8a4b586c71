"""Destinations that wait their turn: a rate limit, and a breaker's single probes."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.db import connection
from django.utils import timezone

from accounts.datatypes import SYSTEM
from integrations_project.lib.ids import uuid7
from tests.factories import make_delivery, make_destination, make_organization
from tests.http_server import Answer
from webhooks.actions import enable_destination, redeliver, save_destination
from webhooks.engine import claim, heartbeat
from webhooks.engine.claim import Room
from webhooks.engine.gate import MAX_DESTINATIONS, claim_gated
from webhooks.models import Delivery, Destination

pytestmark = pytest.mark.django_db


def ago(**units):
    return timezone.now() - dt.timedelta(**units)


def room(**options):
    return Room(**{"limit": 100, "busy": {}, "longest_seconds": 30} | options)


def look(suspect_limit=8, **options):
    return claim_gated(uuid7(), room(**options), suspect_limit=suspect_limit)


def make_waiting(count=5, **fields):
    destination = make_destination(**fields)
    for _ in range(count):
        make_delivery(destination=destination)
    return destination


def make_broken(count=5, **fields):
    opened = {"breaker_opened_at": ago(minutes=1), "probe_at": ago(seconds=1)}
    return make_waiting(count, consecutive_failures=12, **opened | fields)


@pytest.mark.parametrize("make", [make_broken, make_waiting], ids=["breaker", "rate"])
def test_only_the_gate_claims_for_them(make):
    destination = make(rate_per_minute=60)

    assert destination.is_gated
    assert claim.claim_due(uuid7(), room()) == []
    assert not heartbeat.has_due_work()
    assert len(look().claimed) == 1


def test_nothing_is_claimed_for_others():
    make_waiting()

    assert look().claimed == []


def test_breaker_lets_one_probe_through():
    destination = make_broken(max_in_flight=50)

    (probe,) = look().claimed

    assert probe.is_probe
    assert look().claimed == []
    destination.refresh_from_db()
    lease = (destination.probe_at - timezone.now()).total_seconds()
    assert 43 < lease <= 45  # a probe whose worker dies blocks no longer


def test_probe_after_a_lost_one():
    make_broken(probe_at=ago(seconds=1))
    look()
    Destination.objects.update(probe_at=ago(seconds=1))

    assert len(look().claimed) == 1


def test_no_probe_before_its_time():
    make_broken(probe_at=ago(seconds=-20))

    found = look()

    assert (found.claimed, found.seconds) == ([], 0.5)


def test_redelivery_is_the_probe():
    destination = make_broken(probe_at=ago(seconds=-200), count=150)
    chosen = Delivery.objects.all()[70]

    redeliver(chosen, actor=SYSTEM, now=timezone.now())

    assert [(each.id, each.is_manual) for each in look().claimed] == [(chosen.pk, True)]
    assert look().claimed == []
    destination.refresh_from_db()
    assert destination.breaker_opened_at is not None


def test_rate_gives_out_slots():
    destination = make_waiting(30, rate_per_minute=600, max_in_flight=100)

    assert len(look().claimed) == 10  # a second's share
    assert look().claimed == []
    Destination.objects.update(next_slot_at=ago(seconds=0.25))
    assert len(look().claimed) == 3

    destination.refresh_from_db()
    assert destination.next_slot_at > timezone.now()


def test_slots_and_free_places_both_count():
    destination = make_waiting(30, rate_per_minute=600, max_in_flight=4)

    assert look(busy={str(destination.pk): 4}).claimed == []
    assert len(look(busy={str(destination.pk): 1}).claimed) == 3
    assert len(look(busy={str(destination.pk): 3}).claimed) == 1


def test_rate_holds_for_redelivery_which_goes_first():
    make_waiting(5, rate_per_minute=60)
    chosen = Delivery.objects.order_by("pk").last()
    redeliver(chosen, actor=SYSTEM, now=timezone.now())

    assert [each.id for each in look().claimed] == [chosen.pk]
    assert look().claimed == []


def test_says_when_to_look_again():
    make_waiting(5, rate_per_minute=600)
    Destination.objects.update(next_slot_at=ago(seconds=-0.2))

    assert 0.1 < look().seconds <= 0.2


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"enabled": False}, id="disabled"),
        pytest.param({"timeout_seconds": 30}, id="longer than the turn"),
    ],
)
def test_leaves_alone(fields):
    make_broken(**{"timeout_seconds": 5} | fields)

    assert look(longest_seconds=20).claimed == []


def test_many_gates_take_turns():
    organization = make_organization()
    for _ in range(MAX_DESTINATIONS + 5):
        make_waiting(3, organization=organization, rate_per_minute=1)

    first, second = look().claimed, look().claimed

    served = [each.destination_id for each in (*first, *second)]
    assert (len(first), len(second)) == (MAX_DESTINATIONS, 5)
    assert len(set(served)) == len(served)


def test_suspects_wait_for_the_same_turns():
    make_broken(1)
    Delivery.objects.update(is_suspect=True)

    assert claim.claim_suspects(uuid7(), room()) == []
    assert look(suspect_limit=0).suspects == []
    (suspect,) = look().suspects
    assert suspect.is_probe


def test_never_more_suspects_than_can_be_sent():
    make_waiting(5, rate_per_minute=6000)
    Delivery.objects.update(is_suspect=True)

    found = look(suspect_limit=2)

    assert (len(found.suspects), found.claimed) == (2, [])


def test_suspects_keep_to_the_free_places():
    organization = make_organization()
    one, other = (
        make_waiting(4, organization=organization, max_in_flight=n) for n in (2, 3)
    )
    Delivery.objects.update(is_suspect=True)

    claimed = claim.claim_suspects(uuid7(), room(busy={str(one.pk): 1}))

    found = [each.destination_id for each in claimed]
    assert (found.count(str(one.pk)), found.count(str(other.pk))) == (1, 3)


def test_saving_sets_and_lifts_the_limit():
    destination = make_destination()

    for rate, is_gated in ((30, True), (None, False)):
        destination.rate_per_minute = rate
        save_destination(destination, actor=SYSTEM, entered_secrets=())
        assert Destination.objects.get().is_gated == is_gated


def test_saving_keeps_what_the_engine_noted_meanwhile():
    destination = make_destination()
    Destination.objects.update(
        is_gated=True, breaker_opened_at=ago(minutes=1), consecutive_failures=12
    )

    destination.label = "Renamed"
    save_destination(destination, actor=SYSTEM, entered_secrets=())

    stored = Destination.objects.get()
    assert (stored.label, stored.consecutive_failures) == ("Renamed", 12)
    assert stored.is_gated


def test_new_address_closes_the_breaker():
    destination = make_broken()

    destination.url = "http://127.0.0.1:47998/other"
    save_destination(destination, actor=SYSTEM, entered_secrets=())

    stored = Destination.objects.get()
    assert (stored.is_gated, stored.breaker_opened_at) == (False, None)
    assert len(claim.claim_due(uuid7(), room())) == 5


@pytest.mark.parametrize("rate", [None, 5], ids=["free", "limited"])
def test_enabling_closes_the_breaker(rate):
    destination = make_broken(enabled=False, rate_per_minute=rate)

    enable_destination(destination, actor=SYSTEM)

    stored = Destination.objects.get()
    assert (stored.consecutive_failures, stored.breaker_opened_at) == (0, None)
    assert stored.is_gated == (rate is not None)


def test_waiting_spends_no_attempt(sink, pump_once):
    sink.always(Answer(503))
    destination = make_waiting(40, url=sink.url, max_in_flight=4)

    for _ in range(3):
        pump_once()

    destination.refresh_from_db()
    assert destination.is_gated
    assert 10 <= len(sink.requests) <= 13  # what was under way when it opened
    waiting = Delivery.objects.filter(attempt_count=0, status="pending")
    assert waiting.count() == 40 - len(sink.requests)


def test_one_success_lets_everything_flow(sink, pump_once):
    make_broken(30, url=sink.url)

    pump_once()

    assert len(sink.requests) == 30
    assert set(Delivery.objects.values_list("status")) == {("delivered",)}
    stored = Destination.objects.get()
    assert (stored.is_gated, stored.probe_at, stored.probe_count) == (False, None, 0)


def test_any_answer_of_its_own_shows_that_it_lives(sink, pump_once):
    sink.always(Answer(404))
    make_broken(3, url=sink.url)

    pump_once()

    assert len(sink.requests) == 3
    assert not Destination.objects.get().is_gated


@pytest.mark.parametrize(
    ("probes", "headers", "low", "high"),
    [
        pytest.param(0, [], 8, 12, id="first"),
        pytest.param(2, [], 32, 48, id="third"),
        pytest.param(7, [], 240, 360, id="longest"),
        pytest.param(0, [("Retry-After", "100")], 95, 101, id="asked for"),
        pytest.param(0, [("Retry-After", "9999")], 295, 301, id="asked for too much"),
    ],
)
def test_failed_probe_waits_longer(probes, headers, low, high, sink, pump_once):
    sink.always(Answer(503, headers=headers))
    destination = make_broken(3, url=sink.url, probe_count=probes)

    pump_once()

    assert len(sink.requests) == 1
    destination.refresh_from_db()
    wait = (destination.probe_at - timezone.now()).total_seconds()
    assert low - 1 < wait <= high
    assert destination.probe_count == probes + 1


def test_late_failures_do_not_count_as_probes(sink, pump_once):
    sink.always(Answer(503, delay_seconds=0.3))
    make_waiting(40, url=sink.url, max_in_flight=20)

    pump_once()

    assert 20 <= len(sink.requests) < 30  # ten that failed, and those under way
    assert Destination.objects.get().probe_count == 0


@pytest.mark.django_db(transaction=True)
def test_limit_holds_over_all_pumps():
    make_waiting(40, rate_per_minute=600, max_in_flight=100)
    start = threading.Barrier(4)
    taken = []

    def work():
        start.wait()
        for _ in range(5):
            taken.extend(look().claimed)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 10 <= len(taken) <= 20
    assert len({each.id for each in taken}) == len(taken)
