"""When a schedule runs next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitors.exceptions import InvalidSchedule
from monitors.timing import find_next_run

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def run_after(now, *, interval=None, cron="", zone="UTC", last=NOON):
    return find_next_run(
        interval_seconds=interval,
        cron_expression=cron,
        time_zone=zone,
        last=last,
        now=now,
    )


@pytest.mark.parametrize("late", [0, 1, 59])
def test_interval_keeps_its_grid(late):
    assert run_after(NOON + timedelta(seconds=late), interval=60) == NOON + timedelta(
        seconds=60
    )


def test_missed_slots_are_one_run():
    now = NOON + timedelta(hours=5, seconds=7)

    assert run_after(now, interval=3600) == NOON + timedelta(hours=6)


def test_clock_that_was_set_back_does_not_run_early():
    assert run_after(NOON - timedelta(hours=1), interval=60) > NOON


@pytest.mark.parametrize(
    ("cron", "zone", "expected"),
    [
        ("0 9 * * *", "UTC", "2026-03-02T09:00:00+00:00"),
        ("0 9 * * *", "America/New_York", "2026-03-01T14:00:00+00:00"),
        ("30 2 29 3 *", "Europe/Berlin", "2026-03-29T01:00:00+00:00"),  # no 02:30
        ("0 9 * * 1-5", "Asia/Tokyo", "2026-03-02T00:00:00+00:00"),
    ],
)
def test_cron_in_its_zone(cron, zone, expected):
    assert run_after(NOON, cron=cron, zone=zone) == datetime.fromisoformat(expected)


@pytest.mark.parametrize(
    ("cron", "zone"),
    [
        ("", "UTC"),
        ("* * * * * *", "UTC"),
        ("61 * * * *", "UTC"),
        ("0 0 30 2 *", "UTC"),
        ("@daily", "UTC"),
        ("0 9 * * *", "Mars/Base"),
        ("0 9 * * *", "../etc/passwd"),
        ("0 9 * * *", ""),
    ],
)
def test_schedules_that_cannot_be_read(cron, zone):
    with pytest.raises(InvalidSchedule) as caught:
        run_after(NOON, cron=cron, zone=zone)

    assert caught.value.message.endswith(".")
