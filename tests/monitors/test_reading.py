"""The room that reads pages: hostile ones cost a child, never the worker."""

from __future__ import annotations

import time

import pytest

from monitors.datatypes import Page
from monitors.exceptions import ExtractionFailed
from monitors.reading import ReadingRoom


@pytest.fixture
def room():
    with ReadingRoom() as room:
        yield room


def read(room, text, *, scraper_type="content", schema=None, content_type="text/html"):
    page = Page(url="https://x.example/", content_type=content_type, text=text)
    return room.read(page, scraper_type=scraper_type, schema=schema or {})


def read_slowly(room):
    """Every paragraph is compared with all that follow it."""
    schema = {"items": "div:has(p ~ i)", "fields": {"a": "p"}}
    return read(room, "<div>" + "<p>" * 100_000, scraper_type="css", schema=schema)


def test_page_is_read_and_the_child_stays(room):
    first = read(room, "<h1>A</h1>b")
    child = room._child
    second = read(room, '{"a": 1}', scraper_type="json")

    assert first.items == ({"heading": "A", "level": 1, "content": "b"},)
    assert second.items == ({"a": 1},)
    assert room._child is child


def test_what_cannot_be_read_is_a_sentence(room):
    with pytest.raises(ExtractionFailed, match="has no text"):
        read(room, "")
    with pytest.raises(ExtractionFailed, match="no CSS selector"):
        read(room, "x", scraper_type="css", schema={"a": "..["})


def test_page_that_takes_too_long_costs_the_child_only():
    with ReadingRoom(processor_seconds=1) as room:
        with pytest.raises(ExtractionFailed, match="too costly"):
            read_slowly(room)

        assert read(room, "<p>y</p>").items[0]["content"] == "y"


def test_page_that_takes_too_long_by_the_clock_is_given_up():
    with ReadingRoom(deadline_seconds=0.5) as room:
        begun = time.monotonic()
        with pytest.raises(ExtractionFailed, match="longer than it may"):
            read_slowly(room)

        assert time.monotonic() - begun < 5


def test_page_of_a_hundred_thousand_levels_is_read(room):
    found = read(room, "<div>" * 100_000 + "x" + "</div>" * 100_000 + "<h2>y</h2>z")

    assert [item["heading"] for item in found.items] == ["", "y"]


def test_child_that_was_killed_is_replaced(room):
    read(room, "x")
    room._child.kill()
    room._child.wait()

    assert read(room, "y").items[0]["content"] == "y"


def test_page_of_ten_mebibytes_is_read(room):
    text = "<section><h2>Title</h2><p>Some text</p></section>\n" * 210_000

    found = read(room, text)

    assert len(text) > 10 * 1024 * 1024
    assert len(found.items) == 5000
    assert "210,000 sections" in found.notices[0]


def test_lone_surrogates_pass_through(room):
    assert read(room, "<p>a\ud800b</p>").items
