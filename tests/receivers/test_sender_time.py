from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receivers.sender_time import parse_sender_time

NOON = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-20T12:00:00Z",
        "2026-11-20T12:00:00+00:00",
        "2026-11-20T13:00:00+0100",
        "2026-11-20T12:00:00",
        "2026-11-20 12:00:00",
        "2026-11-20 12:00:00.000000000 UTC",
        " 2026-11-20T12:00:00.000000000Z ",
        NOON.timestamp(),
        str(int(NOON.timestamp())),
        int(NOON.timestamp() * 1000),
        str(int(NOON.timestamp() * 10**6)),
        int(NOON.timestamp() * 10**9),
    ],
)
def test_times_as_senders_write_them(text):
    assert parse_sender_time(text) == NOON


@pytest.mark.parametrize(
    "value",
    ["", "soon", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", 12, -1, True,
     None, [], {}, 1e300, "1" * 400, "2026-13-01T00:00:00Z"],
)  # fmt: skip
def test_what_is_no_time(value):
    assert parse_sender_time(value) is None


@given(
    st.datetimes(datetime(2000, 1, 2), datetime(2099, 12, 30)),  # noqa: DTZ001
    st.integers(-14, 14),
)
def test_any_time_in_any_zone_is_read(moment, hours):
    sign = "-" if hours < 0 else "+"
    local = (moment + timedelta(hours=hours)).isoformat()
    read = parse_sender_time(f"{local}{sign}{abs(hours):02}:00")
    assert read == moment.replace(tzinfo=UTC)


@given(st.one_of(st.text(max_size=60), st.floats(), st.integers()))
def test_nothing_trips_it(value):
    read = parse_sender_time(value)
    assert read is None or read.tzinfo is UTC
