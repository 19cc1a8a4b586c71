"""How many requests a rate limit lets start, and when a breaker's probe is sent."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhooks.pacing import MINUTE, find_probe_seconds, find_slots

NOW = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)


def after(seconds):
    return NOW + dt.timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("rate", "next_slot", "wanted", "count", "following"),
    [
        pytest.param(60, None, 9, 1, 1, id="one a second"),
        pytest.param(60, 0.4, 9, 0, 0.4, id="not yet"),
        pytest.param(60, -0.4, 9, 1, 1, id="a slot that passed is not made up for"),
        pytest.param(1, None, 9, 1, 60, id="one a minute"),
        pytest.param(600, None, 99, 10, 60 / 591, id="a second's share at once"),
        pytest.param(600, None, 4, 4, -5 * 60 / 591, id="the rest of it stays"),
        pytest.param(600, None, 0, 0, -9 * 60 / 591, id="nothing is wanted"),
    ],
)
def test_slots(rate, next_slot, wanted, count, following):
    next_slot_at = None if next_slot is None else after(next_slot)

    slots = find_slots(rate, next_slot_at=next_slot_at, now=NOW, wanted=wanted)

    assert slots.count == count
    assert (slots.next_slot_at - NOW).total_seconds() == pytest.approx(
        following, abs=0.001
    )


@given(
    rate=st.integers(1, 700),
    looks=st.lists(
        st.tuples(st.floats(0, 20, allow_nan=False), st.integers(0, 30)), max_size=60
    ),
)
def test_no_minute_holds_more_than_the_rate(rate, looks):
    moment, slot, starts = NOW, None, []
    for wait, wanted in looks:
        moment += dt.timedelta(seconds=wait)
        slots = find_slots(rate, next_slot_at=slot, now=moment, wanted=wanted)
        slot = slots.next_slot_at
        assert slots.count <= max(1, rate // 60)
        starts += [moment] * slots.count

    for first, after_a_rate in zip(starts, starts[rate:], strict=False):
        # Times have microseconds, steps do not always.
        assert (after_a_rate - first).total_seconds() > MINUTE - 0.01


@pytest.mark.parametrize("rate", [1, 7, 60, 119, 120, 600, 6000, 60_000])
def test_the_rate_is_made_good_use_of(rate):
    moment, slot, count = NOW, None, 0
    while moment < after(600):
        slots = find_slots(rate, next_slot_at=slot, now=moment, wanted=10_000)
        slot, count = slots.next_slot_at, count + slots.count
        # The pump looks when a slot is there, but not more often than that.
        moment = max(slot, moment + dt.timedelta(seconds=0.05))

    assert 0.95 * rate * 10 <= count <= rate * 10


def test_probes_become_rarer():
    waits = [find_probe_seconds(count, random_value=0.5) for count in range(9)]

    assert waits == [5, 10, 20, 40, 80, 160, 300, 300, 300]
    assert find_probe_seconds(0, random_value=0) == 4
    assert find_probe_seconds(0, random_value=1) == 6
    assert all(earlier <= later for earlier, later in pairwise(waits))
