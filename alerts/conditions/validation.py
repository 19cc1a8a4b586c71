"""What is wrong with a rule's fields, in sentences for forms, admin and API alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from alerts.conditions.fields import (
    LISTED,
    NUMERIC,
    OPERATORS,
    TEXTUAL,
    compile_field,
    read_number,
)
from alerts.conditions.hours import MIDNIGHT, is_time
from alerts.conditions.names import MATCHES
from alerts.conditions.options import CHANGES_ONLY, OPTIONS, THRESHOLDS
from alerts.conditions.patterns import compile_pattern
from integrations_project.lib.exceptions import ProjectError
from integrations_project.lib.json_types import describe_json, quote
from integrations_project.lib.zones import load_zone

if TYPE_CHECKING:
    from alerts.models import Rule

MAX_CONDITIONS = 50
MAX_NAMES = 500
MAX_LABELS = 50
MAX_WINDOWS = 50
MAX_LISTED = 500
MAX_TEXT_LENGTH = 1000

_EXAMPLES = {
    "conditions": '[{"field": "severity", "op": "equals", "value": "critical"}]',
    "allowed_names": '[{"match": "prefix", "value": "db-"}]',
    "ignored_names": '[{"match": "exact", "value": "test"}]',
}


def find_rule_errors(rule: Rule) -> dict[str, list[str]]:
    """Return sentences for each field of what a rule asks for; empty when it is well.

    Looks at ``labels``, ``conditions``, ``allowed_names``, ``ignored_names``,
    ``options`` and ``active_hours``; other fields are judged by the model.
    """
    found = {name: check(getattr(rule, name)) for name, check in CHECKS.items()}
    return {name: sentences for name, sentences in found.items() if sentences}


def find_condition_errors(conditions: Any) -> list[str]:
    """Return what is wrong with conditions on data, one sentence for each."""
    return _judge_list("conditions", conditions, MAX_CONDITIONS, _judge_condition)


def find_name_errors(names: Any, *, field: str = "allowed_names") -> list[str]:
    """Return what is wrong with a list of names, one sentence for each."""
    return _judge_list(field, names, MAX_NAMES, _judge_name)


def find_label_errors(labels: Any) -> list[str]:
    """Return what is wrong with labels: an object of names and texts."""
    if not isinstance(labels, dict):
        said = describe_json(labels)
        return [f'Write an object such as {{"team": "payments"}}, not {said}.']
    if len(labels) > MAX_LABELS:
        return [f"These are {len(labels)} labels; at most {MAX_LABELS} are taken."]
    wrong = [name for name, value in labels.items() if not _is_plain(value)]
    return [f"Write the value of the label {quote(name)} as a text." for name in wrong]


def find_option_errors(options: Any) -> list[str]:
    """Return what is wrong with the options of one type of event."""
    if not isinstance(options, dict):
        said = describe_json(options)
        return [f'Write an object such as {{"threshold": 0.8}}, not {said}.']
    return [s for name, value in options.items() for s in _judge_option(name, value)]


def find_active_hours_errors(hours: Any) -> list[str]:
    """Return what is wrong with active hours; an empty object is always."""
    if not isinstance(hours, dict):
        return [f"Write an object with time_zone and windows, not {_say(hours)}."]
    if not hours:
        return []
    if unknown := hours.keys() - {"time_zone", "windows"}:
        name = quote(sorted(unknown)[0])
        return [f"Active hours have no field {name}; write time_zone and windows."]
    return [*_judge_zone(hours.get("time_zone")), *_judge_windows(hours.get("windows"))]


def _judge_zone(name: Any) -> Iterator[str]:
    try:
        load_zone(name if isinstance(name, str) else "")
    except ValueError:
        said = f"{quote(name)} is no time zone. " if isinstance(name, str) else ""
        yield f"{said}Choose a time zone by its name, such as Europe/Paris."


def _judge_windows(windows: Any) -> Iterator[str]:
    if not isinstance(windows, list) or not windows:
        example = '[{"days": [0, 1, 2, 3, 4], "from": "08:00", "to": "18:00"}]'
        yield f"Write at least one window, such as {example}; 0 is Monday."
        return
    if len(windows) > MAX_WINDOWS:
        yield f"These are {len(windows)} windows; at most {MAX_WINDOWS} are taken."
        return
    for number, window in enumerate(windows, 1):
        if problem := _find_window_problem(window):
            yield f"Window {number}: {problem}"


def _find_window_problem(window: Any) -> str:
    if not isinstance(window, dict) or window.keys() != {"days", "from", "to"}:
        return "write days, from and to."
    days, start, end = window["days"], window["from"], window["to"]
    if not isinstance(days, list) or not days or not all(map(_is_day, days)):
        return "days are numbers from 0 (Monday) to 6 (Sunday), at least one."
    if not is_time(start) or start == MIDNIGHT or not is_time(end):
        return "write from and to such as 08:00 and 18:00; 24:00 ends a day."
    if start == end:
        return "it begins and ends at the same time; a whole day is 00:00 to 24:00."
    return ""


def _judge_list(
    field: str, entries: Any, limit: int, judge: Callable[[Any], str]
) -> list[str]:
    if not isinstance(entries, list):
        return [f"Write a list such as {_EXAMPLES[field]}, not {_say(entries)}."]
    if len(entries) > limit:
        return [f"These are {len(entries)} entries; at most {limit} are taken."]
    problems = ((number, judge(each)) for number, each in enumerate(entries, 1))
    word = "Condition" if field == "conditions" else "Entry"
    return [f"{word} {number}: {problem}" for number, problem in problems if problem]


def _judge_condition(condition: Any) -> str:
    if not isinstance(condition, dict):
        return "write an object with field, op and value."
    if unknown := condition.keys() - {"field", "op", "value"}:
        return f"there is no {quote(sorted(unknown)[0])}; write field, op and value."
    operator = condition.get("op")
    if not isinstance(operator, str) or operator not in OPERATORS:
        return f"op is one of {', '.join(OPERATORS)}."
    if problem := _find_path_problem(condition.get("field")):
        return problem
    if "value" not in condition and operator != "exists":
        return f"{operator} needs a value."
    return _find_value_problem(operator, condition.get("value"))


def _find_path_problem(path: Any) -> str:
    if not isinstance(path, str):
        return "field is a path into the event's data, such as severity."
    try:
        compile_field(path)
    except ProjectError as error:
        return str(error)
    return ""


def _find_value_problem(operator: str, value: Any) -> str:
    if operator == "exists":
        is_flag = value is None or isinstance(value, bool)
        return "" if is_flag else "the value of exists is true or false."
    if operator in LISTED:
        if not isinstance(value, list) or not 0 < len(value) <= MAX_LISTED:
            return f"{operator} takes a list of 1 to {MAX_LISTED} values."
        fits = all(map(_is_scalar, value))
        return "" if fits else f"{operator} takes a list of texts and numbers."
    if operator in NUMERIC:
        is_number = read_number(value) is not None
        return "" if is_number else f"{operator} compares with a number."
    if operator in TEXTUAL:
        return _find_text_problem(value, is_pattern=operator == "regex")
    return (
        "" if _is_scalar(value) else f"{operator} takes a text, number, true or false."
    )


def _judge_name(entry: Any) -> str:
    if not isinstance(entry, dict):
        return "write an object with match and value."
    if unknown := entry.keys() - {"match", "value", "field"}:
        return f"there is no {quote(sorted(unknown)[0])}; write match, value and field."
    if not isinstance(entry.get("match"), str) or entry["match"] not in MATCHES:
        return f"match is one of {', '.join(MATCHES)}."
    if "field" in entry and (problem := _find_path_problem(entry["field"])):
        return problem
    return _find_text_problem(entry.get("value"), is_pattern=entry["match"] == "regex")


def _find_text_problem(value: Any, *, is_pattern: bool) -> str:
    if not isinstance(value, str) or not value:
        return "value is a text that is not empty."
    if len(value) > MAX_TEXT_LENGTH:
        return (
            f"value has {len(value)} characters; at most {MAX_TEXT_LENGTH} are taken."
        )
    if is_pattern:
        try:
            compile_pattern(value)
        except ProjectError as error:
            return str(error)
    return ""


def _judge_option(name: str, value: Any) -> Iterator[str]:
    if name == "device_types":
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            yield 'device_types is a list of texts such as ["switch"].'
    elif name in THRESHOLDS:
        if isinstance(value, str) or read_number(value) is None:
            yield f"{name} is a number."
    elif name == CHANGES_ONLY:
        if not isinstance(value, bool):
            yield f"{name} is true or false."
    else:
        yield f"There is no option {quote(name)}; use {', '.join(OPTIONS)}."


def _is_plain(value: object) -> bool:
    is_text = isinstance(value, str) and len(value) <= MAX_TEXT_LENGTH
    return is_text or isinstance(value, int | float)


def _is_scalar(value: object) -> bool:
    return _is_plain(value) or value is None


def _is_day(value: object) -> bool:
    return type(value) is int and 0 <= value <= 6


def _say(value: Any) -> str:
    return describe_json(value)


#: Field of a rule to what judges it.
CHECKS: dict[str, Callable[[Any], list[str]]] = {
    "labels": find_label_errors,
    "conditions": find_condition_errors,
    "allowed_names": find_name_errors,
    "ignored_names": lambda names: find_name_errors(names, field="ignored_names"),
    "options": find_option_errors,
    "active_hours": find_active_hours_errors,
}
