from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.days import find_day, find_day_span
from alerts.uptime import (
    Change,
    Interval,
    Policy,
    Seconds,
    build_intervals,
    count_days,
    count_seconds,
    describe_formula,
    describe_share,
    describe_uncounted,
)

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
STATES = ("operational", "degraded", "down", "maintenance", "unknown")
ZONES = ("UTC", "Europe/Berlin", "America/Sao_Paulo", "Asia/Kolkata", "Pacific/Apia")


def after(minutes):
    return NOON + timedelta(minutes=minutes)


def test_share_of_the_documented_example():
    seconds = Seconds(operational=86_100, degraded=300)

    assert describe_formula(seconds, Policy(degraded_weight=0.5)) == (
        "(86,100 s up + 0.5 × 300 s degraded) ÷ 86,400 s counted = 99.83 %"
    )


@pytest.mark.parametrize(
    ("seconds", "policy", "share"),
    [
        pytest.param(Seconds(), Policy(), None, id="nothing"),
        pytest.param(Seconds(unknown=60), Policy(), None, id="unknown alone"),
        pytest.param(Seconds(maintenance=60), Policy(), None, id="excluded alone"),
        pytest.param(
            Seconds(maintenance=60), Policy(is_maintenance_up=True), 1, id="up"
        ),
        pytest.param(Seconds(down=60), Policy(), 0, id="down"),
        pytest.param(Seconds(30, 0, 10, 60, 60), Policy(), 0.75, id="excluded"),
        pytest.param(
            Seconds(30, 0, 10, 60), Policy(is_maintenance_up=True), 0.9, id="counted"
        ),
        pytest.param(Seconds(0, 60), Policy(), 1, id="degraded is up"),
        pytest.param(Seconds(0, 60), Policy(degraded_weight=0.25), 0.25, id="weight"),
        pytest.param(Seconds(60, 0, 60), Policy(down_weight=0.5), 0.75, id="down up"),
    ],
)
def test_share(seconds, policy, share):
    assert policy.find_share(seconds) == share


@pytest.mark.parametrize(
    ("share", "text"),
    [
        pytest.param(None, "no data", id="nothing"),
        pytest.param(1, "100.00 %", id="all"),
        pytest.param(0, "0.00 %", id="none"),
        pytest.param(0.99826, "99.83 %", id="two places"),
        pytest.param(0.99996, "99.996 %", id="nearly all"),
        pytest.param(0.999999999, "99.9999 %", id="all but a moment"),
        pytest.param(0.00001, "0.001 %", id="hardly any"),
        pytest.param(1e-12, "0.0001 %", id="a moment"),
    ],
)
def test_share_in_words(share, text):
    assert describe_share(share) == text


@given(st.floats(0, 1))
def test_only_all_is_shown_as_all(share):
    assert (describe_share(share) == "100.00 %") == (share == 1)
    assert (describe_share(share) == "0.00 %") == (share == 0)


def test_formula_names_every_term():
    policy = Policy(degraded_weight=0.5, down_weight=0.1, is_maintenance_up=True)

    assert describe_formula(Seconds(60, 20, 10, 10, 5), policy) == (
        "(60 s up + 0.5 × 20 s degraded + 0.1 × 10 s down + 10 s maintenance)"
        " ÷ 100 s counted = 81.00 %"
    )
    assert describe_uncounted(Seconds(60, 20, 10, 10, 5), policy) == (
        "Not counted: 5 s without data."
    )


def test_formula_is_as_exact_as_it_must_be():
    policy = Policy()

    assert describe_formula(Seconds(86_399.75, down=0.25), policy) == (
        "86,399.75 s up ÷ 86,400 s counted = 99.9997 %"
    )
    assert describe_formula(Seconds(86_300.123, down=100), policy) == (
        "86,300 s up ÷ 86,400 s counted = 99.88 %"
    )


def test_formula_of_nothing_is_no_data():
    seconds = Seconds(maintenance=3600, unknown=1.5)

    assert describe_formula(seconds, Policy()) == "no data"
    assert describe_uncounted(seconds, Policy()) == (
        "Not counted: 3,600 s of maintenance and 1.5 s without data."
    )


def test_open_interval_lasts_to_the_end():
    open_one = [Interval("down", after(-600), None)]

    assert count_seconds(open_one, start=NOON, end=after(5)) == Seconds(down=300)


def test_interval_is_clipped_at_both_ends():
    long_one = [Interval("degraded", after(-600), after(600))]

    assert count_seconds(long_one, start=NOON, end=after(5)) == Seconds(degraded=300)


def test_gap_is_unknown():
    short_one = [Interval("operational", after(1), after(2))]

    assert count_seconds(short_one, start=NOON, end=after(5)) == Seconds(
        60, unknown=240
    )


def test_intervals_follow_the_changes():
    changes = [
        Change(after(3), "down", "operational"),
        Change(NOON, "degraded", "down"),
    ]

    assert build_intervals(
        changes, start=after(-10), known_from=after(-5), status="operational"
    ) == [
        Interval("unknown", after(-10), after(-5)),
        Interval("degraded", after(-5), NOON),
        Interval("down", NOON, after(3)),
        Interval("operational", after(3), None),
    ]


def test_without_changes_the_status_lasts():
    found = build_intervals([], start=NOON, known_from=after(-5), status="down")

    assert found == [Interval("down", NOON, None)]


def test_two_changes_at_once_leave_the_last():
    changes = [Change(NOON, "operational", "down"), Change(NOON, "down", "degraded")]
    found = build_intervals(changes, start=NOON, known_from=NOON, status="degraded")

    assert found == [Interval("degraded", NOON, None)]


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        pytest.param("Europe/Berlin", "2026-03-29", 23, id="spring"),
        pytest.param("Europe/Berlin", "2026-10-25", 25, id="autumn"),
        pytest.param("America/Sao_Paulo", "2018-11-04", 23, id="no midnight"),
        pytest.param("Atlantic/Azores", "2026-10-25", 25, id="two midnights"),
        pytest.param("Asia/Kolkata", "2026-03-29", 24, id="half an hour off"),
        pytest.param("Pacific/Apia", "2011-12-30", 0, id="a day that was not"),
    ],
)
def test_length_of_day(zone, day, hours):
    day = datetime.fromisoformat(day).date()
    start, end = find_day_span(day, day, ZoneInfo(zone))

    assert end - start == timedelta(hours=hours)


def test_long_day_counts_its_25_hours():
    zone = ZoneInfo("Europe/Berlin")
    day = date(2026, 10, 25)
    start, end = find_day_span(day, day, zone)

    counted = count_days(
        [Interval("down", start, None)], start=start, end=end, zone=zone
    )

    assert counted == {day: Seconds(down=25 * 3600)}


@st.composite
def histories(draw):
    """Intervals on whole minutes, with gaps, the last perhaps open; and a window."""
    # From a day that Samoa left out on; whole minutes.
    at = datetime(2011, 12, 27, tzinfo=UTC) + draw(st.integers(0, 7_900_000)) * MINUTE
    start = at + draw(st.integers(-500, 500)) * MINUTE
    end = start + draw(st.integers(1, 4000)) * MINUTE
    found = []
    for _ in range(draw(st.integers(0, 8))):
        at += draw(st.integers(0, 300)) * MINUTE
        last = at + draw(st.integers(0, 900)) * MINUTE
        found.append(Interval(draw(st.sampled_from(STATES)), at, last))
        at = last
    if found and draw(st.booleans()):
        found[-1] = found[-1]._replace(end=None)
    return found, start, end


def count_minutes(intervals, start, end):
    """The brute force: the state of each minute, one after the other."""
    while start < end:
        states = [
            status
            for status, first, last in intervals
            if first <= start and (last is None or start < last)
        ]
        yield start, states[0] if states else "unknown"
        start += MINUTE


@given(histories())
def test_counts_as_minute_by_minute(history):
    intervals, start, end = history
    expected = dict.fromkeys(STATES, 0)
    for _, status in count_minutes(intervals, start, end):
        expected[status] += 60

    assert count_seconds(intervals, start=start, end=end)._asdict() == expected


@given(histories(), st.sampled_from(ZONES))
def test_days_count_as_minute_by_minute(history, zone):
    intervals, start, end = history
    zone = ZoneInfo(zone)
    expected = {}
    for minute, status in count_minutes(intervals, start, end):
        day = expected.setdefault(find_day(minute, zone), dict.fromkeys(STATES, 0))
        day[status] += 60

    counted = count_days(intervals, start=start, end=end, zone=zone)

    assert {
        day: each._asdict() for day, each in counted.items() if any(each)
    } == expected


@given(
    histories(),
    st.sampled_from([0, 0.25, 0.5, 1]),
    st.sampled_from([0, 0.125, 1]),
    st.booleans(),
)
def test_shares_as_minute_by_minute(history, degraded, down, is_maintenance_up):
    intervals, start, end = history
    policy = Policy(
        degraded_weight=degraded, down_weight=down, is_maintenance_up=is_maintenance_up
    )
    worth = {"operational": 1, "degraded": degraded, "down": down}
    if is_maintenance_up:
        worth["maintenance"] = 1
    values = [
        worth[status]
        for _, status in count_minutes(intervals, start, end)
        if status in worth
    ]

    share = policy.find_share(count_seconds(intervals, start=start, end=end))

    if values:
        assert share == pytest.approx(sum(values) / len(values), abs=1e-12)
    else:
        assert share is None
