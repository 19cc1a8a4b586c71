"""Items picked from a JSON document by path.

    {"items": "data.products[]", "fields": {"title": "name", "price": "cost.amount"}}

Without ``items`` the document is one item, or each entry when it is a list; without
``fields`` an item is kept whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from integrations_project.lib.json_path import (
    InvalidPath,
    compile_items_path,
    compile_path,
)
from integrations_project.lib.json_types import (
    InvalidJson,
    describe_json,
    parse_strict_json,
)
from monitors.datatypes import Extraction, Page
from monitors.exceptions import ExtractionFailed, InvalidStrategy

if TYPE_CHECKING:
    from integrations_project.lib.json_path import Path
    from integrations_project.lib.json_types import JSONValue

MAX_FIELDS = 50
MAX_ITEMS = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonSpec:
    """What a strategy of paths asks for, checked."""

    items: Path | None  #: to the list; None is the document itself
    fields: tuple[tuple[str, Path], ...]  #: name and path; empty keeps items whole


def parse_json_spec(schema: Mapping[str, Any]) -> JsonSpec:
    """Read and check the paths of a strategy.

    Raises:
        InvalidStrategy: With a sentence that says what to write.
    """
    items, fields = schema.get("items", ""), schema.get("fields", {})
    if not isinstance(items, str) or not isinstance(fields, dict):
        message = (
            'Write paths such as {"items": "data.products[]", '
            '"fields": {"title": "name"}}.'
        )
        raise InvalidStrategy(message)
    if len(fields) > MAX_FIELDS:
        raise InvalidStrategy(f"Ask for {MAX_FIELDS} fields at most.")
    try:
        return JsonSpec(
            items=compile_items_path(items) if items else None,
            fields=tuple((str(n)[:100], compile_path(p)) for n, p in fields.items()),
        )
    except InvalidPath as error:
        raise InvalidStrategy(error.message) from error
    except (AttributeError, TypeError) as error:
        raise InvalidStrategy("The path of a field must be a text.") from error


def extract_json(page: Page, spec: JsonSpec) -> Extraction:
    """Read the items of a document; a field that an item lacks is null.

    Raises:
        ExtractionFailed: It is no JSON, or the list is not there.
    """
    try:
        document = parse_strict_json(page.text.encode("utf-8", "surrogatepass"))
    except InvalidJson as error:
        raise ExtractionFailed(f"The answer is no JSON. {error.message}") from error
    found = _find_items(document, spec)
    items = tuple(_build_item(each, spec) for each in found[:MAX_ITEMS])
    notices: tuple[str, ...] = ()
    if len(found) > MAX_ITEMS:
        notices = (f"The list has {len(found):,} items; {MAX_ITEMS:,} are read.",)
    return Extraction(items=items, notices=notices)


def _find_items(document: JSONValue, spec: JsonSpec) -> list[JSONValue]:
    if spec.items is None:
        return document if isinstance(document, list) else [document]
    found = spec.items.find(document, {})
    if found is None:
        message = f"The answer has nothing at {spec.items.text}."
        raise ExtractionFailed(message)
    if not isinstance(found.value, list):
        message = f"{found.where} is {describe_json(found.value)}, not a list."
        raise ExtractionFailed(message)
    return found.value


def _build_item(value: JSONValue, spec: JsonSpec) -> dict[str, JSONValue]:
    if not spec.fields:
        return value if isinstance(value, dict) else {"value": value}
    found = {name: path.find(value, {}) for name, path in spec.fields}
    return {name: hit.value if hit else None for name, hit in found.items()}
