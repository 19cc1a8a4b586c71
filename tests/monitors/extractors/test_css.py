"""Items picked by CSS selectors."""

from __future__ import annotations

import pytest

from monitors.datatypes import Page
from monitors.exceptions import ExtractionFailed, InvalidStrategy
from monitors.extractors.css import (
    extract_css,
    is_shape_only,
    parse_css_spec,
    parse_number,
)

SHOP = """
<base href="/shop/">
<div class=p><h2>Chair</h2><a href="chair">see</a><b>1.299,00 €</b>
<i>a</i><i>b</i></div>
<div class=p><h2>Lamp</h2><img src="//cdn.example/l.png"></div>
<div class=p></div>
"""


def read(schema, text=SHOP):
    page = Page(url="https://x.example/a/", content_type="text/html", text=text)
    return extract_css(page, parse_css_spec(schema))


def test_repeated_items_with_attributes_and_whole_links():
    fields = {
        "title": "h2",
        "link": "a@href",
        "picture": "img@src",
        "price": {"selector": "b", "type": "number"},
        "tags": {"selector": "i", "list": True},
    }

    chair, lamp = read({"items": ".p", "fields": fields}).items

    assert chair == {
        "title": "Chair",
        "link": "https://x.example/shop/chair",
        "picture": None,
        "price": 1299,
        "tags": ["a", "b"],
    }
    assert lamp["picture"] == "https://cdn.example/l.png"


def test_without_items_the_page_is_one():
    assert read({"first": "h2"}).items == ({"first": "Chair"},)


def test_nothing_that_fits_fails_with_the_selector():
    with pytest.raises(ExtractionFailed, match=r"'\.gone'"):
        read({"items": ".gone", "fields": {"t": "h2"}})


@pytest.mark.parametrize(
    "schema",
    [
        pytest.param({}, id="nothing"),
        pytest.param({"items": ".p"}, id="no fields"),
        pytest.param({"items": "..[", "fields": {"t": "h2"}}, id="bad items"),
        pytest.param({"t": "h2 >"}, id="bad selector"),
        pytest.param({"t": 5}, id="number for a selector"),
        pytest.param({"item_selector": ".p", "fields": {"t": "b"}}, id="guessed"),
        pytest.param(
            {"t": {"selector": "a", "attr": "href"}}, id="guessed for a field"
        ),
        pytest.param({"t": "h" * 501}, id="long"),
        pytest.param({"t": "a\x00b"}, id="NUL"),
        pytest.param({f"f{n}": "p" for n in range(51)}, id="many fields"),
    ],
)
def test_strategies_that_cannot_be_used(schema):
    with pytest.raises(InvalidStrategy) as caught:
        parse_css_spec(schema)

    assert caught.value.message.endswith(".")


@pytest.mark.parametrize(
    ("schema", "is_shape"),
    [
        ({"title": "string", "price": "number"}, True),
        ({"type": "object", "properties": {"t": {"type": "string"}}}, True),
        ({"title": "h2", "price": ".price"}, False),
        ({"price": {"selector": "b", "type": "number"}}, False),
    ],
)
def test_shape_of_answers_is_no_selector(schema, is_shape):
    assert is_shape_only(schema) is is_shape


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("$19.99", 19.99),
        ("1,299", 1299),
        ("1.299", 1299),
        ("12,5 %", 12.5),
        ("3 000 000", 3_000_000),
        ("-4", -4),
        ("1.299,5", 1299.5),
        ("1,299.50", 1299.5),
        ("none", None),
    ],
)
def test_numbers_as_people_write_them(text, number):
    assert parse_number(text) == number
