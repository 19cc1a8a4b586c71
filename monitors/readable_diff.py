"""The changes between two runs as a page shows them: field by field, word by word.

Long runs are cut: a page shows the first items of each kind and compares words up
to a bound, beyond which a field is shown whole, before and after.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitors.diff import Kind, Piece, diff_items, diff_words
from monitors.run_words import name_item, write_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from integrations_project.lib.json_types import JSONValue
    from monitors.datatypes import ChangedItem, Item, Stable

ITEMS_SHOWN = 100
#: Letters whose words are compared on one page; more would keep it waiting.
MAX_COMPARED = 40_000
#: Letters around a change that are shown of a long text which stayed the same.
CONTEXT = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDiff:
    """A field that differs."""

    name: str
    pieces: tuple[Piece, ...]

    @property
    def spans(self) -> Iterator[tuple[str, str]]:
        """What became of each piece, as a word, and its text."""
        return ((piece.kind.value, piece.text) for piece in self.pieces)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemDiff:
    """An item that changed."""

    name: str
    fields: tuple[FieldDiff, ...]
    same_count: int  #: fields that stayed as they were


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadableDiff:
    """How one run became another."""

    added: tuple[Item, ...]
    removed: tuple[Item, ...]
    changed: tuple[ItemDiff, ...]
    added_count: int
    removed_count: int
    changed_count: int

    @property
    def is_empty(self) -> bool:
        """Whether nothing came, went or changed."""
        return not (self.added_count or self.removed_count or self.changed_count)

    @property
    def is_cut(self) -> bool:
        """Whether there is more than is shown."""
        counts = (self.added_count, self.removed_count, self.changed_count)
        return max(counts) > ITEMS_SHOWN


def build_readable_diff(
    old: Sequence[Item], new: Sequence[Item], stable: Stable
) -> ReadableDiff:
    """Compare two runs for a page; the second is the later one."""
    changes = diff_items(old, new, stable)
    budget = _Budget(MAX_COMPARED)
    return ReadableDiff(
        added=changes.added[:ITEMS_SHOWN],
        removed=changes.removed[:ITEMS_SHOWN],
        changed=tuple(
            _diff_item(each, stable, budget) for each in changes.changed[:ITEMS_SHOWN]
        ),
        added_count=len(changes.added),
        removed_count=len(changes.removed),
        changed_count=len(changes.changed),
    )


class _Budget:
    """How many letters may still be compared."""

    def __init__(self, left: int) -> None:
        self.left = left

    def spend(self, cost: int) -> bool:
        """Take a cost out, or say that it is too high."""
        if cost > self.left:
            return False
        self.left -= cost
        return True


def _diff_item(item: ChangedItem, stable: Stable, budget: _Budget) -> ItemDiff:
    before, after = item.before, item.after
    names = [*after, *(name for name in before if name not in after)]
    differing = [
        name
        for name in names
        if name not in stable.ignored_fields and before.get(name) != after.get(name)
    ]
    return ItemDiff(
        name=name_item(after) or name_item(before),
        fields=tuple(_diff_field(name, before, after, budget) for name in differing),
        same_count=len(names) - len(differing),
    )


def _diff_field(
    name: str,
    before: Mapping[str, JSONValue],
    after: Mapping[str, JSONValue],
    budget: _Budget,
) -> FieldDiff:
    old, new = write_value(before.get(name)), write_value(after.get(name))
    is_text = isinstance(before.get(name), str) and isinstance(after.get(name), str)
    if is_text and budget.spend(len(old) + len(new)):
        pieces = [*_shorten(diff_words(old, new))]
    else:
        pieces = [Piece(Kind.REMOVED, _cut(old)), Piece(Kind.ADDED, _cut(new))]
    return FieldDiff(name=name, pieces=tuple(piece for piece in pieces if piece.text))


def _shorten(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Leave out the middle of what stayed the same."""
    last = len(pieces) - 1
    for number, (kind, text) in enumerate(pieces):
        if kind is not Kind.SAME or len(text) <= 3 * CONTEXT:
            yield Piece(kind, text)
            continue
        head = "" if number == 0 else text[:CONTEXT]
        tail = "" if number == last else text[-CONTEXT:]
        yield Piece(kind, f"{head} … {tail}")


def _cut(text: str) -> str:
    most = 20 * CONTEXT
    return text if len(text) <= most else f"{text[:most]} …"
