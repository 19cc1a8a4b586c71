"""What is kept of a run: bounded, and such as every database takes. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from integrations_project.lib.json_types import JSONValue

#: Of the results of one run, as JSON: a page of 10 MiB must not fill the database.
MAX_KEPT_BYTES = 1024 * 1024
#: Of those, what an event carries: it is stored again for each format, and sent.
MAX_TOLD_BYTES = 256 * 1024
#: A single text that is longer than this is cut when there is no room for it.
MAX_TEXT_LENGTH = 20_000
CUT = " […]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounded:
    """Items that fit, and whether there were more."""

    items: list[dict[str, JSONValue]]
    is_cut: bool


def bound_items(
    items: Iterable[dict[str, JSONValue]], *, max_bytes: int = MAX_KEPT_BYTES
) -> Bounded:
    """Return the first items that fit into so many bytes of JSON, in their order.

    The first one that does not fit is kept with its long texts cut, if that helps.
    What no database keeps, NUL and halves of surrogate pairs, becomes U+FFFD.
    """
    kept: list[dict[str, JSONValue]] = []
    left = max_bytes
    for item in items:
        clean = {clean_text(name): clean_value(value) for name, value in item.items()}
        size = measure(clean)
        if size > left:
            short = {name: _shorten(value) for name, value in clean.items()}
            if measure(short) <= left:
                kept.append(short)
            return Bounded(items=kept, is_cut=True)
        kept.append(clean)
        left -= size
    return Bounded(items=kept, is_cut=False)


def measure(value: JSONValue | Sequence[JSONValue]) -> int:
    """Return how many bytes a value has as JSON, as it is stored and sent."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return len(text.encode("utf-8", "replace")) + 1


def clean_value(value: JSONValue) -> JSONValue:
    """Return a value whose texts every database keeps."""
    match value:
        case str():
            return clean_text(value)
        case list():
            return [clean_value(each) for each in value]
        case dict():
            return {clean_text(key): clean_value(each) for key, each in value.items()}
        case _:
            return value


def clean_given(value: Any) -> Any:
    """Return what somebody sent for a field such as every database keeps it."""
    return clean_value(value) if isinstance(value, str | list | dict) else value


def clean_text(text: str) -> str:
    """Return a text without NUL and without halves of surrogate pairs."""
    if text.isascii():
        return text.replace("\x00", "\ufffd")
    text = text.replace("\x00", "\ufffd")
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _shorten(value: JSONValue) -> JSONValue:
    if isinstance(value, str) and len(value) > MAX_TEXT_LENGTH:
        return value[:MAX_TEXT_LENGTH] + CUT
    return value
