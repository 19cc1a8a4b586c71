"""Two runs side by side, as the public client's ``compare_jobs`` shows them.

``semantic_similarity`` is no language model's opinion: it is Dice's coefficient over
the words of all items, twice the words in common divided by the words of both runs.
1 is the same words equally often, 0 not one word in common. Source: the client's
documentation of `compare_jobs` (meter-sdk 0.8.0); docs/monitors.md says the method.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from monitors.datatypes import Comparison
from monitors.diff import count_words, measure_likeness
from monitors.hashing import hash_items, hash_structure, shape_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from monitors.datatypes import Item, Stable

MAX_TOLD = 20


def compare(
    first: Sequence[Item], second: Sequence[Item], stable: Stable
) -> Comparison:
    """Compare two runs; the second is the later one."""
    return Comparison(
        content_hash_match=hash_items(first, stable) == hash_items(second, stable),
        structural_match=hash_structure(first) == hash_structure(second),
        semantic_similarity=round(measure_similarity(first, second), 4),
        item_count_diff=len(second) - len(first),
        structural_changes=tuple(_list_structural_changes(first, second))[:MAX_TOLD],
    )


def measure_similarity(first: Iterable[Item], second: Iterable[Item]) -> float:
    """Return how alike the words of two runs are, 0 to 1."""
    words = [
        count_words(value for item in items for value in item.values())
        for items in (first, second)
    ]
    return measure_likeness(words[0], words[1])


def _list_structural_changes(
    first: Sequence[Item], second: Sequence[Item]
) -> Iterable[str]:
    before = {name for item in first for name in item}
    after = {name for item in second for name in item}
    yield from (f"The field {name} is new." for name in sorted(after - before))
    yield from (f"The field {name} is gone." for name in sorted(before - after))
    for name in sorted(before & after):
        types = [_types_of(items, name) for items in (first, second)]
        if types[0] != types[1]:
            was, now = (" or ".join(sorted(each)) for each in types)
            yield f"The field {name} was {was} and is {now}."


def _types_of(items: Sequence[Item], name: str) -> set[str]:
    return {
        shape_of({"": item[name]}).removeprefix(":") for item in items if name in item
    }
