"""The parts of a page that are made from plain values."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError

from alerts.models import Window
from alerts.status_page.bars import draw_days
from alerts.status_page.colours import (
    DARK,
    LIGHT,
    READABLE,
    build_stylesheet,
    find_contrast,
    make_readable,
)
from alerts.status_page.logos import MAX_LOGO_BYTES, find_logo_type
from alerts.status_page.networks import clean_networks, is_within
from alerts.status_page.past import list_days
from alerts.status_page.words import find_worst, write_day_note, write_headline
from alerts.windows import list_occurrences


def component(status, name="API"):
    return {"name": name, "status": status}


@pytest.mark.parametrize(
    ("components", "headline"),
    [
        ([], "Nothing is shown here yet"),
        ([component("operational")], "All systems operational"),
        ([component("down")], "API is down"),
        ([component("degraded"), component("operational")], "API is degraded"),
        ([component("down"), component("down")], "All systems are down"),
        # The worst gives the words; planned work is better than trouble.
        ([component("maintenance"), component("degraded")], "API is degraded"),
        ([component("maintenance")], "API is under maintenance"),
        (
            [component("down"), component("down"), component("operational")],
            "2 of 3 systems are down",
        ),
    ],
)
def test_headline(components, headline):
    assert write_headline(components) == headline


def test_worst_of_nothing_is_calm():
    assert find_worst([]) == "operational"


@pytest.mark.parametrize(
    ("seconds", "note"),
    [
        ((0, 0, 0), ""),
        ((30, 0, 0), "Down for under a minute"),
        ((1200, 0, 0), "Down for 20 min"),
        ((3600 * 3 + 300, 60, 0), "Down for 3 h 5 min, degraded for 1 min"),
        ((0, 0, 86400), "Under maintenance for 1 d"),
    ],
)
def test_note_of_a_day(seconds, note):
    down, degraded, maintenance = seconds
    found = write_day_note(down=down, degraded=degraded, maintenance=maintenance)
    assert found == note


def test_calm_days_are_one_shape():
    told = {"day": "2026-11-03", "status": "down", "uptime_percent": 99.0, "note": "N"}
    chart = draw_days(
        {
            "first_day": "2026-11-01",
            "last_day": "2026-11-05",
            "known_from": "2026-11-01",
            "days": [told],
        }
    )
    assert [shape.status for shape in chart.shapes] == [
        "operational",
        "down",
        "operational",
    ]
    assert chart.shapes[0].title == "1 Nov 2026 – 2 Nov 2026: operational"
    assert chart.shapes[1].title == "3 Nov 2026: N"
    assert chart.width == 25


@pytest.mark.parametrize(
    ("known_from", "shapes"),
    [
        (
            "2026-11-04",
            [("", "1 Nov 2026 – 3 Nov 2026"), ("operational", "4 Nov 2026")],
        ),
        ("", [("", "1 Nov 2026 – 5 Nov 2026")]),
    ],
    ids=["began in between", "never"],
)
def test_days_before_the_beginning_have_no_data(known_from, shapes):
    chart = draw_days(
        {
            "first_day": "2026-11-01",
            "last_day": "2026-11-05",
            "known_from": known_from,
            "days": [],
        }
    )
    assert [shape.status for shape in chart.shapes] == [status for status, _ in shapes]
    for shape, (_, title) in zip(chart.shapes, shapes, strict=True):
        assert shape.title.startswith(title)


@pytest.mark.parametrize("colour", ["#ffff00", "#000000", "#ffffff", "#2563eb"])
def test_any_colour_is_readable(colour):
    assert find_contrast(make_readable(colour, on=LIGHT), LIGHT) >= READABLE
    assert find_contrast(make_readable(colour, on=DARK), DARK) >= READABLE
    assert f"--brand: {colour}" in build_stylesheet(colour)


@pytest.mark.parametrize("colour", ["", "red", "#12", "#123456} body {color: red"])
def test_what_is_no_colour_is_left_out(colour):
    assert "{" not in build_stylesheet(colour)


@pytest.mark.parametrize(
    ("logo", "content_type"),
    [
        (b"\x89PNG\r\n\x1a\n...", "image/png"),
        (b"\xff\xd8\xff...", "image/jpeg"),
        (b"GIF89a...", "image/gif"),
        (b"RIFF....WEBP", "image/webp"),
        (b"<svg xmlns='x'/>", "image/svg+xml"),
        (b"<?xml version='1.0'?>\n<!-- x -->\n<svg>", "image/svg+xml"),
    ],
)
def test_logo_is_known_by_its_bytes(logo, content_type):
    assert find_logo_type(logo) == content_type


@pytest.mark.parametrize("logo", [b"", b"<html><svg>", b"x" * (MAX_LOGO_BYTES + 1)])
def test_other_files_are_no_logo(logo):
    with pytest.raises(ValidationError):
        find_logo_type(logo)


def test_networks_are_told_in_their_plain_form():
    assert clean_networks(["10.1.2.3/8", " 10.0.0.0/8 ", "::1"]) == [
        "10.0.0.0/8",
        "::1/128",
    ]
    assert is_within("10.200.0.1", ["10.0.0.0/8"])
    assert is_within("::ffff:10.0.0.1", ["10.0.0.0/8"])
    assert not is_within("11.0.0.1", ["10.0.0.0/8"])
    assert not is_within(None, ["0.0.0.0/0"])


@pytest.mark.parametrize("wrong", ["10.0.0.0/8", [1], ["x"], ["10.0.0.0/8"] * 101])
def test_what_is_no_list_of_networks_is_refused(wrong):
    with pytest.raises(ValidationError):
        clean_networks(wrong)


def window(**fields):
    begin = datetime(2026, 3, 27, 1, tzinfo=UTC)
    defaults = {
        "starts_at": begin,
        "ends_at": begin + timedelta(hours=2),
        "time_zone": "Europe/Berlin",
    }
    return Window(**defaults | fields)


def test_window_keeps_its_local_time_when_clocks_change():
    since = datetime(2026, 3, 27, tzinfo=UTC)
    found = list_occurrences(
        window(recurrence="daily"), since=since, until=since + timedelta(days=4)
    )
    # 2:00 in Berlin: 1:00 UTC before the change of 29 March, 0:00 after it.
    assert [each.starts_at.hour for each in found] == [1, 1, 1, 0]


def test_window_of_chosen_weekdays():
    since = datetime(2026, 3, 27, tzinfo=UTC)
    found = list_occurrences(
        window(recurrence="weekly", weekdays=[0, 2]),
        since=since,
        until=since + timedelta(days=14),
    )
    assert {each.starts_at.astimezone(UTC).weekday() for each in found} <= {0, 1, 2}
    assert len(found) == 4


def test_window_ends_with_its_last_day_or_early():
    since = datetime(2026, 3, 27, tzinfo=UTC)
    until = since + timedelta(days=30)
    ended = window(recurrence="daily", recurs_until=date(2026, 3, 28))
    assert len(list_occurrences(ended, since=since, until=until)) == 2
    early = window(ended_start=window().starts_at)
    assert list_occurrences(early, since=since, until=until) == []


def test_calm_days_in_a_row_are_one():
    incident = {"opened_at": "2026-11-19T10:00:00Z"}
    days = list_days(
        [incident],
        first=date(2026, 11, 17),
        last=date(2026, 11, 21),
        zone=ZoneInfo("UTC"),
    )
    assert [(day.label, len(day.incidents)) for day in days] == [
        ("20 Nov 2026 – 21 Nov 2026", 0),
        ("19 Nov 2026", 1),
        ("17 Nov 2026 – 18 Nov 2026", 0),
    ]
