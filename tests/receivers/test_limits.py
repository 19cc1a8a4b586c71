from __future__ import annotations

from uuid import uuid4

import pytest

from receivers.datatypes import ReceiverSpec
from receivers.limits import RateLimiter, TurnedAway

RECEIVER = uuid4()


def spec_of(rate, *, organization_id=None):
    return ReceiverSpec(
        id=uuid4(),
        organization_id=organization_id or uuid4(),
        name="CI",
        rate_per_minute=rate,
    )


def waits(limiter, spec, *clocks):
    answers = [limiter.admit(spec, clock=clock) for clock in clocks]
    return [answer.wait_seconds if answer else 0 for answer in answers]


def counts(written):
    return [(count.count, count.is_new) for count in written]


def test_limit_ends_with_the_minute():
    limiter, spec = RateLimiter(), spec_of(2)
    assert waits(limiter, spec, 0, 10, 20.5, 59.99, 60) == [0, 0, 40, 1, 0]


def test_each_receiver_has_its_own_limit():
    limiter = RateLimiter()
    assert waits(limiter, spec_of(1), 0, 0) == [0, 60]
    assert waits(limiter, spec_of(1), 0) == [0]


def test_zero_is_no_limit():
    assert set(waits(RateLimiter(), spec_of(0), *[0] * 100)) == {0}


@pytest.fixture
def shared(settings):
    """Three requests a minute for two receivers of one organization."""
    settings.RECEIVER_RATE_PER_MINUTE_ORGANIZATION = 3
    organization_id = uuid4()
    return [spec_of(2, organization_id=organization_id) for _ in range(2)]


def test_receivers_of_an_organization_share_a_limit(shared):
    limiter, (one, other) = RateLimiter(), shared
    assert waits(limiter, one, 0, 0, 1) == [0, 0, 59]
    assert waits(limiter, other, 10, 10.5) == [0, 50]
    assert "organization take 3 requests" in limiter.admit(other, clock=11).detail
    assert waits(limiter, spec_of(2), 11) == [0]
    assert waits(limiter, other, 60) == [0]


def test_what_is_turned_away_uses_nothing_up(shared):
    limiter, (one, other) = RateLimiter(), shared
    waits(limiter, one, *[0] * 50)
    assert waits(limiter, other, 0) == [0]


def test_organization_may_have_no_limit(shared, settings):
    settings.RECEIVER_RATE_PER_MINUTE_ORGANIZATION = 0
    limiter = RateLimiter()
    assert waits(limiter, shared[0], 0, 0) == waits(limiter, shared[1], 0, 0) == [0, 0]


@pytest.mark.parametrize(("limit", "processes", "share"), [(600, 4, 150), (2, 4, 1)])
def test_each_process_takes_its_share(settings, limit, processes, share):
    settings.WEB_PROCESSES = processes
    limiter, spec = RateLimiter(), spec_of(limit)
    assert waits(limiter, spec, *[0] * (share + 1)) == [*[0] * share, 60]
    # People are told the limit that they set.
    assert f"takes {limit} requests" in limiter.admit(spec, clock=1).detail


def test_processes_without_a_limit_have_none(settings):
    settings.WEB_PROCESSES = 4
    assert set(waits(RateLimiter(), spec_of(0), *[0] * 100)) == {0}


def test_first_ones_are_counted_at_once():
    turned_away = TurnedAway()
    first = turned_away.add(RECEIVER, "rate_limited", clock=0)
    second = turned_away.add(RECEIVER, "rate_limited", clock=0)
    assert (counts(first), counts(second)) == ([(1, True)], [(1, False)])
    assert first[0].receipt_id == second[0].receipt_id


def test_flood_is_written_once_a_second():
    turned_away = TurnedAway()
    written = [
        count
        for millisecond in range(3000)
        for count in turned_away.add(RECEIVER, "x", clock=millisecond / 1000)
    ]
    assert len(written) <= 14
    rest = turned_away.take_rest(clock=10)
    assert sum(count.count for count in [*written, *rest]) == 3000
    assert turned_away.take_rest(clock=20) == []


def test_next_minute_has_a_receipt_of_its_own():
    turned_away = TurnedAway()
    for _ in range(15):
        turned_away.add(RECEIVER, "x", clock=0)
    written = turned_away.add(RECEIVER, "x", clock=60)
    assert counts(written) == [(5, False), (1, True)]


def test_reasons_are_counted_apart():
    turned_away = TurnedAway()
    turned_away.add(RECEIVER, "rate_limited", clock=0)
    assert counts(turned_away.add(RECEIVER, "body_too_large", clock=0)) == [(1, True)]
