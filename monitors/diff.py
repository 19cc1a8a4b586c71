"""What is different between two runs: items that came, went, changed; and words.

Items are told apart by a key field, else by their heading, else by likeness. A diff
of words applied to the old text gives the new one (property-tested).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from monitors.datatypes import ChangedItem, Changes
from monitors.edits import find_edits
from monitors.filters import list_words
from monitors.hashing import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from integrations_project.lib.json_types import JSONValue
    from monitors.datatypes import Item, Stable

#: Of more items that have no key, none are paired: it would take too long.
MAX_PAIRED = 200
#: Items less alike than this are two items, not one that changed.
LEAST_LIKENESS = 0.5
#: Longer texts are compared line by line: words would take too long.
MAX_WORDS = 4_000
#: Texts that differ at more places are another text; looking for all would take long.
MAX_EDITS = 300
_TOKEN = re.compile(r"\s+|\w+|[^\w\s]")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")


class Kind(Enum):
    """What became of a piece of text."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"


class Piece(NamedTuple):
    """A run of text and what became of it."""

    kind: Kind
    text: str


def diff_items(old: Sequence[Item], new: Sequence[Item], stable: Stable) -> Changes:
    """Return what came, went and changed between two runs.

    Equal items are paired first, each as often as it is there on both sides; of the
    rest, those with one key or, failing a key, the likeliest pairs have changed.
    """
    gone, come = _drop_equal(old, new, stable)
    pairs, gone, come = _pair(gone, come, stable)
    return Changes(
        added=tuple(map(dict, come)),
        removed=tuple(map(dict, gone)),
        changed=tuple(
            ChangedItem(before=dict(before), after=dict(after))
            for before, after in pairs
        ),
    )


def diff_words(old: str, new: str) -> list[Piece]:
    """Return how one text became another, piece by piece, white space kept."""
    before, after = _split(old), _split(new)
    if max(len(before), len(after)) > MAX_WORDS:
        before, after = _LINE.findall(old), _LINE.findall(new)
    if max(len(before), len(after)) > MAX_WORDS:
        return _diff_ends(old, new)
    edits = find_edits(before, after, most=MAX_EDITS)
    if edits is None:
        return _diff_ends(old, new)
    pieces: list[Piece] = []
    for is_same, gone, come in edits:
        if is_same:
            pieces.append(Piece(Kind.SAME, "".join(gone)))
            continue
        pieces.append(Piece(Kind.REMOVED, "".join(gone)))
        pieces.append(Piece(Kind.ADDED, "".join(come)))
    return [piece for piece in pieces if piece.text]


def apply_diff(pieces: Iterable[Piece]) -> str:
    """Return the new text of a diff."""
    return "".join(piece.text for piece in pieces if piece.kind is not Kind.REMOVED)


def revert_diff(pieces: Iterable[Piece]) -> str:
    """Return the old text of a diff."""
    return "".join(piece.text for piece in pieces if piece.kind is not Kind.ADDED)


def count_words(values: Iterable[JSONValue]) -> Counter[str]:
    """Return how often each word is in values."""
    return Counter(list_words(values))


def measure_likeness(one: Counter[str], other: Counter[str]) -> float:
    """Return how alike two bags of words are: Dice's coefficient, 0 to 1.

    Twice the words in common, divided by the words of both; two empty ones are 1.
    """
    total = one.total() + other.total()
    return 2 * (one & other).total() / total if total else 1.0


def _drop_equal(
    old: Sequence[Item], new: Sequence[Item], stable: Stable
) -> tuple[list[Item], list[Item]]:
    left: defaultdict[str, list[Item]] = defaultdict(list)
    for item in old:
        left[canonical(item, stable)].append(item)
    come = []
    for item in new:
        same = left[canonical(item, stable)]
        if same:
            same.pop()
        else:
            come.append(item)
    remaining = {id(item) for items in left.values() for item in items}
    return [item for item in old if id(item) in remaining], come


Pairs = list[tuple["Item", "Item"]]


def _pair(
    gone: list[Item], come: list[Item], stable: Stable
) -> tuple[Pairs, list[Item], list[Item]]:
    pairs, gone, come = _pair_by_key(gone, come, stable)
    if stable.key_field or max(len(gone), len(come)) > MAX_PAIRED:
        return pairs, gone, come
    words_gone = [count_words(item.values()) for item in gone]
    words_come = [count_words(item.values()) for item in come]
    ranked = sorted(
        (
            (measure_likeness(one, other), -i, -j)
            for i, one in enumerate(words_gone)
            for j, other in enumerate(words_come)
        ),
        reverse=True,
    )
    used_gone: set[int] = set()
    used_come: set[int] = set()
    for likeness, minus_i, minus_j in ranked:
        i, j = -minus_i, -minus_j
        if likeness < LEAST_LIKENESS:
            break
        if i not in used_gone and j not in used_come:
            used_gone.add(i)
            used_come.add(j)
            pairs.append((gone[i], come[j]))
    return (
        pairs,
        [item for i, item in enumerate(gone) if i not in used_gone],
        [item for j, item in enumerate(come) if j not in used_come],
    )


def _pair_by_key(
    gone: list[Item], come: list[Item], stable: Stable
) -> tuple[Pairs, list[Item], list[Item]]:
    """Pair items whose key is there once on each side; sections by their heading."""
    field = stable.key_field or "heading"
    before, after = _index(gone, field), _index(come, field)
    shared = before.keys() & after.keys()
    pairs: Pairs = [(before[key], after[key]) for key in before if key in shared]
    paired = {id(item) for pair in pairs for item in pair}
    return (
        pairs,
        [item for item in gone if id(item) not in paired],
        [item for item in come if id(item) not in paired],
    )


def _index(items: list[Item], field: str) -> dict[str, Item]:
    found: dict[str, Item] = {}
    doubled: set[str] = set()
    for item in items:
        key = item.get(field)
        if key in (None, "") or isinstance(key, dict | list):
            continue
        text = " ".join(str(key).split())
        if text in found:
            doubled.add(text)
        found[text] = item
    return {key: item for key, item in found.items() if key not in doubled}


def _split(text: str) -> list[str]:
    return _TOKEN.findall(text)


def _diff_ends(old: str, new: str) -> list[Piece]:
    """Compare texts of very many lines by what they begin and end with."""
    shortest = min(len(old), len(new))
    start = next((i for i in range(shortest) if old[i] != new[i]), shortest)
    rest = shortest - start
    end = next((i for i in range(rest) if old[-1 - i] != new[-1 - i]), rest)
    pieces = [
        Piece(Kind.SAME, old[:start]),
        Piece(Kind.REMOVED, old[start : len(old) - end]),
        Piece(Kind.ADDED, new[start : len(new) - end]),
        Piece(Kind.SAME, old[len(old) - end :]),
    ]
    return [piece for piece in pieces if piece.text]
