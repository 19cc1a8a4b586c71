"""What a completed run found, compared with the run before it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from monitors.diff import diff_items
from monitors.hashing import hash_items, hash_structure
from monitors.keeping import MAX_KEPT_BYTES, Bounded, bound_items

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from integrations_project.lib.json_types import JSONValue
    from monitors.datatypes import Extraction, Item, Stable

MAX_NOTICES = 10
MAX_NOTICE_LENGTH = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What is written down of a completed run."""

    results: list[dict[str, JSONValue]]
    item_count: int  #: of everything that was read, also what is not kept
    content_hash: str  #: of everything
    structure_hash: str
    has_changes: bool = False
    added_count: int = 0
    removed_count: int = 0
    changed_count: int = 0
    notices: tuple[str, ...] = ()


def weigh(
    extraction: Extraction,
    stable: Stable,
    *,
    previous_hash: str,
    load_previous: Callable[[], Sequence[Item]],
) -> Findings:
    """Return what a run found; what is not kept counts for the hash all the same.

    Args:
        extraction: What was read from the page.
        stable: What counts as a change.
        previous_hash: Of the run before; empty for a first run, which has no changes.
        load_previous: Its items, as they were kept; asked only when they are needed.
    """
    content_hash = hash_items(extraction.items, stable)
    bounded = bound_items(extraction.items)
    notices = [*extraction.notices, *_list_notices(bounded, len(extraction.items))]
    has_changes = previous_hash not in ("", content_hash)
    counts = (0, 0, 0)
    if has_changes:
        changes = diff_items(load_previous(), bounded.items, stable)
        counts = (len(changes.added), len(changes.removed), len(changes.changed))
        if changes.is_empty and not stable.is_ordered:
            notices.append("What is different lies beyond what is kept of the page.")
    return Findings(
        results=bounded.items,
        item_count=len(extraction.items),
        content_hash=content_hash,
        structure_hash=hash_structure(extraction.items),
        has_changes=has_changes,
        added_count=counts[0],
        removed_count=counts[1],
        changed_count=counts[2],
        notices=trim_notices(notices),
    )


def trim_notices(notices: Sequence[str]) -> tuple[str, ...]:
    """Return the first few notices, each once and none too long."""
    each_once = dict.fromkeys(notice[:MAX_NOTICE_LENGTH] for notice in notices)
    return tuple(each_once)[:MAX_NOTICES]


def _list_notices(bounded: Bounded, count: int) -> list[str]:
    if not bounded.is_cut:
        return []
    kept, size = len(bounded.items), MAX_KEPT_BYTES // 1024
    return [
        f"The results are longer than {size:,} KiB: the first {kept:,} of {count:,} "
        "items are kept. Changes in the others are noticed all the same."
    ]
