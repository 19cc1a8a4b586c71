"""The filter that people write: ``+a -b "phrase" c``."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.exceptions import InvalidFilter
from monitors.filters import parse_filter

ITEM = {"title": "Trump's new tariff", "by": {"name": "Elon Musk"}, "n": 42}


@pytest.mark.parametrize(
    ("text", "is_matching"),
    [
        pytest.param("", True, id="nothing takes all"),
        pytest.param("+trump +tariff", True, id="both"),
        pytest.param("+trump +biden", False, id="one of both is missing"),
        pytest.param("trump biden", True, id="either"),
        pytest.param("biden obama", False, id="neither"),
        pytest.param("+trump -musk", False, id="refused word is there"),
        pytest.param("-biden", True, id="refused word is not there"),
        pytest.param('"elon musk"', True, id="phrase"),
        pytest.param('"musk elon"', False, id="phrase the other way round"),
        pytest.param('-"elon musk" trump', False, id="refused phrase"),
        pytest.param("+trump biden", True, id="plain word beside a demanded one"),
        pytest.param("tar*", True, id="beginning"),
        pytest.param("ariff", False, id="part of a word"),
        pytest.param("TRUMP", True, id="case"),
        pytest.param("42", True, id="number"),
        pytest.param("+", True, id="sign alone"),
    ],
)
def test_filter(text, is_matching):
    assert parse_filter(text).matches(ITEM) is is_matching


def test_words_of_two_values_are_no_phrase_apart():
    assert not parse_filter('"musk 41"').matches(ITEM)


@pytest.mark.parametrize("text", ['"open', "a" * 501, " ".join(["a"] * 51)])
def test_filters_that_cannot_be_read(text):
    with pytest.raises(InvalidFilter):
        parse_filter(text)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text):
    try:
        parse_filter(text).matches(ITEM)
    except InvalidFilter as error:
        assert error.message.endswith(".")
