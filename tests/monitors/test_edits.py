"""Few insertions and deletions, found in bounded time."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from monitors.edits import find_edits

lists = st.lists(st.sampled_from("abc "), max_size=30)


@given(lists, lists)
def test_edits_lead_from_one_to_the_other(before, after):
    edits = find_edits(before, after, most=100)
    assert [word for edit in edits for word in edit.before] == before
    assert [word for edit in edits for word in edit.after] == after
    assert all(edit.before == edit.after for edit in edits if edit.is_same)


@given(lists, st.integers(0, 30), st.sampled_from("xyz"))
def test_one_word_more_is_one_edit(before, place, word):
    after = [*before[:place], word, *before[place:]]
    changed = [each for each in find_edits(before, after, most=1) if not each.is_same]
    assert [(each.before, each.after) for each in changed] == [([], [word])]


def test_more_edits_than_wanted_are_none():
    assert find_edits(list("abc"), list("xyz"), most=5) is None
    assert find_edits(list("abc"), list("xyz"), most=6) is not None


def test_few_different_words_cost_a_bounded_time():
    chance = random.Random(7)
    before = [chance.choice("ab ") for _ in range(4000)]
    after = [chance.choice("ab ") for _ in range(4000)]
    assert find_edits(before, after, most=300) is None
