"""The changes of two runs as a page shows them."""

from __future__ import annotations

from monitors.datatypes import Stable
from monitors.diff import Kind
from monitors.readable_diff import ITEMS_SHOWN, build_readable_diff

STABLE = Stable(key_field="id")


def item(number, text, **more):
    return {"id": number, "text": text} | more


def test_changed_words_are_told_field_by_field():
    old = [item(1, "It costs 5 € a month", level=1)]
    new = [item(1, "It costs 6 € a month", level=1)]
    (changed,) = build_readable_diff(old, new, STABLE).changed
    (field,) = changed.fields
    assert (changed.name, field.name, changed.same_count) == ("1", "text", 2)
    assert [piece.text for piece in field.pieces if piece.kind is Kind.REMOVED] == ["5"]
    assert [piece.text for piece in field.pieces if piece.kind is Kind.ADDED] == ["6"]


def test_values_that_are_no_texts_are_told_whole():
    diff = build_readable_diff([item(1, 5, tags=["a"])], [item(1, 6)], STABLE)
    told = {field.name: list(field.spans) for field in diff.changed[0].fields}
    assert told["text"] == [("removed", "5"), ("added", "6")]
    assert told["tags"] == [("removed", '["a"]')]


def test_ignored_fields_are_not_told():
    stable = Stable(key_field="id", ignored_fields=("seen",))
    old, new = [item(1, "a", seen=1)], [item(1, "b", seen=2)]
    (changed,) = build_readable_diff(old, new, stable).changed
    assert [field.name for field in changed.fields] == ["text"]


def test_long_unchanged_text_is_left_out():
    same = "word " * 400
    old, new = [item(1, f"a {same}b {same}c")], [item(1, f"a {same}B {same}c")]
    (changed,) = build_readable_diff(old, new, STABLE).changed
    assert sum(len(piece.text) for piece in changed.fields[0].pieces) < 1000


def test_many_are_counted_and_cut():
    new = [item(number, "x") for number in range(300)]
    diff = build_readable_diff([], new, STABLE)
    assert (diff.added_count, len(diff.added), diff.is_cut) == (300, ITEMS_SHOWN, True)


def test_much_text_costs_a_bounded_time():
    old = [item(n, " ".join(f"a{n}w{i}" for i in range(800))) for n in range(100)]
    new = [item(n, " ".join(f"b{n}w{i}" for i in range(800))) for n in range(100)]
    diff = build_readable_diff(old, new, STABLE)
    assert diff.changed_count == 100


def test_the_same_is_nothing():
    assert build_readable_diff([item(1, "a")], [item(1, " a ")], STABLE).is_empty
