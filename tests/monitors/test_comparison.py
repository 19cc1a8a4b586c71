"""Two runs side by side."""

from __future__ import annotations

from monitors.comparison import compare
from monitors.datatypes import Stable

PLAIN = Stable()
OLD = [{"title": "A", "price": "5"}, {"title": "B", "price": "6"}]


def test_equal_runs_match():
    told = compare(OLD, OLD[::-1], PLAIN)

    assert told.content_hash_match
    assert told.structural_match
    assert told.semantic_similarity == 1
    assert told.item_count_diff == 0
    assert told.structural_changes == ()


def test_other_price_is_other_content_of_one_structure():
    told = compare(OLD, [OLD[0], {"title": "B", "price": "7"}], PLAIN)

    assert not told.content_hash_match
    assert told.structural_match
    assert told.semantic_similarity == 0.75


def test_other_fields_are_told():
    told = compare(OLD, [{"title": 1, "link": "x"}], PLAIN)

    assert not told.structural_match
    assert told.item_count_diff == -1
    assert told.structural_changes == (
        "The field link is new.",
        "The field price is gone.",
        "The field title was text and is number.",
    )
