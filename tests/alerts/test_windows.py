"""When windows are on, held against a count of every minute."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.models import Window
from alerts.windows import (
    Scope,
    find_current,
    find_errors,
    find_next,
    list_occurrences,
)

BERLIN = "Europe/Berlin"
#: A gap at 2:00 on 29 March 2026, an hour twice at 3:00 on 25 October 2026.
ZONE = ZoneInfo(BERLIN)


def at(text, zone=ZONE):
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def window(start, end, **fields):
    times = {"starts_at": at(start), "ends_at": at(end), "time_zone": BERLIN}
    return Window(**times | fields)


def spans(found):
    """Show occurrences by the clock on the wall."""
    local = [(a.astimezone(ZONE), b.astimezone(ZONE)) for a, b in found]
    return [f"{a:%d %H:%M}-{b:%d %H:%M}" for a, b in local]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        # Its hour is not there that day: what is left of it.
        pytest.param("02:30", "03:30", "29 03:00-29 03:30", id="begins in the gap"),
        pytest.param("01:30", "02:30", "29 01:30-29 03:00", id="ends in the gap"),
        # Nothing is left: after the jump, as long as always.
        pytest.param("02:15", "02:45", "29 03:00-29 03:30", id="lies in the gap"),
        pytest.param("01:00", "04:00", "29 01:00-29 04:00", id="around the gap"),
        pytest.param("09:00", "10:00", "29 09:00-29 10:00", id="after the gap"),
    ],
)
def test_daily_when_clocks_jump_ahead(start, end, expected):
    daily = window(f"2026-03-27 {start}", f"2026-03-27 {end}", recurrence="daily")
    found = list_occurrences(daily, since=at("2026-03-29"), until=at("2026-03-30"))
    assert spans(found) == [expected]


def test_daily_when_an_hour_comes_twice():
    daily = window("2026-10-24 02:15", "2026-10-24 03:15", recurrence="daily")
    (found,) = list_occurrences(daily, since=at("2026-10-25"), until=at("2026-10-26"))
    # From the first 2:15 to the only 3:15: two hours have passed.
    assert found.ends_at - found.starts_at == timedelta(hours=2)


def test_monthly_leaves_out_months_without_the_day():
    monthly = window("2026-01-31 10:00", "2026-01-31 11:00", recurrence="monthly")
    found = list_occurrences(monthly, since=at("2026-01-01"), until=at("2026-06-01"))
    assert [each.starts_at.month for each in found] == [1, 3, 5]


def test_first_one_is_exactly_as_it_was_said():
    daily = window("2026-05-01 10:00:00.250", "2026-05-01 12:00", recurrence="daily")
    assert find_current(daily, daily.starts_at) == (daily.starts_at, daily.ends_at)
    assert find_current(daily, daily.starts_at + timedelta(days=1)) is not None


def test_last_day_is_one_of_them():
    daily = window(
        "2026-05-01 23:00",
        "2026-05-02 01:00",
        recurrence="daily",
        recurs_until=date(2026, 5, 3),
    )
    found = list_occurrences(daily, since=at("2026-05-01"), until=at("2026-06-01"))
    assert spans(found)[-1] == "03 23:00-04 01:00"
    assert find_next(daily, at("2026-05-03 23:30")) is None


def test_ended_early_is_over_and_the_next_comes():
    daily = window("2026-05-01 10:00", "2026-05-01 12:00", recurrence="daily")
    now = at("2026-05-02 11:00")
    daily.ended_start = find_current(daily, now).starts_at
    assert find_current(daily, now) is None
    assert find_next(daily, now).starts_at == at("2026-05-03 10:00")


def test_cancelled_never_comes():
    daily = window("2026-05-01 10:00", "2026-05-01 12:00", recurrence="daily")
    daily.cancelled_at = at("2026-05-01 09:00")
    assert find_current(daily, at("2026-05-02 11:00")) is None
    assert find_next(daily, at("2026-05-02 11:00")) is None


def test_on_from_its_start_to_before_its_end():
    once = window("2026-05-01 10:00", "2026-05-01 12:00")
    tick = timedelta(microseconds=1)
    assert find_current(once, once.starts_at - tick) is None
    assert find_current(once, once.starts_at) is not None
    assert find_current(once, once.ends_at - tick) is not None
    assert find_current(once, once.ends_at) is None


def test_next_is_found_years_ahead():
    far = window("2028-02-29 10:00", "2028-02-29 11:00", recurrence="monthly")
    assert find_next(far, at("2026-01-01 00:00")).starts_at == far.starts_at


def is_on(each, moment):
    """Tell by the clock and the calendar alone, for windows of one day."""
    local = moment.astimezone(ZONE)
    begin, end = each.starts_at.astimezone(ZONE), each.ends_at.astimezone(ZONE)
    if moment < each.starts_at:
        return False
    if each.recurs_until and local.date() > each.recurs_until:
        return False
    right_day = {
        "daily": True,
        "weekly": local.weekday() in (each.weekdays or [begin.weekday()]),
        "monthly": local.day == begin.day,
    }[each.recurrence]
    return right_day and begin.time() <= local.time() < end.time()


@given(
    day=st.dates(date(2026, 3, 1), date(2026, 3, 28)),
    hour=st.integers(4, 20),
    length=st.integers(1, 180),
    recurrence=st.sampled_from(["daily", "weekly", "monthly"]),
    weekdays=st.lists(st.integers(0, 6), unique=True),
    until=st.none() | st.dates(date(2026, 4, 1), date(2026, 5, 1)),
)
def test_agrees_with_the_calendar(day, hour, length, recurrence, weekdays, until):
    begin = datetime(day.year, day.month, day.day, hour, tzinfo=ZONE).astimezone(UTC)
    each = Window(
        starts_at=begin,
        ends_at=begin + timedelta(minutes=length),
        time_zone=BERLIN,
        recurrence=recurrence,
        weekdays=weekdays,
        recurs_until=until,
    )
    since = at("2026-03-20")
    found = list_occurrences(each, since=since, until=since + timedelta(days=30))
    for quarter in range(30 * 24 * 4):
        moment = since + timedelta(minutes=15 * quarter)
        listed = any(a <= moment < b for a, b in found)
        assert listed == is_on(each, moment), moment


@given(
    start=st.integers(0, 24 * 60 - 1),
    length=st.integers(1, 24 * 60),
    days=st.integers(0, 400),
)
def test_occurrences_follow_each_other(start, length, days):
    begin = at("2026-01-01") + timedelta(minutes=start)
    each = Window(
        starts_at=begin,
        ends_at=begin + timedelta(minutes=length),
        time_zone=BERLIN,
        recurrence="daily",
    )
    since = begin + timedelta(days=days)
    found = list_occurrences(each, since=since, until=since + timedelta(days=5))
    assert len(found) >= 4
    for earlier, later in itertools.pairwise(found):
        assert earlier.starts_at < earlier.ends_at
        assert earlier.starts_at < later.starts_at


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"time_zone": "Berlin"}, "time_zone"),
        ({"ends_at": at("2026-05-01 10:00")}, "ends_at"),
        ({"ends_at": at("2026-05-02 11:00"), "recurrence": "daily"}, "ends_at"),
        ({"ends_at": at("2028-05-02 11:00")}, "ends_at"),
        ({"weekdays": [7]}, "weekdays"),
        ({"weekdays": "Monday"}, "weekdays"),
        ({"recurrence": "weekly", "weekdays": [0]}, "weekdays"),
        ({"recurrence": "daily", "recurs_until": date(2026, 4, 30)}, "recurs_until"),
        (
            {
                "recurrence": "weekly",
                "weekdays": [4, 5],
                "ends_at": at("2026-05-03 10:00"),
            },
            "ends_at",
        ),
    ],
)
def test_errors(fields, field):
    friday = window("2026-05-01 10:00", "2026-05-01 12:00")
    assert find_errors(friday) == {}
    for name, value in fields.items():
        setattr(friday, name, value)
    assert list(find_errors(friday)) == [field]


def test_scope():
    ours, other = Window().pk, Window().pk
    scope = Scope(False, {ours}, {other}, {"team": "web"})
    assert scope.covers(ours, None, {})
    assert scope.covers(other, other, {})
    assert scope.covers(other, None, {"team": "web", "tier": "1"})
    assert not scope.covers(other, None, {"team": "data"})
    assert scope.covers_network(other)
    assert not scope.covers_network(None)
    assert not Scope(False, (), (), {}).covers(ours, None, {})
    assert Scope(True, (), (), {}).covers_network(None)
