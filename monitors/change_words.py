"""What changes are in words, for the feed and the changelog."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import prefetch_related_objects

from monitors.actions.pulling import read_entry
from monitors.run_words import name_item, write_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from monitors.actions.pulling import LogEntry, UnseenChange
    from monitors.datatypes import Item
    from monitors.models import Job

NAMES_SHOWN = 6
ITEMS_SHOWN = 3
MAX_LABEL = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What some items are called."""

    word: str  #: what became of them
    labels: tuple[str, ...]  #: the first `NAMES_SHOWN`
    count: int

    @property
    def left_out_count(self) -> int:
        """How many there are besides."""
        return self.count - len(self.labels)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldChange:
    """A run that changed something, as a list shows it."""

    run: Job
    groups: tuple[Names, ...] = ()
    items: tuple[Item, ...] = ()  #: the first `ITEMS_SHOWN`
    item_count: int = 0

    @property
    def left_out_count(self) -> int:
        """How many items there are besides."""
        return self.item_count - len(self.items)


def tell_changes(
    changes: Sequence[UnseenChange], *, is_filtered: bool
) -> list[ToldChange]:
    """Return unseen changes: what came and went or, with a filter, what matches."""
    if is_filtered:
        return [_tell_items(change) for change in changes]
    runs = [change.job for change in changes]
    prefetch_related_objects(runs, "previous", "strategy")
    return [tell_entry(read_entry(run)) for run in runs]


def _tell_items(change: UnseenChange) -> ToldChange:
    return ToldChange(
        run=change.job,
        items=tuple(change.items[:ITEMS_SHOWN]),
        item_count=len(change.items),
    )


def tell_entry(entry: LogEntry) -> ToldChange:
    """Return an entry of the changelog with what its items are called."""
    before = [change.before for change in entry.changed]
    after = [change.after for change in entry.changed]
    groups = (
        _name("Added", _without(entry.new_items, after)),
        _name("Removed", _without(entry.removed_items, before)),
        _name("Changed", after),
    )
    return ToldChange(
        run=entry.job, groups=tuple(group for group in groups if group.count)
    )


def label_item(item: Item) -> str:
    """Return what an item is called, else the beginning of what it says."""
    if name := name_item(item):
        return name
    texts = (" ".join(write_value(value).split()) for value in item.values())
    return next((text[:MAX_LABEL] for text in texts if text), "an empty item")


def _name(word: str, items: Sequence[Item]) -> Names:
    labels = tuple(label_item(item) for item in items[:NAMES_SHOWN])
    return Names(word=word, labels=labels, count=len(items))


def _without(items: Iterable[Item], others: Sequence[Item]) -> list[Item]:
    """Leave out each of the others once."""
    ids = {id(each) for each in others}
    return [item for item in items if id(item) not in ids]
