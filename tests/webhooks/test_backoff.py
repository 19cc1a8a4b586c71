"""When to try again, as a table."""

from __future__ import annotations

import datetime as dt

import pytest

from webhooks.backoff import DEFAULT_SCHEDULE, find_delay, parse_retry_after

NOW = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("failures", "schedule", "random_value", "retry_after", "expected"),
    [
        # the contract's schedule, without jitter
        (1, None, 0.5, None, 5),
        (2, None, 0.5, None, 300),
        (3, None, 0.5, None, 1800),
        (4, None, 0.5, None, 7200),
        (5, None, 0.5, None, 18_000),
        (6, None, 0.5, None, 36_000),
        (7, None, 0.5, None, 50_400),
        (8, None, 0.5, None, 72_000),
        (9, None, 0.5, None, 86_400),
        # the tenth attempt was the last
        (10, None, 0.5, None, None),
        (11, None, 0.5, None, None),
        # jitter: 20 % to either side
        (2, None, 0.0, None, 240),
        (2, None, 1.0, None, 360),
        # a destination's own schedule
        (1, (60,), 0.5, None, 60),
        (2, (60,), 0.5, None, None),
        # Retry-After: never earlier than the schedule, never beyond ten hours,
        # and no further attempt
        (1, None, 0.5, 120.0, 120),
        (2, None, 0.5, 10.0, 300),
        (1, None, 0.5, 1e9, 36_000),
        (9, None, 0.5, 1e9, 86_400),
        (10, None, 0.5, 60.0, None),
    ],
)
def test_delay(failures, schedule, random_value, retry_after, expected):
    delay = find_delay(
        failures,
        schedule=schedule,
        random_value=random_value,
        retry_after_seconds=retry_after,
    )

    assert delay == (None if expected is None else pytest.approx(expected))


def test_ten_attempts_in_three_days():
    assert len(DEFAULT_SCHEDULE) + 1 == 10
    assert sum(DEFAULT_SCHEDULE) / 3600 == pytest.approx(75.6, abs=0.05)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("120", 120, id="seconds"),
        pytest.param(" 7 ", 7, id="spaces"),
        pytest.param("Sat, 21 Nov 2026 12:01:30 GMT", 90, id="date"),
        pytest.param("Sat, 21 Nov 2026 11:00:00 GMT", 0, id="past"),
        pytest.param("9" * 40, 10**9, id="endless"),
        pytest.param("soon", None, id="word"),
        pytest.param("-5", None, id="negative"),
        pytest.param("", None, id="empty"),
        pytest.param(None, None, id="absent"),
    ],
)
def test_retry_after(value, expected):
    assert parse_retry_after(value, now=NOW) == expected
