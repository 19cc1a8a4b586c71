"""Items picked from a page by CSS selectors.

    {"items": ".product", "fields": {"title": "h2", "link": "a@href"}}

Without ``items`` the whole page is one item. A field is a selector, with ``@name``
for an attribute, or ``{"selector", "attribute", "type", "list"}``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from monitors.datatypes import Extraction, FieldSpec, Page
from monitors.exceptions import ExtractionFailed, InvalidStrategy
from monitors.extractors.markup import find_base, parse_html, read_text, resolve_url

if TYPE_CHECKING:
    from collections.abc import Mapping

    from selectolax.lexbor import LexborNode

    from integrations_project.lib.json_types import JSONValue

MAX_FIELDS = 50
MAX_ITEMS = 5_000
MAX_VALUES = 200
MAX_SELECTOR_LENGTH = 500
TYPES = ("text", "number", "url", "html")
#: What a description of a wanted shape says instead of selectors.
SHAPE_WORDS = frozenset(
    {"string", "number", "integer", "boolean", "array", "object", "null", "float"}
)
_SCHEMA_NAMES = ("items", "item", "fields")
_FIELD_NAMES = ("selector", "attribute", "type", "list")
_LINKS = frozenset({"href", "src", "action", "poster", "data-href", "data-src"})
_NUMBER = re.compile(r"[-+]?\d[\d.,'\u00a0\u202f ]*")
_TRIED = LexborHTMLParser("<p>x</p>")


@dataclass(frozen=True, slots=True, kw_only=True)
class CssSpec:
    """What a strategy of selectors asks for, checked."""

    items: str  #: empty: the page is one item
    fields: tuple[FieldSpec, ...]


def is_shape_only(schema: Mapping[str, Any]) -> bool:
    """Whether a schema names types of values rather than where they are."""
    values = schema.get("properties", schema)
    return isinstance(values, dict) and all(
        (value.get("type") if isinstance(value, dict) else value) in SHAPE_WORDS
        and not (isinstance(value, dict) and "selector" in value)
        for value in values.values()
    )


def parse_css_spec(schema: Mapping[str, Any]) -> CssSpec:
    """Read and check the selectors of a strategy.

    Raises:
        InvalidStrategy: With a sentence that says what to write.
    """
    items = schema.get("items", schema.get("item", ""))
    fields = schema.get("fields")
    if fields is None:
        fields = {k: v for k, v in schema.items() if k not in ("items", "item")}
    if not isinstance(items, str) or not isinstance(fields, dict) or not fields:
        message = (
            'Write selectors such as {"items": ".product", '
            '"fields": {"title": "h2", "link": "a@href"}}.'
        )
        raise InvalidStrategy(message)
    if "fields" in schema:
        _check_names(schema, _SCHEMA_NAMES, "output_schema")
    if len(fields) > MAX_FIELDS:
        raise InvalidStrategy(f"Ask for {MAX_FIELDS} fields at most.")
    if items:
        _check_selector(items)
    return CssSpec(
        items=items,
        fields=tuple(_parse_field(name, spec) for name, spec in fields.items()),
    )


def extract_css(page: Page, spec: CssSpec) -> Extraction:
    """Read the items of a page; a field that an item lacks is null.

    Raises:
        ExtractionFailed: Nothing on the page fits.
    """
    tree = parse_html(page.text)
    base = find_base(tree, page.url)
    if tree.root is None:
        raise ExtractionFailed("The page is empty.")
    nodes = tree.css(spec.items) if spec.items else [tree.root]
    found = [
        {field.name: _read_field(node, field, base) for field in spec.fields}
        for node in nodes[:MAX_ITEMS]
    ]
    items = tuple(
        item for item in found if any(v not in (None, []) for v in item.values())
    )
    if not items:
        raise ExtractionFailed(_explain_nothing(spec, len(nodes)))
    notices: tuple[str, ...] = ()
    if len(nodes) > MAX_ITEMS:
        notices = (f"The page has {len(nodes):,} items; {MAX_ITEMS:,} are read.",)
    return Extraction(items=items, notices=notices)


def parse_number(text: str) -> float | int | None:
    """Return the first number in a text: ``1.299,00 €`` is 1299, ``$19.99`` 19.99.

    The last of ``.`` and ``,`` is the decimal mark when both are there, and when one
    of them is there once with other than three digits after it.
    """
    found = _NUMBER.search(text)
    if found is None:
        return None
    digits = re.sub(r"['\u00a0\u202f ]", "", found[0]).rstrip(".,")
    comma, dot = digits.rfind(","), digits.rfind(".")
    mark = max(comma, dot)
    is_lonely = mark >= 0 and min(comma, dot) < 0
    groups = digits[mark + 1 :] if mark >= 0 else ""
    is_grouping = is_lonely and (digits.count(digits[mark]) > 1 or len(groups) == 3)
    if mark < 0 or is_grouping:
        plain = re.sub(r"[.,]", "", digits)
    else:
        plain = re.sub(r"[.,]", "", digits[:mark]) + "." + groups
    value = float(plain)
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def _check_names(given: Mapping[str, Any], names: tuple[str, ...], place: str) -> None:
    """Refuse what would be passed over: a word for it was guessed."""
    unknown = next((name for name in given if name not in names), None)
    if unknown is not None:
        message = f"There is no {unknown!s:.60} in {place}; use {', '.join(names)}."
        raise InvalidStrategy(message)


def _parse_field(name: Any, spec: Any) -> FieldSpec:
    if isinstance(spec, str):
        selector, _, attribute = spec.partition("@")
        spec = {"selector": selector.strip(), "attribute": attribute.strip()}
    if not isinstance(spec, dict):
        message = f"The field {name!s:.60} needs a selector, such as h2 or a@href."
        raise InvalidStrategy(message)
    _check_names(spec, _FIELD_NAMES, f"the field {name!s:.60}")
    selector = spec.get("selector", "")
    attribute = spec.get("attribute", "")
    kind = spec.get("type", "text")
    if not isinstance(selector, str) or not isinstance(attribute, str):
        raise InvalidStrategy(f"The selector of {name!s:.60} must be a text.")
    if kind not in TYPES:
        kind = "number" if kind in ("integer", "float") else "text"
    if selector:
        _check_selector(selector)
    return FieldSpec(
        name=str(name)[:100],
        selector=selector,
        attribute=attribute.lower(),
        type=kind,
        is_list=bool(spec.get("list") or spec.get("type") == "array"),
    )


def _check_selector(selector: str) -> None:
    if len(selector) > MAX_SELECTOR_LENGTH:
        raise InvalidStrategy(f"A selector has at most {MAX_SELECTOR_LENGTH} letters.")
    if "\x00" in selector:
        raise InvalidStrategy("A selector has no NUL character.")
    try:
        _TRIED.css(selector)
    except (SelectolaxError, ValueError) as error:
        message = f"{selector!r:.100} is no CSS selector: try it in a browser first."
        raise InvalidStrategy(message) from error


def _read_field(node: LexborNode, field: FieldSpec, base: str) -> JSONValue:
    matches = node.css(field.selector) if field.selector else [node]
    if field.is_list:
        return [_read_value(match, field, base) for match in matches[:MAX_VALUES]]
    return _read_value(matches[0], field, base) if matches else None


def _read_value(node: LexborNode, field: FieldSpec, base: str) -> JSONValue:
    if field.type == "html":
        return node.html
    if not field.attribute:
        text: str | None = read_text(node)
    else:
        text = node.attributes.get(field.attribute)
    if text is None:
        return None
    if field.type == "number":
        return parse_number(text)
    if field.attribute in _LINKS or field.type == "url":
        return resolve_url(base, text)
    return text


def _explain_nothing(spec: CssSpec, count: int) -> str:
    if spec.items and not count:
        return f"Nothing on the page fits the selector {spec.items!r:.100}."
    names = ", ".join(repr(field.selector)[:60] for field in spec.fields[:5])
    return f"Nothing on the page fits {names}."
