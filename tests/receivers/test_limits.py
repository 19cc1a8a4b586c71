from __future__ import annotations

from uuid import uuid4

from receivers.limits import RateLimiter, TurnedAway

RECEIVER = uuid4()


def counts(written):
    return [(count.count, count.is_new) for count in written]


def test_limit_ends_with_the_minute():
    limiter = RateLimiter()
    waits = [limiter.take(RECEIVER, limit=2, clock=second) for second in (0, 10, 20.5)]
    assert waits == [0, 0, 40]
    assert limiter.take(RECEIVER, limit=2, clock=59.99) == 1
    assert limiter.take(RECEIVER, limit=2, clock=60) == 0


def test_each_receiver_has_its_own_limit():
    limiter = RateLimiter()
    limiter.take(RECEIVER, limit=1, clock=0)
    assert limiter.take(uuid4(), limit=1, clock=0) == 0


def test_zero_is_no_limit():
    limiter = RateLimiter()
    assert {limiter.take(RECEIVER, limit=0, clock=0) for _ in range(100)} == {0}


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
