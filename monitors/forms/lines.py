"""Selectors, paths and conditions as lines that people type, and back again. Pure.

Both take JSON in place of lines, for what lines cannot say.
"""

from __future__ import annotations

import json
import re
from typing import Any

from monitors.exceptions import InvalidStrategy
from monitors.extractors.css import TYPES
from monitors.filtering import OPERATORS, UNARY

_MARKS = re.compile(
    rf"(?P<place>.*?)(?:^|\s)\((?P<type>{'|'.join(TYPES)})?,?\s*(?P<list>list)?\)"
)
_SIGNS = {">": "gt", "<": "lt", "=": "equals"}
_WORDS = "|".join(sorted((*OPERATORS, *_SIGNS), key=len, reverse=True))
_CONDITION = re.compile(rf"(?P<field>\S.*?)\s+(?P<word>{_WORDS})(?:\s+(?P<value>.*))?")


def read_fields(text: str) -> dict[str, Any]:
    """Return the fields of a schema: ``title: h2``, ``price: .price (number)``.

    Raises:
        InvalidStrategy: With a sentence that says which line and what to write.
    """
    if text.lstrip().startswith("{"):
        return _read_json(text, 'such as {"title": "h2"}')
    fields: dict[str, Any] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        name, separator, place = line.partition(":")
        name = name.strip()
        if not separator or not name:
            message = f"Line {number} names no field; write such as title: h2."
            raise InvalidStrategy(message)
        if name in fields:
            message = f"Line {number} names {name:.60} again; write each name once."
            raise InvalidStrategy(message)
        fields[name] = _read_place(place.strip())
    return fields


def write_fields(fields: dict[str, Any]) -> str:
    """Return the fields of a schema as lines, or as JSON where lines cannot say it."""
    lines = []
    for name, spec in fields.items():
        place = _write_place(spec)
        line = f"{name}: {place}"
        if place is None or read_or_none(line) != {name: spec}:
            return json.dumps(fields, indent=2, ensure_ascii=False)
        lines.append(line.rstrip())
    return "\n".join(lines)


def read_filter(text: str, mode: str) -> dict[str, Any]:
    """Return a filter of items: ``price > 50``, ``title contains sale`` a line.

    Raises:
        InvalidStrategy: With a sentence that says which line and what to write.
    """
    if text.lstrip().startswith("{"):
        return _read_json(text, 'such as {"mode": "all", "conditions": []}')
    conditions = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        found = _CONDITION.fullmatch(line.strip())
        if found is None:
            message = (
                f"Line {number} is no condition; write a field, one of "
                f"{', '.join(OPERATORS)}, and a value, such as price gt 50."
            )
            raise InvalidStrategy(message)
        operator = _SIGNS.get(found["word"], found["word"])
        condition = {"field": found["field"], "operator": operator}
        if operator not in UNARY:
            condition["value"] = found["value"] or ""
        conditions.append(condition)
    return {"mode": mode, "conditions": conditions} if conditions else {}


def write_filter(config: dict[str, Any]) -> str:
    """Return a filter as lines, or as JSON where lines cannot say it."""
    conditions = config.get("conditions") or []
    try:
        lines = [
            f"{each['field']} {each['operator']} {each.get('value', '')}".strip()
            for each in conditions
        ]
        again = read_filter("\n".join(lines), "all").get("conditions", [])
    except (KeyError, TypeError, InvalidStrategy):
        again = None
    if again != conditions:
        return json.dumps(config, indent=2, ensure_ascii=False)
    return "\n".join(lines)


def read_or_none(line: str) -> dict[str, Any] | None:
    """Return what a line says; None when it cannot be read."""
    try:
        return read_fields(line)
    except InvalidStrategy:
        return None


def _read_place(place: str) -> Any:
    found = _MARKS.fullmatch(place)
    if found is None or not (found["type"] or found["list"]):
        return place
    selector, _, attribute = found["place"].strip().partition("@")
    spec: dict[str, Any] = {"selector": selector.strip()}
    if attribute:
        spec["attribute"] = attribute.strip()
    if found["type"]:
        spec["type"] = found["type"]
    if found["list"]:
        spec["list"] = True
    return spec


def _write_place(spec: Any) -> str | None:
    if isinstance(spec, str):
        return spec
    if not isinstance(spec, dict):
        return None
    attribute = f"@{spec['attribute']}" if spec.get("attribute") else ""
    marks = [str(spec["type"])] if spec.get("type") else []
    marks += ["list"] if spec.get("list") else []
    return f"{spec.get('selector', '')}{attribute} ({', '.join(marks)})"


def _read_json(text: str, example: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        message = f"This is no JSON; write lines, or an object {example}."
        raise InvalidStrategy(message) from error
    if not isinstance(found, dict):
        raise InvalidStrategy(f"Write an object {example}.")
    return found
