"""Allow-lists and ignore-lists of names: ``{"match", "value", "field"?}``."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from alerts.conditions.facts import EventFacts
from alerts.conditions.fields import find_values, write_value
from alerts.conditions.patterns import compile_pattern

MATCHES = {
    "exact": "is",
    "prefix": "begins with",
    "suffix": "ends with",
    "regex": "fits the pattern",
}


def find_unnamed_reason(
    facts: EventFacts,
    *,
    allowed: Sequence[Mapping[str, Any]],
    ignored: Sequence[Mapping[str, Any]],
) -> str:
    """Return why the names keep an event out, as a sentence; empty when they do not.

    An event about several things is kept out only when every one of them is: one
    ignored service does not hide the other of an incident. Without names nothing is
    ignored, and nothing is among those that are allowed.
    """
    for field, entries in _group_by_field(ignored).items():
        things = _list_things(facts, field)
        if things and not _leave_out(things, entries):
            return f"{_say(things)} is among the ignored names."
    for field, entries in _group_by_field(allowed).items():
        here = [entry for entry in ignored if entry.get("field", "") == field]
        left = _leave_out(_list_things(facts, field), here)
        if any(_is_named(entries, names) for names in left):
            return ""
    said = _say(_list_things(facts, ""))
    return f"{said} is not among the allowed names." if allowed else ""


def is_name(entry: Mapping[str, Any], name: str) -> bool:
    """Whether one entry means a name; capitals count, as the names are stored."""
    wanted = entry["value"]
    match entry["match"]:
        case "prefix":
            return name.startswith(wanted)
        case "suffix":
            return name.endswith(wanted)
        case "regex":
            return compile_pattern(wanted).is_all_of(name)
        case _:
            return bool(name == wanted)


def _group_by_field(
    entries: Sequence[Mapping[str, Any]],
) -> dict[str, list[Mapping[str, Any]]]:
    grouped: dict[str, list[Mapping[str, Any]]] = {}
    for entry in entries:
        grouped.setdefault(entry.get("field", ""), []).append(entry)
    return grouped


def _list_things(facts: EventFacts, field: str) -> list[frozenset[str]]:
    """Return the names of each thing, or each value at a field as such a thing."""
    if field:
        return [frozenset({write_value(v)}) for v in find_values(facts, field)]
    return [names for names in facts.things if names]


def _leave_out(
    things: Sequence[frozenset[str]], entries: Sequence[Mapping[str, Any]]
) -> list[frozenset[str]]:
    return [names for names in things if not _is_named(entries, names)]


def _is_named(entries: Sequence[Mapping[str, Any]], names: Collection[str]) -> bool:
    return any(is_name(entry, name) for entry in entries for name in names)


def _say(things: Sequence[Collection[str]]) -> str:
    names = sorted({name for names in things for name in names})
    if not names:
        return "An event without a name"
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if names[3:] else "")
