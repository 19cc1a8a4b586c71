"""Selectors and conditions as lines: read, refused, and written back the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.exceptions import InvalidStrategy
from monitors.extractors.css import TYPES
from monitors.filtering import OPERATORS
from monitors.forms.lines import read_fields, read_filter, write_fields, write_filter

names = st.text(min_size=1, max_size=20)
specs = st.one_of(
    st.text(max_size=30),
    st.none(),
    st.fixed_dictionaries(
        {"selector": st.text(max_size=20)},
        optional={
            "attribute": st.text(max_size=10),
            "type": st.sampled_from((*TYPES, "integer")),
            "list": st.booleans(),
        },
    ),
)
conditions = st.fixed_dictionaries(
    {"field": st.text(max_size=20), "operator": st.sampled_from(OPERATORS)},
    optional={
        "value": st.one_of(st.text(max_size=20), st.integers()),
        "case_sensitive": st.booleans(),
    },
)


@pytest.mark.parametrize(
    ("line", "spec"),
    [
        ("title: h2", {"title": "h2"}),
        ("link: a@href", {"link": "a@href"}),
        ("all:", {"all": ""}),
        ("price: .p (number)", {"price": {"selector": ".p", "type": "number"}}),
        ("tags: .t (list)", {"tags": {"selector": ".t", "list": True}}),
        (
            "n: i@data-n (number, list)",
            {
                "n": {
                    "selector": "i",
                    "attribute": "data-n",
                    "type": "number",
                    "list": True,
                }
            },
        ),
        ("text: (html)", {"text": {"selector": "", "type": "html"}}),
        ("a: b:not(.c)", {"a": "b:not(.c)"}),
        ('{"a": {"selector": "b"}}', {"a": {"selector": "b"}}),
    ],
)
def test_line_says_where_a_field_is(line, spec):
    assert read_fields(line) == spec


@given(st.dictionaries(names, specs, max_size=5))
def test_fields_come_back_as_they_were(fields):
    assert read_fields(write_fields(fields)) == fields


@given(st.lists(conditions, max_size=4), st.sampled_from(("all", "any")))
def test_filter_comes_back_as_it_was(found, mode):
    config = {"mode": mode, "conditions": found} if found else {}
    assert read_filter(write_filter(config), mode) == config


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_with_a_sentence(text):
    for read in (read_fields, lambda typed: read_filter(typed, "all")):
        try:
            found = read(text)
        except InvalidStrategy as error:
            assert error.message.endswith(".")
        else:
            assert isinstance(found, dict)
