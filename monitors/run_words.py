"""What monitors, runs and items are in words, for screens."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from monitors.expectations import parse_expectations
from monitors.models import Job

if TYPE_CHECKING:
    from integrations_project.lib.json_types import JSONValue
    from monitors.datatypes import Item
    from monitors.models import Schedule

#: Fields that people call an item by, the likeliest first.
NAMING_FIELDS = ("heading", "title", "name", "label", "headline", "id", "link", "url")
MAX_NAME = 120
#: Letters of one value on a page; the JSON has all of it.
MAX_VALUE = 20_000
_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


class Row(NamedTuple):
    """A field of an item, to be read."""

    name: str
    text: str
    is_link: bool
    is_cut: bool


def describe_change(run: Job) -> str:
    """Return what a run found, in few words: ``2 added, 1 removed``."""
    if run.status == Job.Status.FAILED:
        return "failed"
    if run.status != Job.Status.COMPLETED:
        return run.get_status_display().lower()
    if not run.has_changes:
        return "no change"
    named = (
        (run.added_count, "added"),
        (run.removed_count, "removed"),
        (run.changed_count, "changed"),
    )
    told = [f"{count:,} {word}" for count, word in named if count]
    return ", ".join(told) or "another order"


def describe_timing(monitor: Schedule) -> str:
    """Return how often a monitor runs: ``every 5 min``, ``0 9 * * 1-5 (UTC)``."""
    if monitor.interval_seconds is None:
        return f"{monitor.cron_expression} ({monitor.time_zone})"
    rest, parts = monitor.interval_seconds, []
    for unit, size in _UNITS:
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count} {unit}")
    return f"every {' '.join(parts)}"


def list_expectations(monitor: Schedule) -> list[str]:
    """Return what each answer must be like, a sentence each."""
    wanted = parse_expectations(monitor.expectations)
    told = [f"the text “{text}”" for text in wanted.text]
    told += [f"no text “{text}”" for text in wanted.no_text]
    if wanted.status_codes:
        told.insert(0, f"status {' or '.join(map(str, wanted.status_codes))}")
    if wanted.response_ms:
        told.append(f"an answer within {wanted.response_ms:,} ms")
    if wanted.tls_days:
        told.append(f"a certificate that lasts {wanted.tls_days} more days")
    return told


def name_item(item: Item) -> str:
    """Return what an item is called by; empty when nothing in it is a name."""
    for name in NAMING_FIELDS:
        value = item.get(name)
        if isinstance(value, str | int) and str(value).strip():
            return " ".join(str(value).split())[:MAX_NAME]
    return ""


def list_rows(item: Item) -> list[Row]:
    """Return the fields of an item, in their order, without what it is called by."""
    called = name_item(item)
    rows = []
    for name, value in item.items():
        text = write_value(value)
        if called and name in NAMING_FIELDS and text == called:
            continue
        is_link = isinstance(value, str) and value.startswith(("https://", "http://"))
        is_cut = len(text) > MAX_VALUE
        rows.append(Row(str(name), text[:MAX_VALUE], is_link and not is_cut, is_cut))
    return rows


def write_value(value: JSONValue) -> str:
    """Return a value as it is read: a text as it is, all else as JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, indent=None)
