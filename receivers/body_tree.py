"""A body as rows of a tree, each value with the path that leads to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from integrations_project.lib.exceptions import ProjectError
from integrations_project.lib.json_path import compile_items_path, compile_path
from integrations_project.lib.json_types import (
    InvalidJson,
    describe_json,
    parse_strict_json,
)
from receivers.extraction import as_text

if TYPE_CHECKING:
    from integrations_project.lib.json_types import JSONValue

MAX_ROWS = 400
MAX_DEPTH = 12
MAX_SHOWN = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeRow:
    """One line of the tree."""

    depth: int
    name: str  # the key or the number, as people see it
    text: str  # the value, or how many there are inside
    path: str = ""  # what a click fills in; "" for what no path leads to
    items_path: str = ""  # for a list: what reads it item by item
    marks: tuple[str, ...] = ()  # what is read here: "status", "key"
    is_parent: bool = False


@dataclass(slots=True, kw_only=True)
class _Walk:
    document: JSONValue
    item: JSONValue  # what paths start in: the first item, or the whole body
    base: str | None  # the path of the list of items; None without items
    marks: Mapping[str, tuple[str, ...]]


def build_tree(
    document: JSONValue,
    *,
    items_path: str = "",
    read_at: Mapping[str, str] | None = None,
) -> tuple[list[TreeRow], int]:
    """Return the rows of a body, and how many were left out.

    Args:
        document: The body.
        items_path: Where its items are; paths inside the first start there.
        read_at: What is read to the path it is read at, for the marks.
    """
    base, item = find_first_item(document, items_path)
    marks: dict[str, tuple[str, ...]] = {}
    for what, path in (read_at or {}).items():
        marks[path] = (*marks.get(path, ()), what)
    walk = _Walk(document=document, item=item, base=base, marks=marks)
    rows: list[TreeRow] = []
    left_out = 0
    for row in _list_rows(walk, document, name="", path="", depth=0):
        if len(rows) < MAX_ROWS:
            rows.append(row)
        else:
            left_out += 1
        if left_out > MAX_ROWS:
            break
    return rows, left_out


def find_first_item(
    document: JSONValue, items_path: str
) -> tuple[str | None, JSONValue]:
    """Return the path of the list of items and its first one.

    Without items: None and the body itself.
    """
    for part in (part.strip() for part in items_path.split("??")):
        try:
            found = compile_items_path(part).find(document, {}) if part else None
        except ProjectError:
            continue
        if found is not None and isinstance(found.value, list) and found.value:
            return part.removesuffix("[]").strip(), found.value[0]
    return None, document


def _list_rows(
    walk: _Walk, value: JSONValue, *, name: str, path: str, depth: int
) -> Iterator[TreeRow]:
    inner = _decode(value)
    joint = "|" if inner is not value else "."
    if not isinstance(inner, (dict, list)) or not inner or depth > MAX_DEPTH:
        yield _make_leaf(walk, value, name=name, path=path, depth=depth)
        return
    if depth:
        yield TreeRow(
            depth=depth - 1,
            name=name,
            text=_count(inner),
            items_path=_offer_items(walk, inner, path),
            is_parent=True,
        )
    elif isinstance(inner, list):
        items = _offer_items(walk, inner, "")
        yield TreeRow(
            depth=0,
            name="The body",
            text=_count(inner),
            items_path=items,
            is_parent=True,
        )
    pairs = inner.items() if isinstance(inner, dict) else enumerate(inner)
    for key, child in pairs:
        below = f"{path}{joint}{key}" if path else str(key)
        shown = str(key) if isinstance(inner, dict) else f"[{key}]"
        yield from _list_rows(walk, child, name=shown, path=below, depth=depth + 1)


def _make_leaf(
    walk: _Walk, value: JSONValue, *, name: str, path: str, depth: int
) -> TreeRow:
    relative = _make_relative(walk, path)
    leads_here = bool(relative) and _leads_to(walk.item, relative, value)
    is_first = leads_here and (walk.base is None or _is_in_first(walk, path))
    return TreeRow(
        depth=max(depth - 1, 0),
        name=name or "The body",
        text=_show(value),
        path=relative if leads_here and not isinstance(value, (dict, list)) else "",
        marks=walk.marks.get(relative, ()) if is_first else (),
    )


def _make_relative(walk: _Walk, path: str) -> str:
    """Return a path from the item that it is in; empty outside of the items."""
    if walk.base is None:
        return path
    prefix = f"{walk.base}." if walk.base else ""
    if not path.startswith(prefix):
        return ""
    number, _, rest = path[len(prefix) :].partition(".")
    return rest if number.isdigit() else ""


def _is_in_first(walk: _Walk, path: str) -> bool:
    prefix = f"{walk.base}." if walk.base else ""
    return path.startswith(f"{prefix}0.")


def _leads_to(item: JSONValue, path: str, value: JSONValue) -> bool:
    # A key may hold what a path cannot say; in later items the value may differ.
    del value
    try:
        return compile_path(path).find(item, {}) is not None
    except ProjectError:
        return False


def _offer_items(walk: _Walk, value: JSONValue, path: str) -> str:
    is_list_of_objects = isinstance(value, list) and isinstance(value[0], dict)
    return f"{path}[]" if is_list_of_objects and walk.base is None else ""


def _decode(value: JSONValue) -> JSONValue:
    """Return what is inside of a text that holds JSON; any other value as it is."""
    if not isinstance(value, str) or not value.lstrip().startswith("{"):
        return value
    try:
        inner = parse_strict_json(value.encode())
    except (InvalidJson, UnicodeEncodeError):
        return value
    return inner if isinstance(inner, dict) else value


def _count(value: JSONValue) -> str:
    assert isinstance(value, (dict, list))
    if isinstance(value, list):
        return "1 item" if len(value) == 1 else f"{len(value)} items"
    return ""


def _show(value: JSONValue) -> str:
    if value is None or isinstance(value, (dict, list)):
        return "null" if value is None else describe_json(value)
    text = as_text(value)
    shown = text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 1]}…"
    return f'"{shown}"' if isinstance(value, str) else shown
