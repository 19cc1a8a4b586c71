"""What a delivery that is due says about its waiting."""

from __future__ import annotations

import datetime as dt

import pytest

from webhooks.fate import Fate, describe_fate
from webhooks.models import Delivery, Destination

NOW = dt.datetime(2026, 11, 21, 14, 0, tzinfo=dt.UTC)
FAILED = "Waiting: the endpoint failed 12 times in a row; one request is tried"


def at(minutes):
    return NOW + dt.timedelta(minutes=minutes)


def describe(*, due_in=-1, **fields):
    delivery = Delivery(
        status="pending",
        due_at=at(due_in),
        destination=Destination(consecutive_failures=12, **fields),
    )
    fate = describe_fate(delivery, now=NOW)
    moment = f" {fate.at:%H:%M}" if fate.at else ""
    return f"{fate.before}{moment}{fate.after}"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param(
            {"breaker_opened_at": at(-9), "probe_at": at(5)},
            f"{FAILED} at 14:05.",
            id="breaker",
        ),
        pytest.param(
            {"breaker_opened_at": at(-9), "probe_at": at(-1)},
            f"{FAILED} now.",
            id="its probe is due",
        ),
        pytest.param(
            {"rate_per_minute": 60},
            "Waiting for its turn: at most 60 requests a minute.",
            id="rate",
        ),
        pytest.param(
            {"rate_per_minute": 1},
            "Waiting for its turn: at most 1 request a minute.",
            id="rate of one",
        ),
        pytest.param(
            {"rate_per_minute": 60, "due_in": 3},
            "Waiting until 14:03: nothing was sent yet.",
            id="not due yet",
        ),
        pytest.param(
            {"breaker_opened_at": at(-9), "probe_at": at(5), "due_in": 3},
            f"{FAILED} at 14:05.",
            id="its probe is after it is due",
        ),
        pytest.param(
            {},
            "Due since 13:59 and waits for a free worker or for its webhook's turn.",
            id="no gate",
        ),
    ],
)
def test_waiting(fields, expected):
    assert describe(**fields) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({}, at(-1), id="no gate"),
        pytest.param(
            {"breaker_opened_at": at(-9), "probe_at": at(5)}, at(5), id="breaker"
        ),
        pytest.param({"probe_at": at(5)}, at(-1), id="breaker that closed"),
        pytest.param({"rate_per_minute": 60, "next_slot_at": at(1)}, at(1), id="rate"),
        pytest.param({"next_slot_at": at(1)}, at(-1), id="rate no more"),
        pytest.param(
            {"rate_per_minute": 60, "next_slot_at": at(-5)}, at(-1), id="free slot"
        ),
        pytest.param(
            {
                "breaker_opened_at": at(-9),
                "probe_at": at(5),
                "rate_per_minute": 60,
                "next_slot_at": at(7),
            },
            at(7),
            id="both",
        ),
    ],
)
def test_next_attempt_is_when_the_gate_lets_it_through(fields, expected):
    delivery = Delivery(due_at=at(-1), destination=Destination(**fields))

    assert delivery.next_attempt_at == expected


def test_sentence_as_text_names_its_moment():
    fate = Fate(before="Waiting until", at=NOW, after=": nothing was sent yet.")

    assert str(fate) == "Waiting until 2026-11-21 14:00:00 UTC: nothing was sent yet."
