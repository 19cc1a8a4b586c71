"""Do an alert's data fit its fields, and are the fields well described? Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from integrations_project.lib.json_types import describe_json, quote

if TYPE_CHECKING:
    from alerts.catalogue.entries import AlertField

MAX_FIELDS = 200
MAX_PATH_LENGTH = 200
MAX_DESCRIPTION_LENGTH = 500
#: More sentences than that about one alert help nobody.
MAX_ERRORS = 50
ROOT = "data"
_LIST = "[]"
_PATH = re.compile(r"data(?:\.[A-Za-z0-9_-]+(?:\[\])*)+")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_whole(value: object) -> bool:
    # 24.0 is a whole number too, as JSON has but one kind of numbers.
    return _is_number(value) and (isinstance(value, int) or float(value).is_integer())  # type: ignore[arg-type]  # judged before


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


#: Type of a field to what it takes, and how a sentence calls that.
TYPES: dict[str, tuple[Callable[[object], bool], str]] = {
    "string": (lambda value: isinstance(value, str), "a text"),
    "integer": (_is_whole, "a whole number"),
    "number": (_is_number, "a number"),
    "boolean": (lambda value: isinstance(value, bool), "true or false"),
    "object": (lambda value: isinstance(value, dict), "an object"),
    "array": (lambda value: isinstance(value, list), "a list"),
    "array of strings": (_is_texts, "a list of texts"),
    "any": (lambda _: True, "anything"),
}


def find_data_errors(
    fields: Iterable[AlertField], data: Mapping[str, Any]
) -> dict[str, list[str]]:
    """Return what is wrong with an alert's data: path to sentences; empty when well.

    A documented value must have its type. One that is missing or null is taken unless
    its field is required, and what no field describes is taken as it is.
    """
    errors: dict[str, list[str]] = {}
    for field in fields:
        _, *steps = field.path.split(".")
        for path, sentence in _judge(data, steps, ROOT, field):
            if len(errors) < MAX_ERRORS:
                errors.setdefault(path, [sentence])
    return errors


def _judge(
    node: Any, steps: list[str], path: str, field: AlertField
) -> Iterator[tuple[str, str]]:
    if not steps:
        fits, words = TYPES[field.type]
        if not fits(node):
            yield path, f"Send {words}, not {_say(node, field.type)}."
        return
    if not isinstance(node, Mapping):
        yield path, f"Send an object, not {describe_json(node)}."
        return
    step, *rest = steps
    name = step.partition("[")[0]
    here = f"{path}.{name}"
    if node.get(name) is None:
        if field.is_required:
            yield here, "This is required."
        return
    nodes: list[tuple[Any, str]] = [(node[name], here)]
    for _ in range(step.count(_LIST)):
        yield from ((p, _refuse_list(n)) for n, p in nodes if not isinstance(n, list))
        nodes = [
            (each, f"{where}.{index}")
            for inner, where in nodes
            if isinstance(inner, list)
            for index, each in enumerate(inner)
        ]
    for each, where in nodes:
        yield from _judge(each, rest, where, field)


def _refuse_list(node: Any) -> str:
    return f"Send a list, not {describe_json(node)}."


def _say(value: Any, wanted: str) -> str:
    if isinstance(value, list) and wanted == "array of strings":
        wrong = next(each for each in value if not isinstance(each, str))
        return f"a list with {describe_json(wrong)} in it"
    if wanted == "integer" and isinstance(value, float):
        return f"{value:g}"
    return describe_json(value)


def find_field_errors(fields: Any) -> list[str]:
    """Return what is wrong with the fields of an own alert type, in sentences.

    Args:
        fields: ``{"data.door.label": {"type": "string", "description": "…",
            "required": true}}``, as it was parsed from JSON.
    """
    if not isinstance(fields, dict):
        example = '{"data.door.label": {"type": "string"}}'
        return [f"Write an object such as {example}, not {describe_json(fields)}."]
    if len(fields) > MAX_FIELDS:
        return [f"These are {len(fields)} fields; at most {MAX_FIELDS} are taken."]
    problems = ((path, _find_problem(path, each)) for path, each in fields.items())
    return [f"{quote(path)}: {problem}" for path, problem in problems if problem]


def _find_problem(path: str, described: Any) -> str:
    if len(path) > MAX_PATH_LENGTH or not _PATH.fullmatch(path):
        return "write a path such as data.door.label or data.doors[].label."
    if not isinstance(described, dict):
        return "write an object with type, description and required."
    if unknown := described.keys() - {"type", "description", "required"}:
        name = quote(sorted(unknown)[0])
        return f"there is no {name}; write type, description and required."
    if not isinstance(described.get("type"), str) or described["type"] not in TYPES:
        return f"type is one of {', '.join(TYPES)}."
    text = described.get("description", "")
    if not isinstance(text, str) or len(text) > MAX_DESCRIPTION_LENGTH:
        return f"description is a text of at most {MAX_DESCRIPTION_LENGTH} characters."
    if not isinstance(described.get("required", False), bool):
        return "required is true or false."
    return ""
