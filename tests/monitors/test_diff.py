"""What came, went and changed; and a diff of words that leads from old to new."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from monitors.datatypes import Stable
from monitors.diff import (
    Kind,
    apply_diff,
    count_words,
    diff_items,
    diff_words,
    measure_likeness,
    revert_diff,
)
from monitors.hashing import hash_items

PLAIN = Stable()
texts = st.text(st.sampled_from("ab c\n.é"), max_size=40)
items = st.dictionaries(st.sampled_from(["a", "heading"]), texts, max_size=2)


@given(texts, texts)
def test_diff_applied_to_old_gives_new(old, new):
    pieces = diff_words(old, new)

    assert apply_diff(pieces) == new
    assert revert_diff(pieces) == old


@given(texts)
def test_nothing_differs_from_itself(text):
    assert all(piece.kind is Kind.SAME for piece in diff_words(text, text))


@given(st.lists(items, max_size=6), st.lists(items, max_size=6))
def test_changes_lead_from_old_to_new(old, new):
    changes = diff_items(old, new, PLAIN)
    gone = [*changes.removed, *(each.before for each in changes.changed)]
    come = [*changes.added, *(each.after for each in changes.changed)]

    rest = list(old)
    for item in gone:
        rest.remove(item)
    assert hash_items([*rest, *come], PLAIN) == hash_items(new, PLAIN)


@given(st.lists(items, max_size=6), st.lists(items, max_size=6))
def test_no_changes_means_equal_hashes(old, new):
    is_equal = hash_items(old, PLAIN) == hash_items(new, PLAIN)

    assert diff_items(old, new, PLAIN).is_empty is is_equal


def test_section_with_the_same_heading_has_changed():
    old = [{"heading": "Prices", "level": 2, "content": "5 €"}]
    new = [{"heading": "Prices", "level": 2, "content": "everything is different"}]

    changes = diff_items(old, new, PLAIN)

    assert not changes.added
    assert not changes.removed
    assert changes.changed[0].after == new[0]


def test_likely_items_have_changed_others_came_and_went():
    old = [{"t": "Blue garden chair", "p": 20}, {"t": "Lamp", "p": 5}]
    new = [{"t": "Blue garden chair", "p": 25}, {"t": "Sofa", "p": 900}]

    changes = diff_items(old, new, PLAIN)

    assert [each.before["p"] for each in changes.changed] == [20]
    assert [item["t"] for item in changes.added] == ["Sofa"]
    assert [item["t"] for item in changes.removed] == ["Lamp"]


def test_key_field_tells_items_apart():
    stable = Stable(key_field="id")
    old = [{"id": 1, "t": "Blue chair"}, {"id": 2, "t": "Red chair"}]
    new = [{"id": 1, "t": "Oak table"}, {"id": 3, "t": "Red chair"}]

    changes = diff_items(old, new, stable)

    assert [each.after["t"] for each in changes.changed] == ["Oak table"]
    assert [item["id"] for item in changes.removed] == [2]
    assert [item["id"] for item in changes.added] == [3]


def test_huge_texts_take_no_time():
    old = "\n".join(f"line {n} of the old text" for n in range(20_000))
    new = old.replace("line 7 ", "line seven ") + "\nmore"
    begun = time.process_time()

    pieces = diff_words(old, new)

    assert apply_diff(pieces) == new
    assert revert_diff(pieces) == old
    assert time.process_time() - begun < 5


def test_likeness_is_between_nothing_and_all():
    assert measure_likeness(count_words(["a b"]), count_words(["b a"])) == 1
    assert measure_likeness(count_words(["a b"]), count_words(["c"])) == 0
    assert measure_likeness(count_words(["a b"]), count_words(["a"])) == 2 / 3
    assert measure_likeness(count_words([]), count_words([])) == 1
