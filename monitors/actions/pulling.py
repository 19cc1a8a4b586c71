"""What a client pulls: the changes it has not seen, and the changelog with pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from monitors.diff import diff_items
from monitors.filters import parse_filter
from monitors.keeping import measure
from monitors.models import Job

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from django.db.models import QuerySet

    from integrations_project.lib.json_types import JSONValue
    from monitors.datatypes import ChangedItem
    from monitors.filters import Filter
    from monitors.models import Schedule

Items = list[dict[str, "JSONValue"]]

#: Of the items in one answer; what is left comes with the next one.
MAX_ANSWER_BYTES = 16 * 1024 * 1024
MAX_CHANGES = 500
MAX_ENTRIES = 100
#: So many runs are looked through for a page of a filtered changelog.
MAX_SEARCHED = 2_000
_CHUNK = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class UnseenChange:
    """A run that changed something, as it is pulled."""

    job: Job
    items: Items  #: its results; with a filter only those that match


@dataclass(frozen=True, slots=True, kw_only=True)
class UnseenChanges:
    """Unseen changes, the newest first."""

    changes: list[UnseenChange]
    is_marked: bool  #: whether they count as seen from now on
    has_more: bool  #: older ones before, newer ones come with the next call


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """What one run changed.

    A changed item is among the new ones as it is now and among the removed ones as
    it was; ``changed`` has both side by side.
    """

    job: Job
    new_items: Items
    removed_items: Items
    changed: list[ChangedItem]
    new_items_count: int
    removed_items_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Changelog:
    """A page of the changelog, the newest first."""

    entries: list[LogEntry]
    total: int | None  #: of all pages; None with a filter, which is not counted ahead
    has_more: bool


@transaction.atomic
def list_changes(
    schedule: Schedule, *, filter_text: str, mark_seen: bool, now: datetime
) -> UnseenChanges:
    """Return the changes that nobody has pulled yet, and take them for seen.

    At most `MAX_CHANGES`, and no more than an answer holds: the oldest, so that one
    call after the other brings all of them. With a filter, runs without any item
    that matches stay unseen. Two calls at once do not get the same change.

    Raises:
        InvalidFilter: With a sentence that says what to write.
    """
    wanted = parse_filter(filter_text) if filter_text.strip() else None
    rows = Job.objects.filter(
        schedule=schedule, has_changes=True, status=Job.Status.COMPLETED, seen_at=None
    ).order_by("completed_at", "id")
    if mark_seen:
        rows = rows.select_for_update(of=("self",))
    found: list[UnseenChange] = []
    left, has_more = MAX_ANSWER_BYTES, False
    for job in rows.iterator(chunk_size=_CHUNK):
        items = _filter(job.results, wanted)
        if not items and wanted is not None:
            continue
        left -= measure(items)
        if found and (left < 0 or len(found) == MAX_CHANGES):
            has_more = True
            break
        found.append(UnseenChange(job=job, items=items))
    if mark_seen:
        _mark(found, now=now)
    return UnseenChanges(changes=found[::-1], is_marked=mark_seen, has_more=has_more)


def list_changelog(
    schedule: Schedule,
    *,
    filter_text: str = "",
    limit: int = 20,
    offset: int = 0,
    include_items: bool = True,
) -> Changelog:
    """Return what changed run by run, the newest first.

    With a filter, only runs with a new or removed item that matches, and of these
    only such items; it looks through the newest `MAX_SEARCHED` changes.

    Args:
        schedule: Whose.
        filter_text: See `monitors.filters`; empty takes everything.
        limit: Entries at most, 1 to `MAX_ENTRIES`.
        offset: Entries to leave out.
        include_items: Whether the items are there, or their counts alone.

    Raises:
        InvalidFilter: With a sentence that says what to write.
    """
    limit, offset = min(max(limit, 1), MAX_ENTRIES), max(offset, 0)
    rows = _changed_runs(schedule)
    if filter_text.strip():
        wanted = parse_filter(filter_text)
        return _search(rows, wanted, limit, offset, include_items=include_items)
    total = rows.count()
    page = rows[offset : offset + limit]
    if not include_items:
        page = page.defer("results", "previous__results")
    entries = [
        read_entry(job) if include_items else _count_only(job)
        for job in page.iterator(chunk_size=_CHUNK)
    ]
    return Changelog(
        entries=entries, total=total, has_more=offset + len(entries) < total
    )


def read_entry(job: Job) -> LogEntry:
    """Return what a run changed, item by item.

    Of a run whose run before is gone, the counts are still known.
    """
    previous = job.previous
    if previous is None:
        return _count_only(job)
    changes = diff_items(previous.results, job.results, job.strategy.stable)
    changed = list(changes.changed)
    new_items = [*changes.added, *(each.after for each in changed)]
    removed = [*changes.removed, *(each.before for each in changed)]
    return LogEntry(
        job=job,
        new_items=new_items,
        removed_items=removed,
        changed=changed,
        new_items_count=len(new_items),
        removed_items_count=len(removed),
    )


def _changed_runs(schedule: Schedule) -> QuerySet[Job]:
    return (
        Job.objects.filter(
            schedule=schedule, has_changes=True, status=Job.Status.COMPLETED
        )
        .select_related("previous", "strategy")
        .order_by("-completed_at", "-id")
    )


def _search(
    rows: QuerySet[Job],
    wanted: Filter,
    limit: int,
    offset: int,
    *,
    include_items: bool,
) -> Changelog:
    entries: list[LogEntry] = []
    passed = 0
    for job in rows[:MAX_SEARCHED].iterator(chunk_size=_CHUNK):
        entry = _narrow(read_entry(job), wanted, include_items=include_items)
        if not entry.new_items_count and not entry.removed_items_count:
            continue
        passed += 1
        if passed > offset + limit:
            return Changelog(entries=entries, total=None, has_more=True)
        if passed > offset:
            entries.append(entry)
    return Changelog(entries=entries, total=passed, has_more=False)


def _narrow(entry: LogEntry, wanted: Filter, *, include_items: bool) -> LogEntry:
    new_items = _filter(entry.new_items, wanted)
    removed = _filter(entry.removed_items, wanted)
    changed = [
        each
        for each in entry.changed
        if wanted.matches(each.before) or wanted.matches(each.after)
    ]
    return LogEntry(
        job=entry.job,
        new_items=new_items if include_items else [],
        removed_items=removed if include_items else [],
        changed=changed if include_items else [],
        new_items_count=len(new_items),
        removed_items_count=len(removed),
    )


def _count_only(job: Job) -> LogEntry:
    return LogEntry(
        job=job,
        new_items=[],
        removed_items=[],
        changed=[],
        new_items_count=job.added_count + job.changed_count,
        removed_items_count=job.removed_count + job.changed_count,
    )


def _filter(items: Iterable[dict[str, JSONValue]], wanted: Filter | None) -> Items:
    return [item for item in items if wanted is None or wanted.matches(item)]


def _mark(found: list[UnseenChange], *, now: datetime) -> None:
    ids = [each.job.pk for each in found]
    Job.objects.filter(pk__in=ids, seen_at=None).update(seen_at=now)
    for each in found:
        each.job.seen_at = now
