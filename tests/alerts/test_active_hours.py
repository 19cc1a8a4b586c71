"""Active hours: over midnight, and on the days when the clocks change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.conditions import find_active, is_active

OFFICE = {
    "time_zone": "Europe/Paris",
    "windows": [{"days": [0, 1, 2, 3, 4], "from": "08:00", "to": "18:00"}],
}
NIGHT = {
    "time_zone": "America/New_York",
    "windows": [{"days": [4], "from": "22:00", "to": "06:00"}],
}


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "moment", "begins"),
    [
        pytest.param({}, "2026-11-21T03:00", "2026-11-21T03:00", id="always"),
        pytest.param(OFFICE, "2026-11-20T09:00", "2026-11-20T09:00", id="within"),
        pytest.param(OFFICE, "2026-11-20T17:00", "2026-11-23T07:00", id="weekend"),
        pytest.param(OFFICE, "2026-11-20T06:59", "2026-11-20T07:00", id="winter"),
        pytest.param(OFFICE, "2026-07-20T05:59", "2026-07-20T06:00", id="summer"),
        # The clocks go forward on Sunday, 29 March: Monday is an hour earlier.
        pytest.param(OFFICE, "2026-03-27T17:30", "2026-03-30T06:00", id="forward"),
        pytest.param(OFFICE, "2026-10-23T16:30", "2026-10-26T07:00", id="back"),
        pytest.param(NIGHT, "2026-11-21T08:00", "2026-11-21T08:00", id="past midnight"),
        pytest.param(NIGHT, "2026-11-21T11:00", "2026-11-28T03:00", id="a week on"),
        pytest.param(NIGHT, "2026-11-21T02:00", "2026-11-21T03:00", id="before it"),
    ],
)  # fmt: skip
def test_begins(hours, moment, begins):
    assert find_active(hours, at(moment)) == at(begins)
    assert is_active(hours, at(moment)) is (moment == begins)


def test_window_over_a_changed_night():
    """From 22:00 to 06:00 is seven hours long when the clocks go forward."""
    hours = {
        "time_zone": "Europe/Paris",
        "windows": [{"days": [5], "from": "22:00", "to": "06:00"}],
    }
    start = at("2026-03-28T21:00")
    minutes = range(0, 24 * 60, 5)
    active = sum(is_active(hours, start + timedelta(minutes=m)) for m in minutes)
    assert active == 7 * 12


days = st.lists(st.integers(0, 6), min_size=1, max_size=7, unique=True)
times = st.builds("{:02}:{:02}".format, st.integers(0, 23), st.integers(0, 59))
windows = st.builds(
    lambda days, start, end: {"days": days, "from": start, "to": end},
    days,
    times,
    times,
).filter(lambda window: window["from"] != window["to"])
zones = st.sampled_from(["UTC", "Europe/Paris", "America/New_York", "Asia/Kathmandu"])
moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 1)).map(  # noqa: DTZ001
    lambda moment: moment.replace(tzinfo=UTC, second=0, microsecond=0)
)


@given(zones, st.lists(windows, min_size=1, max_size=3), moments)
def test_nothing_is_active_before_it_begins(zone, chosen, moment):
    hours = {"time_zone": zone, "windows": chosen}
    begins = find_active(hours, moment)
    assert moment <= begins <= moment + timedelta(days=8, hours=2)
    assert is_active(hours, begins)
    if begins > moment:
        assert not is_active(hours, moment)
        assert not is_active(hours, begins - timedelta(minutes=1))
