"""Keep only the items that a strategy's filter lets through. Pure.

    {"mode": "all", "conditions": [{"field": "price", "operator": "gt", "value": "50"}]}

Texts are compared without regard to case unless ``case_sensitive`` says so; numbers
are found in texts such as ``$1,299.00``. A field of nested items is named by its path,
``offer.price``. What is empty has no value: it fits ``not_exists``, ``not_contains``
and ``not_equals`` only.

Source: https://docs.meter.sh/concepts/filtering (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import re2

from monitors.exceptions import InvalidStrategy
from monitors.extractors.css import parse_number
from monitors.hashing import MAX_PROGRAM_BYTES, explain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from integrations_project.lib.json_types import JSONValue
    from monitors.datatypes import Item

MAX_CONDITIONS = 50
MAX_VALUE_LENGTH = 1000
MODES = ("all", "any")
OPERATORS = (
    "contains",
    "not_contains",
    "equals",
    "not_equals",
    "regex_match",
    "exists",
    "not_exists",
    "gt",
    "lt",
)
#: These ask for nothing to compare with.
UNARY = frozenset({"exists", "not_exists"})
NUMERIC = frozenset({"gt", "lt"})
#: Hold where the positive one does not, also when there is no value.
_NEGATIONS = {
    "not_contains": "contains",
    "not_equals": "equals",
    "not_exists": "exists",
}
_SHAPE = (
    'Write a filter such as {"mode": "all", "conditions": '
    '[{"field": "price", "operator": "gt", "value": "50"}]}.'
)
Test = Callable[[str], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One field that is compared."""

    field: str
    operator: str  #: one of `OPERATORS`
    test: Test  #: of a text that is not empty

    def holds(self, item: Item) -> bool:
        """Whether an item fits; of a list one entry is enough."""
        texts = [text for text in _list_texts(_find(item, self.field)) if text]
        fits = any(self.test(text) for text in texts)
        return not fits if self.operator in _NEGATIONS else fits


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFilter:
    """A filter, read; without conditions it keeps everything."""

    takes_any: bool = False
    conditions: tuple[Condition, ...] = ()

    def keeps(self, item: Item) -> bool:
        """Whether an item is one of those that are wanted."""
        if not self.conditions:
            return True
        judge = any if self.takes_any else all
        return judge(condition.holds(item) for condition in self.conditions)


def parse_filter_config(config: Any) -> ItemFilter:
    """Read the filter of a strategy; nothing, ``{}`` or null, keeps everything.

    Raises:
        InvalidStrategy: With a sentence that says what to write.
    """
    if not config:
        return ItemFilter()
    conditions = config.get("conditions", []) if isinstance(config, Mapping) else None
    if not isinstance(conditions, list):
        raise InvalidStrategy(_SHAPE)
    if len(conditions) > MAX_CONDITIONS:
        raise InvalidStrategy(f"A filter has at most {MAX_CONDITIONS} conditions.")
    # "match" is what the same is called in rules.
    mode = config.get("mode", config.get("match", "all"))
    if mode not in MODES:
        message = 'The mode of a filter is "all" or "any", that is one of them.'
        raise InvalidStrategy(message)
    return ItemFilter(
        takes_any=mode == "any",
        conditions=tuple(_parse_condition(each) for each in conditions),
    )


def filter_items(
    items: Iterable[dict[str, JSONValue]], config: Any
) -> tuple[dict[str, JSONValue], ...]:
    """Return the items that a strategy's filter keeps, in their order.

    Raises:
        InvalidStrategy: The filter cannot be read.
    """
    chosen = parse_filter_config(config)
    return tuple(item for item in items if chosen.keeps(item))


def _parse_condition(spec: Any) -> Condition:
    if not isinstance(spec, Mapping):
        raise InvalidStrategy(_SHAPE)
    field, operator = spec.get("field"), spec.get("operator")
    if not isinstance(field, str) or not field.strip() or len(field) > 200:
        raise InvalidStrategy("A condition names the field that it is about.")
    if operator not in OPERATORS:
        known = ", ".join(OPERATORS)
        message = f"{operator!r:.40} is no operator; choose one of: {known}."
        raise InvalidStrategy(message)
    value = "" if operator in UNARY else _read_value(spec, field)
    is_exact = spec.get("case_sensitive") is True
    return Condition(
        field=field.strip(),
        operator=operator,
        test=_make_test(operator, value, is_exact=is_exact),
    )


def _read_value(spec: Mapping[str, Any], field: str) -> str:
    value = spec.get("value")
    if value is None or isinstance(value, dict | list):
        raise InvalidStrategy(f"The condition on {field:.60} needs a value.")
    text = _show(value)
    if not text or len(text) > MAX_VALUE_LENGTH:
        message = (
            f"The value of the condition on {field:.60} has 1 to {MAX_VALUE_LENGTH} "
            "letters."
        )
        raise InvalidStrategy(message)
    return text


def _make_test(operator: str, value: str, *, is_exact: bool) -> Test:
    if operator in NUMERIC:
        return _make_number_test(operator, value)
    if operator == "regex_match":
        return _make_pattern_test(value, is_exact=is_exact)
    wanted = value if is_exact else value.casefold()

    def fold(text: str) -> str:
        return text if is_exact else text.casefold()

    match _NEGATIONS.get(operator, operator):
        case "contains":
            return lambda text: wanted in fold(text)
        case "equals":
            return lambda text: wanted.strip() == fold(text).strip()
        case _:
            return bool


def _make_number_test(operator: str, value: str) -> Test:
    limit = parse_number(value)
    if limit is None:
        message = f"{value!r:.60} is no number to compare with; write one such as 50."
        raise InvalidStrategy(message)
    bound = limit

    def test(text: str) -> bool:
        number = parse_number(text)
        if number is None:
            return False
        return number > bound if operator == "gt" else number < bound

    return test


def _make_pattern_test(pattern: str, *, is_exact: bool) -> Test:
    options = re2.Options()
    options.max_mem = MAX_PROGRAM_BYTES
    options.log_errors = False
    options.case_sensitive = is_exact
    try:
        compiled = re2.compile(pattern, options=options)
    except re2.error as error:
        message = f"{pattern!r:.100} is no pattern (RE2 syntax): {explain(error)}."
        raise InvalidStrategy(message) from error

    def test(text: str) -> bool:
        # RE2 works on UTF-8; a lone surrogate has none.
        return bool(compiled.search(text.encode("utf-8", "replace").decode()))

    return test


def _find(item: Item, field: str) -> JSONValue:
    """Return the value of a field, else what is at the path that it names."""
    if field in item:
        return item[field]
    value: Any = item
    for name in field.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    found: JSONValue = value
    return found


def _list_texts(value: JSONValue) -> list[str]:
    if isinstance(value, list):
        return [text for each in value for text in _list_texts(each)]
    if isinstance(value, dict):
        return [text for each in value.values() for text in _list_texts(each)]
    return [_show(value).strip()]


def _show(value: JSONValue) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer() and abs(value) < 2**53:
            return str(int(value))
        case _:
            return str(value)
