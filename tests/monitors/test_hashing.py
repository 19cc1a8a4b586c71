"""Equal content has an equal hash, whatever its order, spaces and counters."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitors.datatypes import Stable
from monitors.exceptions import InvalidStrategy
from monitors.hashing import compile_patterns, hash_items, hash_structure

PLAIN = Stable()
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
values = st.one_of(st.none(), st.booleans(), st.integers(), texts, st.lists(texts))
items = st.dictionaries(texts, values, max_size=4)


@given(st.lists(items, max_size=6), st.randoms(use_true_random=False))
def test_order_of_items_and_keys_means_nothing(found, generator: random.Random):
    shuffled = [dict(generator.sample(list(item.items()), len(item))) for item in found]
    generator.shuffle(shuffled)

    assert hash_items(shuffled, PLAIN) == hash_items(found, PLAIN)


@given(texts, texts)
def test_white_space_means_nothing(first, second):
    spaced = [{"a": f"  {first}\n\t {second} "}]

    assert hash_items(spaced, PLAIN) == hash_items([{"a": f"{first} {second}"}], PLAIN)


@given(st.lists(items, max_size=4), items)
def test_one_item_more_is_a_change(found, extra):
    assert hash_items([*found, extra], PLAIN) != hash_items(found, PLAIN)


def test_order_counts_where_it_means_something():
    one, other = [{"a": 1}, {"a": 2}], [{"a": 2}, {"a": 1}]
    ordered = Stable(is_ordered=True)

    assert hash_items(one, ordered) != hash_items(other, ordered)


def test_ignored_patterns_are_no_change():
    stable = Stable(ignored_patterns=[r"\d+ visitors", r"\d{4}-\d\d-\d\d"])
    before = [{"a": "12 visitors since 2026-01-01, ünlü"}]
    after = [{"a": "13 visitors since 2026-02-02, ünlü"}]

    assert hash_items(before, stable) == hash_items(after, stable)
    assert hash_items(before, PLAIN) != hash_items(after, PLAIN)


def test_ignored_fields_are_no_change():
    stable = Stable(ignored_fields=["views"])

    assert hash_items([{"a": 1, "views": 7}], stable) == hash_items([{"a": 1}], stable)


@pytest.mark.parametrize(
    ("first", "second", "is_equal"),
    [
        pytest.param(5, 5.0, True, id="a whole number is a number"),
        pytest.param(5, "5", False, id="a text is no number"),
        pytest.param("é", "é", True, id="accents composed or not"),
        pytest.param(True, 1, False, id="yes is not one"),
    ],
)
def test_values_that_are_the_same(first, second, is_equal):
    hashes = [hash_items([{"a": value}], PLAIN) for value in (first, second)]

    assert (hashes[0] == hashes[1]) is is_equal


@pytest.mark.parametrize("pattern", ["(", "", "a" * 201, "(?=a)", "((a{1000}){1000})"])
def test_patterns_that_cannot_be_used(pattern):
    with pytest.raises(InvalidStrategy):
        compile_patterns((pattern,))


def test_lone_surrogate_has_a_hash():
    stable = Stable(ignored_patterns=["x"])

    assert len(hash_items([{"a": "\ud800 x"}], stable)) == 64


def test_structure_is_fields_and_types():
    assert hash_structure([{"a": 1}, {"a": 2}]) == hash_structure([{"a": 3.5}])
    assert hash_structure([{"a": 1}]) != hash_structure([{"a": "1"}])
