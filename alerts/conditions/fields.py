"""Conditions on an event's data: ``{"field": path, "op": name, "value": value}``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from alerts.conditions.patterns import compile_pattern
from integrations_project.lib.json_path import InvalidPath, Path, compile_path

if TYPE_CHECKING:
    from alerts.conditions.facts import EventFacts

#: What people choose from, in the order of the form, and how it reads in a sentence.
OPERATORS = {
    "equals": "is",
    "not_equals": "is not",
    "in": "is one of",
    "not_in": "is none of",
    "prefix": "begins with",
    "suffix": "ends with",
    "contains": "contains",
    "regex": "fits the pattern",
    "gt": "is more than",
    "gte": "is at least",
    "lt": "is less than",
    "lte": "is at most",
    "exists": "is there",
}
#: These hold where nothing is found: what is not there equals nothing.
NEGATIONS = {"not_equals": "equals", "not_in": "in"}
NUMERIC = ("gt", "gte", "lt", "lte")
TEXTUAL = ("prefix", "suffix", "contains", "regex")
LISTED = ("in", "not_in")
_LIST_MARK = "[]"
MAX_LIST_MARKS = 4


class FieldPath(NamedTuple):
    """A path that may lead through lists: ``data.clients[].mac``."""

    text: str
    #: Alternatives, each with the paths between its list marks; None is the value.
    chains: tuple[tuple[Path | None, ...], ...]

    def find_all(self, document: Any) -> list[Any]:
        """Return every value that it leads to; empty when it leads nowhere.

        A list at its end gives its elements, and null counts as nothing.
        """
        for chain in self.chains:
            found = list(_walk(document, chain))
            if found:
                return found
        return []


@lru_cache(maxsize=1024)
def compile_field(text: str) -> FieldPath:
    """Compile the path of a condition; compiled ones are kept.

    Raises:
        InvalidPath: With a sentence that says what to write instead.
    """
    if "header:" in text.lower():
        raise InvalidPath("An event has no headers; write a path such as data.status.")
    if text.count(_LIST_MARK) > MAX_LIST_MARKS:
        raise InvalidPath(f"The path has more than {MAX_LIST_MARKS} times [].")
    alternatives = text.split("??") if _LIST_MARK in text else [text]
    return FieldPath(text, tuple(_compile_chain(each) for each in alternatives))


def find_values(facts: EventFacts, path: str) -> list[Any]:
    """Return the values at a path; alerts are searched with and without ``data.``."""
    if path not in facts.values_at:
        compiled = compile_field(path)
        found = (compiled.find_all(document) for document in facts.documents)
        facts.values_at[path] = next(filter(None, found), [])
    return facts.values_at[path]


def holds(condition: Mapping[str, Any], facts: EventFacts) -> bool:
    """Whether one condition holds; of several values, one that fits is enough."""
    found = find_values(facts, condition["field"])
    operator, wanted = condition["op"], condition.get("value")
    if operator == "exists":
        return bool(found) is (wanted is not False)
    if operator in NEGATIONS:
        fits = _FITS[NEGATIONS[operator]]
        return not any(fits(value, wanted) for value in found)
    fits = _FITS[operator]
    return any(fits(value, wanted) for value in found)


def describe_condition(condition: Mapping[str, Any]) -> str:
    """Return a condition in words: ``severity is one of minor, major``."""
    operator, wanted = condition["op"], condition.get("value")
    if operator == "exists":
        words = "is not there" if wanted is False else "is there"
        return f"{condition['field']} {words}"
    return f"{condition['field']} {OPERATORS[operator]} {write_value(wanted)}"


def write_value(value: Any) -> str:
    """Return a JSON value as people read it, short."""
    if isinstance(value, list):
        return ", ".join(map(write_value, value[:10])) + (", …" if value[10:] else "")
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return f"{value!s:.100}"


def read_number(value: Any) -> float | None:
    """Return a number, or a text that is one, as a number; else None."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if number == number else None  # not a number is not equal to itself


def is_same(value: Any, wanted: Any) -> bool:
    """Whether two values are equal; a text equals a number or flag written like it."""
    if isinstance(value, dict | list) or isinstance(wanted, dict | list):
        return bool(value == wanted)
    if isinstance(value, str) and isinstance(wanted, str):
        return value == wanted
    if isinstance(value, bool) or isinstance(wanted, bool):
        return write_value(value) == write_value(wanted)
    one, other = read_number(value), read_number(wanted)
    return one is not None and one == other


def _compile_chain(text: str) -> tuple[Path | None, ...]:
    parts = [part.strip() for part in text.split(_LIST_MARK)]
    if len(parts) > 1 and not parts[-1]:
        parts.pop()  # the elements themselves: a list at the end is taken apart
    paths: list[Path | None] = []
    for number, part in enumerate(parts):
        inner = part.removeprefix(".") if number else part
        # "[].name" begins with a list, as the whole document never does.
        paths.append(compile_path(inner) if inner or not number else None)
    return tuple(paths)


def _walk(node: Any, chain: Sequence[Path | None]) -> Iterator[Any]:
    path, *rest = chain
    found = None if path is None else path.find(node, {})
    value = node if path is None else found and found.value
    elements = value if isinstance(value, list) else [value]
    for element in elements:
        if rest and isinstance(element, dict | list):
            yield from _walk(element, rest)
        elif not rest and element is not None:
            yield element


def _compare(check: Callable[[float, float], bool]) -> Callable[[Any, Any], bool]:
    def fits(value: Any, wanted: Any) -> bool:
        one, other = read_number(value), read_number(wanted)
        return one is not None and other is not None and check(one, other)

    return fits


def _is_text(check: Callable[[str, str], bool]) -> Callable[[Any, Any], bool]:
    def fits(value: Any, wanted: Any) -> bool:
        return not isinstance(value, dict | list) and check(_write(value), str(wanted))

    return fits


def _write(value: Any) -> str:
    return value if isinstance(value, str) else write_value(value)


_FITS: dict[str, Callable[[Any, Any], bool]] = {
    "equals": is_same,
    "in": lambda value, wanted: any(is_same(value, each) for each in wanted),
    "prefix": _is_text(lambda text, wanted: text.startswith(wanted)),
    "suffix": _is_text(lambda text, wanted: text.endswith(wanted)),
    "contains": _is_text(lambda text, wanted: wanted in text),
    "regex": _is_text(lambda text, wanted: compile_pattern(wanted).is_in(text)),
    "gt": _compare(lambda one, other: one > other),
    "gte": _compare(lambda one, other: one >= other),
    "lt": _compare(lambda one, other: one < other),
    "lte": _compare(lambda one, other: one <= other),
}
