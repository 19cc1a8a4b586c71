"""What tells a failure apart in its sender's words: a list of names and values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from receivers.presets.base import dig

if TYPE_CHECKING:
    from integrations_project.lib.json_types import JSONValue

MAX_PAIRS = 20
MAX_LENGTH = 200
#: Where senders put it: in the item itself, or in Metaplane's lists of monitors.
_PLACES = (
    ("group",),
    ("affectedMonitors", 0, "group"),
    ("affectedMonitors_v2", 0, "group"),
)


def find_group(item: JSONValue) -> tuple[dict[str, str], ...] | None:
    """Return ``{"name", "value"}`` pairs of an item; None when it gives none.

    What is not a list of such pairs is something else that is called a group.
    """
    for place in _PLACES:
        pairs = _read_pairs(dig(item, *place))
        if pairs:
            return pairs
    return None


def _read_pairs(value: JSONValue) -> tuple[dict[str, str], ...]:
    if not isinstance(value, list) or len(value) > MAX_PAIRS:
        return ()
    pairs = []
    for each in value:
        name, told = dig(each, "name"), dig(each, "value")
        if not isinstance(name, str) or not isinstance(told, str | int | float | bool):
            return ()
        pairs.append({"name": name[:MAX_LENGTH], "value": str(told)[:MAX_LENGTH]})
    return tuple(pairs)
