"""How one list becomes another with few insertions and deletions, in bounded time.

Myers' greedy algorithm: its time grows with the length times the number of edits, and
the number of edits is bounded here. What `difflib` does for the same is quadratic at
best and cubic for texts of few different words, which strangers may write.

Source: E. W. Myers, An O(ND) Difference Algorithm and Its Variations, 1986.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Edit(NamedTuple):
    """A stretch: the same on both sides, or what took the place of what."""

    is_same: bool
    before: list[str]
    after: list[str]


def find_edits(
    before: Sequence[str], after: Sequence[str], *, most: int
) -> list[Edit] | None:
    """Return the stretches by which one list becomes the other.

    Args:
        before: The old list.
        after: The new list.
        most: Insertions and deletions to look for.

    Returns:
        None when more of them are needed.
    """
    start = _count_same(before, after)
    end = _count_same(before[start:][::-1], after[start:][::-1])
    old = before[start : len(before) - end]
    new = after[start : len(after) - end]
    trace = _search(old, new, most)
    if trace is None:
        return None
    steps: list[Step] = [(True, word, word) for word in before[:start]]
    steps += _walk_back(old, new, trace)
    steps += [(True, word, word) for word in before[len(before) - end :]]
    return list(_group(steps))


Step = tuple[bool, str | None, str | None]


def _count_same(one: Sequence[str], other: Sequence[str]) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    shortest = min(len(one), len(other))
    return next((i for i, (a, b) in pairs if a != b), shortest)


def _search(
    old: Sequence[str], new: Sequence[str], most: int
) -> list[dict[int, int]] | None:
    """Return the furthest points on each diagonal, one table for each edit."""
    reached = {1: 0}
    trace: list[dict[int, int]] = []
    for edits in range(min(len(old) + len(new), most) + 1):
        trace.append(reached.copy())
        for diagonal in range(-edits, edits + 1, 2):
            x = _step(reached, diagonal, edits)
            y = x - diagonal
            while x < len(old) and y < len(new) and old[x] == new[y]:
                x, y = x + 1, y + 1
            reached[diagonal] = x
            if x >= len(old) and y >= len(new):
                return trace
    return None


def _step(reached: dict[int, int], diagonal: int, edits: int) -> int:
    """Return where an insertion or a deletion leads, whichever gets further."""
    if _comes_from_above(reached, diagonal, edits):
        return reached[diagonal + 1]
    return reached[diagonal - 1] + 1


def _comes_from_above(reached: dict[int, int], diagonal: int, edits: int) -> bool:
    if diagonal in (-edits, edits):
        return diagonal == -edits
    return reached[diagonal - 1] < reached[diagonal + 1]


def _walk_back(
    old: Sequence[str], new: Sequence[str], trace: list[dict[int, int]]
) -> list[Step]:
    x, y = len(old), len(new)
    steps: list[Step] = []
    for edits in range(len(trace) - 1, -1, -1):
        reached = trace[edits]
        diagonal = x - y
        above = _comes_from_above(reached, diagonal, edits)
        came_from = diagonal + 1 if above else diagonal - 1
        past_x = reached[came_from] if edits else 0
        past_y = past_x - came_from if edits else 0
        while x > past_x and y > past_y:
            x, y = x - 1, y - 1
            steps.append((True, old[x], new[y]))
        if edits and above:
            y -= 1
            steps.append((False, None, new[y]))
        elif edits:
            x -= 1
            steps.append((False, old[x], None))
    return steps[::-1]


def _group(steps: Sequence[Step]) -> Iterator[Edit]:
    """Yield stretches: what went before what came, side by side."""
    before: list[str] = []
    after: list[str] = []
    was_same = True
    for is_same, old, new in steps:
        if is_same is not was_same and (before or after):
            yield Edit(was_same, before, after)
            before, after = [], []
        was_same = is_same
        before += [] if old is None else [old]
        after += [] if new is None else [new]
    if before or after:
        yield Edit(was_same, before, after)
