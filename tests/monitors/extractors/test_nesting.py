"""Hostile nesting made shallow, ordinary pages left alone."""

from __future__ import annotations

import time

import pytest

from monitors.datatypes import Page
from monitors.extractors.content import extract_content
from monitors.extractors.nesting import MAX_DEPTH, MIN_TAGS, make_shallow

DEEP = 100_000


def read(text):
    page = Page(url="https://x.example/", content_type="text/html", text=text)
    items = extract_content(page).items
    return [(item["heading"], item["content"]) for item in items]


@pytest.mark.parametrize(
    "tag", ["div", "div/", "section", "x-y", "b", "p><div", "li><ul", "span"]
)
def test_page_of_a_hundred_thousand_levels_is_read_in_time(tag):
    begun = time.process_time()

    found = read("<h1>Top</h1>a" + f"<{tag}>" * DEEP + "deep<h2>After</h2>end")

    assert found == [("Top", "a\ndeep"), ("After", "end")] or found == [
        ("Top", "a deep"),
        ("After", "end"),
    ]
    assert time.process_time() - begun < 5


def test_what_follows_the_deep_part_is_where_it_was():
    deep = "<div>" * DEEP + "deep" + "</div>" * DEEP

    assert make_shallow(f"{deep}<ul><li>a</ul>").endswith("</div><ul><li>a</ul>")
    assert make_shallow(deep).count("<div>") == MAX_DEPTH
    assert make_shallow(deep).count("</div>") == MAX_DEPTH


def test_words_around_what_is_left_out_stay_apart():
    assert read("<div>a" * DEEP)[0][1].split() == ["a"] * DEEP


@pytest.mark.parametrize(
    "piece",
    [
        pytest.param("<p>a<li>b<br><td>c<img>", id="no end tags"),
        pytest.param("<svg><path d=''/><use/></svg>", id="drawings"),
        pytest.param('<script>x = "<div><\\/div>"</script>', id="markup in scripts"),
        pytest.param("<!-- <div> -->", id="comments"),
        pytest.param("<textarea><div></textarea>", id="text areas"),
        pytest.param("<div><span>x</span></div>", id="long and flat"),
    ],
)
def test_page_that_is_not_deep_is_left_as_it_is(piece):
    text = piece * MIN_TAGS

    assert make_shallow(text) is text


@pytest.mark.parametrize("piece", ["<", "<!--", "<script>", '<a b="', "</", "<div "])
def test_unfinished_markup_takes_no_longer(piece):
    begun = time.process_time()

    make_shallow(piece * 1_000_000)

    assert time.process_time() - begun < 5
