"""Claims: in what order, how many, for how long, and never twice."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.db import connection
from django.utils import timezone

from integrations_project.lib.ids import uuid7
from tests.factories import make_delivery, make_destination, make_organization
from webhooks.engine import claim
from webhooks.engine.claim import MAX_LOST_ALONE, Room
from webhooks.engine.lifeline import Lifeline
from webhooks.models import Delivery, Pump

pytestmark = pytest.mark.django_db


def room(**options):
    defaults = {"limit": 100, "busy": {}, "longest_seconds": 30}
    return Room(**defaults | options)


def claim_all(pump_id=None, **options):
    return claim.claim_due(pump_id or uuid7(), room(**options))


def ago(**units):
    return timezone.now() - dt.timedelta(**units)


def test_claims_what_is_due_with_a_lease():
    destination = make_destination(timeout_seconds=10)
    delivery = make_delivery(destination=destination, is_manual=True)
    make_delivery(destination=destination, due_at=ago(minutes=-5))
    pump_id = uuid7()

    (claimed,) = claim_all(pump_id)

    delivery.refresh_from_db()
    assert (claimed.id, claimed.destination_id) == (delivery.pk, str(destination.pk))
    assert (claimed.event_id, claimed.is_manual) == (str(delivery.event_id), True)
    assert (delivery.status, delivery.lease_owner) == ("sending", pump_id)
    lease = (delivery.due_at - timezone.now()).total_seconds()
    assert 23 < lease <= 25
    assert claim_all() == []


def test_first_attempts_before_retries_oldest_first():
    destination = make_destination(max_in_flight=3)
    rows = [
        make_delivery(destination=destination, priority=1, due_at=ago(minutes=9)),
        make_delivery(destination=destination, due_at=ago(minutes=1)),
        make_delivery(destination=destination, due_at=ago(minutes=2)),
        make_delivery(destination=destination, priority=1, due_at=ago(minutes=8)),
    ]

    claimed = claim_all()

    assert {each.id for each in claimed} == {rows[0].pk, rows[1].pk, rows[2].pk}


def test_never_more_than_the_free_places_of_a_destination():
    organization = make_organization()
    slow, fast = (
        make_destination(organization=organization, max_in_flight=4) for _ in range(2)
    )
    for _ in range(6):
        make_delivery(destination=slow)
    make_delivery(destination=fast)

    claimed = claim_all(busy={str(slow.pk): 1})

    assert sorted(each.destination_id == str(slow.pk) for each in claimed) == [
        False,
        True,
        True,
        True,
    ]
    assert claim_all(busy={str(slow.pk): 4}) == []


def test_limit_and_start_go_round():
    organization = make_organization()
    destinations = sorted(
        (make_destination(organization=organization) for _ in range(3)),
        key=lambda destination: destination.pk,
    )
    for destination in destinations:
        make_delivery(destination=destination)

    (first,) = claim_all(limit=1)
    (second,) = claim_all(limit=1, after=first.destination_id)

    assert first.destination_id == str(destinations[0].pk)
    assert second.destination_id == str(destinations[1].pk)


@pytest.mark.parametrize(
    ("destination", "delivery"),
    [
        pytest.param({"enabled": False}, {}, id="disabled"),
        pytest.param({"timeout_seconds": 30}, {}, id="longer than the turn"),
        pytest.param({"timeout_seconds": 5}, {"is_suspect": True}, id="suspect"),
        pytest.param({"timeout_seconds": 5}, {"status": "delivered"}, id="delivered"),
    ],
)
def test_leaves_alone(destination, delivery):
    make_delivery(destination=make_destination(**destination), **delivery)

    assert claim_all(longest_seconds=20) == []


def test_given_back_is_due_at_once():
    delivery = make_delivery()
    pump_id = uuid7()
    claim_all(pump_id)

    assert claim.give_back(uuid7(), [delivery.pk]) == 0
    assert claim.give_back(pump_id, [delivery.pk]) == 1

    delivery.refresh_from_db()
    assert (delivery.status, delivery.is_suspect) == ("pending", False)
    assert len(claim_all()) == 1


def test_claims_that_nobody_heard_of_are_given_back():
    known, unknown = make_delivery(), make_delivery()
    pump_id = uuid7()
    claim_all(pump_id)

    assert claim.give_back_unknown(pump_id, [known.pk]) == 1

    unknown.refresh_from_db()
    assert unknown.status == "pending"


@pytest.mark.parametrize(
    ("due_in", "beat_ago", "finished", "is_lost"),
    [
        pytest.param(30, 1, False, False, id="alive"),
        pytest.param(-1, 1, False, True, id="lease over"),
        pytest.param(30, 11, False, True, id="no beat"),
        pytest.param(30, 1, True, True, id="ended"),
        pytest.param(30, None, False, True, id="unknown pump"),
    ],
)
def test_lost_claims_become_suspects(due_in, beat_ago, finished, is_lost):
    pump_id = uuid7()
    if beat_ago is not None:
        Pump.objects.create(
            id=pump_id,
            host="h",
            process_id=1,
            started_at=timezone.now(),
            beat_at=ago(seconds=beat_ago),
            progress_at=timezone.now(),
            finished_at=timezone.now() if finished else None,
        )
    delivery = make_delivery(
        status="sending", lease_owner=pump_id, due_at=ago(seconds=-due_in)
    )

    assert claim.take_back_lost() == is_lost

    delivery.refresh_from_db()
    assert delivery.status == ("pending" if is_lost else "sending")
    assert delivery.is_suspect == is_lost
    assert (delivery.attempt_count, delivery.lost_alone_count) == (0, 0)


def test_suspects_are_claimed_apart():
    suspect = make_delivery(is_suspect=True)
    make_delivery()

    claimed = claim.claim_suspects(uuid7(), room(limit=8))

    assert [each.id for each in claimed] == [suspect.pk]


def test_five_losses_while_alone_set_it_aside():
    delivery = make_delivery(is_suspect=True)

    for number in range(1, MAX_LOST_ALONE + 1):
        Delivery.objects.update(due_at=timezone.now())
        pump_id = uuid7()
        assert len(claim.claim_suspects(pump_id, room(limit=1))) == 1
        claim.record_lost_alone(pump_id, delivery.pk)
        delivery.refresh_from_db()
        assert delivery.lost_alone_count == number

    assert (delivery.status, delivery.attempt_count) == ("failed", 0)
    assert "Set aside" in delivery.reason


def test_published_while_being_disabled_is_skipped():
    delivery = make_delivery(destination=make_destination(enabled=False))

    assert claim.skip_disabled("The webhook is disabled.") == 1

    delivery.refresh_from_db()
    assert (delivery.status, delivery.reason) == ("skipped", "The webhook is disabled.")


@pytest.mark.django_db(transaction=True)
def test_two_claimers_never_take_the_same():
    organization = make_organization()
    for _ in range(5):
        destination = make_destination(organization=organization, max_in_flight=100)
        for _ in range(30):
            make_delivery(destination=destination)
    taken: list[list[int]] = [[], []]
    start = threading.Barrier(2)

    def work(number):
        pump = Lifeline()
        start.wait()
        while found := claim_all(pump.id, limit=20):
            taken[number] += [each.id for each in found]
        connection.close()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(taken[0]) + len(taken[1]) == 150
    assert not set(taken[0]) & set(taken[1])
