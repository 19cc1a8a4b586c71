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
#: Of one list or object; the rest is counted.
MAX_CHILDREN = 60
MAX_DEPTH = 12
MAX_SHOWN = 120
MAX_NAME = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeRow:
    """One line of the tree."""

    depth: int
    name: str  # the key or the number, as people see it
    text: str  # the value, or how many there are inside
    path: str = ""  # what a click fills in; "" for what no path leads to
    items_path: str = ""  # for a list: what reads it item by item
    each: str = ""  # inside of a list: its items path, and the path in each item
    marks: tuple[str, ...] = ()  # what is read here: "status", "key"
    is_parent: bool = False
    is_more: bool = False  # stands for what is not shown


@dataclass(slots=True, kw_only=True)
class _Walk:
    items: list[JSONValue]  # what paths start in: the items, or the whole body
    base: str | None  # the path of the list of items; None without items
    marks: Mapping[str, tuple[str, ...]]
    room: int = MAX_ROWS


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    name: str = ""
    path: str = ""
    depth: int = 0
    listed: str = ""  # the items path of the outermost list of objects around it
    item: JSONValue = None  # the item of that list
    inner: str = ""  # the path in it


def build_tree(
    document: JSONValue,
    *,
    items_path: str = "",
    read_at: Mapping[str, str] | None = None,
) -> list[TreeRow]:
    """Return the rows of a body, a bounded number, and how many are not shown.

    Args:
        document: The body.
        items_path: Where its items are; paths inside each start there.
        read_at: What is read to the path it is read at, for the marks.
    """
    base, items = _find_items(document, items_path)
    marks: dict[str, tuple[str, ...]] = {}
    for what, path in (read_at or {}).items():
        marks[path] = (*marks.get(path, ()), what)
    walk = _Walk(items=items, base=base, marks=marks)
    return list(_list_rows(walk, document, _Place()))


def find_first_item(document: JSONValue, items_path: str) -> JSONValue:
    """Return the first of the items; without items, the body itself."""
    return _find_items(document, items_path)[1][0]


def _find_items(
    document: JSONValue, items_path: str
) -> tuple[str | None, list[JSONValue]]:
    """Return the path of the list of items, and them; None and the body without."""
    for part in (part.strip() for part in items_path.split("??")):
        try:
            found = compile_items_path(part).find(document, {}) if part else None
        except ProjectError:
            continue
        if found is not None and isinstance(found.value, list) and found.value:
            return part.removesuffix("[]").strip(), found.value
    return None, [document]


def _list_rows(walk: _Walk, value: JSONValue, place: _Place) -> Iterator[TreeRow]:
    inner = _decode(value)
    walk.room -= 1
    if not isinstance(inner, (dict, list)) or not inner or place.depth > MAX_DEPTH:
        yield _make_leaf(walk, value, place)
        return
    if place.depth or isinstance(inner, list):
        yield TreeRow(
            depth=max(place.depth - 1, 0),
            name=_cut(place.name or "The body"),
            text=_count(inner),
            items_path=_offer_items(walk, inner, place.path),
            is_parent=True,
        )
    joint = "|" if inner is not value else "."
    pairs = inner.items() if isinstance(inner, dict) else enumerate(inner)
    for index, (key, child) in enumerate(pairs):
        if index >= MAX_CHILDREN or walk.room <= 0:
            yield _make_rest(len(inner) - index, place.depth)
            return
        below = _step(walk, place, inner, str(key), child=child, joint=joint)
        yield from _list_rows(walk, child, below)


def _step(
    walk: _Walk,
    place: _Place,
    container: JSONValue,
    key: str,
    *,
    child: JSONValue,
    joint: str,
) -> _Place:
    """Return the place of one value inside of an object or a list."""
    path = f"{place.path}{joint}{key}" if place.path else key
    listed, item, inner = place.listed, place.item, place.inner
    if listed:
        inner = f"{inner}{joint}{key}" if inner else key
    elif isinstance(container, list) and (
        offered := _offer_items(walk, container, place.path)
    ):
        listed, item = offered, child
    return _Place(
        name=key if isinstance(container, dict) else f"[{key}]",
        path=path,
        depth=place.depth + 1,
        listed=listed,
        item=item,
        inner=inner,
    )


def _make_rest(count: int, depth: int) -> TreeRow:
    return TreeRow(
        depth=depth, name="…", text=f"{count:,} more, not shown", is_more=True
    )


def _make_leaf(walk: _Walk, value: JSONValue, place: _Place) -> TreeRow:
    number, relative = _make_relative(walk, place.path)
    leads_here = bool(relative) and _leads_to(walk.items[number], relative)
    is_scalar = not isinstance(value, (dict, list))
    is_deep = not is_scalar and bool(value)
    each = ""
    if is_scalar and place.inner and _leads_to(place.item, place.inner):
        each = join_each(place.listed, place.inner)
    return TreeRow(
        depth=max(place.depth - 1, 0),
        name=_cut(place.name or "The body"),
        text=f"{_show(value)}, not shown" if is_deep else _show(value),
        path=relative if leads_here and is_scalar else "",
        each=each,
        marks=walk.marks.get(relative, ()) if leads_here and not number else (),
    )


def join_each(items_path: str, path: str) -> str:
    """Return a list and a path in each of its items as one text; "" if none can."""
    joined = f"{items_path} {path}"
    return joined if split_each(joined) == (items_path, path) else ""


def split_each(text: str) -> tuple[str, str]:
    """Return the items path, and the path in each item."""
    listed, mark, path = text.partition("[] ")
    return listed + mark.rstrip(), path


def _make_relative(walk: _Walk, path: str) -> tuple[int, str]:
    """Return which item a path is in and where; an empty path outside of them."""
    if walk.base is None:
        return 0, path
    prefix = f"{walk.base}." if walk.base else ""
    number, _, rest = path.removeprefix(prefix).partition(".")
    if not path.startswith(prefix) or not number.isdecimal():
        return 0, ""
    return (int(number), rest) if int(number) < len(walk.items) else (0, "")


def _leads_to(item: JSONValue, path: str) -> bool:
    # A key may hold what a path cannot say.
    try:
        return compile_path(path).find(item, {}) is not None
    except ProjectError:
        return False


def _offer_items(walk: _Walk, value: JSONValue, path: str) -> str:
    is_list_of_objects = isinstance(value, list) and isinstance(value[0], dict)
    return f"{path}[]" if is_list_of_objects and walk.base is None else ""


def _cut(name: str) -> str:
    return name if len(name) <= MAX_NAME else f"{name[: MAX_NAME - 1]}…"


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
        return "1 item" if len(value) == 1 else f"{len(value):,} items"
    return f"{len(value):,} keys" if len(value) > MAX_CHILDREN else ""


def _show(value: JSONValue) -> str:
    if value is None or isinstance(value, (dict, list)):
        return "null" if value is None else describe_json(value)
    text = as_text(value)
    shown = text if len(text) <= MAX_SHOWN else f"{text[: MAX_SHOWN - 1]}…"
    return f'"{shown}"' if isinstance(value, str) else shown
