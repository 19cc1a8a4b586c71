"""A page split by its headings."""

from __future__ import annotations

import pytest

from monitors.datatypes import Page
from monitors.exceptions import ExtractionFailed
from monitors.extractors.content import extract_content


def make_page(text: str, content_type: str = "text/html") -> Page:
    return Page(url="https://x.example/", content_type=content_type, text=text)


def read(text):
    items = extract_content(make_page(text)).items
    return [(item["heading"], item["level"], item["content"]) for item in items]


def test_sections_follow_their_headings():
    html = (
        "Intro <h1>Hello <b>World</b></h1><p>One <i>two</i></p>"
        "<ul><li>a<li>b</ul><h2>Prices</h2><table><tr><td>A<td>5 €</table>"
    )

    assert read(html) == [
        ("", 0, "Intro"),
        ("Hello World", 1, "One two\na\nb"),
        ("Prices", 2, "A 5 €"),
    ]


@pytest.mark.parametrize(
    "unseen",
    [
        "<script>var x = 1</script>",
        "<style>p {}</style>",
        "<!-- note -->",
        "<div hidden>x</div>",
        '<i aria-hidden="true">x</i>',
        "<template><p>x</p></template>",
        "<noscript>x</noscript>",
        "<svg><text>x</text></svg>",
    ],
)
def test_what_nobody_sees_is_not_read(unseen):
    assert read(f"<h1>T</h1>{unseen}<p>seen</p>") == [("T", 1, "seen")]


def test_spaces_between_words_are_one():
    assert read("<p>a\n   b&nbsp; c</p>") == [("", 0, "a b c")]


def test_plain_text_is_one_section():
    extraction = extract_content(make_page("a <b>\n\n c\x00", "text/plain"))

    assert extraction.items == ({"heading": "", "level": 0, "content": "a <b>\nc"},)


def test_page_without_text_fails_with_a_sentence():
    with pytest.raises(ExtractionFailed, match="has no text"):
        extract_content(make_page("<p></p>"))


def test_page_drawn_by_scripts_is_said_to_be_so():
    with pytest.raises(ExtractionFailed, match="JavaScript"):
        extract_content(make_page('<div id="root"></div><script src="a.js"></script>'))


def test_little_text_beside_scripts_is_a_notice():
    html = "<p>Loading…</p><script src=app.js></script>"

    assert "JavaScript" in extract_content(make_page(html)).notices[0]


@pytest.mark.parametrize(
    "text", ["<h1>" * 50, "</p></p>", "<h1><h2>x", "\x00<p>\x00x", "<" * 1000 + "x"]
)
def test_broken_pages_are_read_or_refused(text):
    try:
        assert extract_content(make_page(text)).items
    except ExtractionFailed as error:
        assert error.message.endswith(".")
