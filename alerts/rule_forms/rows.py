"""Lines of fields in a form, read and written without any script.

A line that is left empty is none, and a spare one is always there; the button
“Another line” sends the form for a further one.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from django import forms

from alerts.conditions import (
    MATCHES,
    OPERATORS,
    find_active_hours_errors,
    find_condition_errors,
    find_name_errors,
)
from alerts.conditions.fields import LISTED, NUMERIC, read_number, write_value

SPARE_LINES = 1
MOST_LINES = 100
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_YES, _NO = ("true", "yes", "1", ""), ("false", "no", "0")


class Line(NamedTuple):
    """A line as it is drawn."""

    number: int
    fields: tuple[Any, ...]  # bound


class Lines:
    """Lines of one kind in one form."""

    #: Column to what makes its field.
    columns: Mapping[str, Callable[[], forms.Field]] = {}

    def __init__(
        self, form: forms.BaseForm, prefix: str, stored: Sequence[Mapping[str, Any]]
    ) -> None:
        self.form, self.prefix, self.stored = form, prefix, stored
        self.count = self._count()
        for number in range(self.count):
            values = self.show(stored[number]) if number < len(stored) else {}
            for column, make in self.columns.items():
                field = make()
                field.required = False
                field.initial = values.get(column, field.initial)
                form.fields[f"{prefix}_{number}_{column}"] = field

    def __iter__(self) -> Iterator[Line]:
        for number in range(self.count):
            names = (f"{self.prefix}_{number}_{column}" for column in self.columns)
            yield Line(number + 1, tuple(self.form[name] for name in names))

    def list_typed(self, cleaned: Mapping[str, Any]) -> Iterator[tuple[int, Any]]:
        """Yield number and values of each line that something is typed in."""
        for number in range(self.count):
            values = {
                column: cleaned.get(f"{self.prefix}_{number}_{column}")
                for column in self.columns
            }
            if self.is_typed(values):
                yield number, values

    def is_typed(self, values: Mapping[str, Any]) -> bool:
        """Whether a line is more than its choices as they come."""
        raise NotImplementedError

    def show(self, stored: Mapping[str, Any]) -> dict[str, Any]:
        """Return what is stored as it is typed."""
        return dict(stored)

    def refuse(self, number: int, column: str, sentence: str) -> None:
        """Say at a line what is wrong with it."""
        self.form.add_error(f"{self.prefix}_{number}_{column}", sentence)

    def _count(self) -> int:
        count = len(self.stored) + SPARE_LINES
        if self.form.is_bound:
            while count < MOST_LINES and any(
                f"{self.prefix}_{count}_{column}" in self.form.data
                for column in self.columns
            ):
                count += 1
            count += self.form.data.get("more") == self.prefix
        return min(count, max(MOST_LINES, len(self.stored)))


def _text(label: str, placeholder: str = "") -> Callable[[], forms.Field]:
    attributes = {"placeholder": placeholder, "spellcheck": "false"}
    return lambda: forms.CharField(
        label=label, max_length=1000, widget=forms.TextInput(attrs=attributes)
    )


def _choice(label: str, choices: Mapping[str, str]) -> Callable[[], forms.Field]:
    return lambda: forms.ChoiceField(
        label=label, choices=list(choices.items()), initial=next(iter(choices))
    )


class ConditionLines(Lines):
    """Conditions on data: field, operator and value."""

    columns = {
        "field": _text("Field", "severity"),
        "op": _choice("Is", OPERATORS),
        "value": _text("Value", "critical"),
    }

    def is_typed(self, values: Mapping[str, Any]) -> bool:
        return bool(values["field"] or values["value"])

    def show(self, stored: Mapping[str, Any]) -> dict[str, Any]:
        return {**stored, "value": _write_typed(stored.get("value"))}

    def read(self, cleaned: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the conditions that are well; others are refused at their line."""
        found = []
        for number, typed in self.list_typed(cleaned):
            operator = typed["op"] or "equals"
            condition = {
                "field": typed["field"] or "",
                "op": operator,
                "value": self._read_value(operator, typed["value"] or ""),
            }
            sentences = find_condition_errors([condition])
            for sentence in sentences:
                problem = sentence.partition(": ")[2]
                is_path = not condition["field"] or "path" in problem
                column = "field" if is_path else "value"
                self.refuse(number, column, problem[:1].upper() + problem[1:])
            if not sentences:
                found.append(condition)
        return found

    def _read_value(self, operator: str, text: str) -> Any:
        for each in self.stored:
            # Numbers stay numbers when nobody changed them.
            is_same = each["op"] == operator and "value" in each
            if is_same and _write_typed(each["value"]).strip() == text:
                return each["value"]
        if operator == "exists":
            lower = text.lower()
            return True if lower in _YES else False if lower in _NO else text
        if operator in LISTED:
            line = text.replace("\r", " ").replace("\n", " ")
            row = next(csv.reader([line], skipinitialspace=True), [])
            return [word.strip() for word in row if word.strip()]
        number = read_number(text) if operator in NUMERIC else None
        return text if number is None else number


class NameLines(Lines):
    """Names that are allowed, and names that are ignored."""

    columns = {
        "list": _choice("Take", {"allow": "only", "ignore": "never"}),
        "match": _choice("Name", MATCHES),
        "value": _text("Value", "db-"),
        "field": _text("At the field", "every name"),
    }

    def is_typed(self, values: Mapping[str, Any]) -> bool:
        return bool(values["value"] or values["field"])

    def read(
        self, cleaned: Mapping[str, Any]
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Return allowed and ignored names; others are refused at their line."""
        lists: dict[str, list[dict[str, Any]]] = {"allow": [], "ignore": []}
        for number, typed in self.list_typed(cleaned):
            entry = {"match": typed["match"] or "exact", "value": typed["value"] or ""}
            if typed["field"]:
                entry["field"] = typed["field"]
            sentences = find_name_errors([entry])
            for sentence in sentences:
                problem = sentence.partition(": ")[2]
                column = "field" if "path" in problem else "value"
                self.refuse(number, column, problem[:1].upper() + problem[1:])
            if not sentences:
                lists[typed["list"] or "allow"].append(entry)
        return lists["allow"], lists["ignore"]


class HourLines(Lines):
    """Windows of the week in which a rule speaks."""

    columns = {
        "days": lambda: forms.TypedMultipleChoiceField(
            label="Days",
            coerce=int,
            choices=list(enumerate(WEEKDAYS)),
            widget=forms.CheckboxSelectMultiple,
        ),
        "from": _text("From", "08:00"),
        "to": _text("To", "18:00"),
    }

    def is_typed(self, values: Mapping[str, Any]) -> bool:
        return bool(values["days"] or values["from"] or values["to"])

    def read(self, cleaned: Mapping[str, Any], zone: str) -> dict[str, Any]:
        """Return active hours as they are stored; empty is always."""
        windows = []
        for number, typed in self.list_typed(cleaned):
            window = {
                "days": sorted(typed["days"] or ()),
                "from": _pad(typed["from"]),
                "to": _pad(typed["to"]),
            }
            hours = {"time_zone": "UTC", "windows": [window]}
            sentences = find_active_hours_errors(hours)
            for sentence in sentences:
                problem = sentence.partition(": ")[2] or sentence
                column = "days" if problem.startswith("days") else "from"
                self.refuse(number, column, problem[:1].upper() + problem[1:])
            if not sentences:
                windows.append(window)
        return {"time_zone": zone, "windows": windows} if windows else {}


class TargetLines(Lines):
    """URLs that are told with a webhook's settings."""

    columns = {
        "webhook": _choice("Settings of", {"": "No webhook"}),
        "url": _text("URL", "https://hooks.example.com/second"),
    }

    def is_typed(self, values: Mapping[str, Any]) -> bool:
        return bool(values["webhook"] or values["url"])

    def offer(self, choices: list[tuple[str, str]]) -> None:
        """Let every line choose among these webhooks."""
        for number in range(self.count):
            field = self.form.fields[f"{self.prefix}_{number}_webhook"]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", "No webhook"), *choices]

    def read(self, cleaned: Mapping[str, Any]) -> list[tuple[int, str, str]]:
        """Return number, webhook and URL of each line that has both."""
        found = []
        for number, typed in self.list_typed(cleaned):
            webhook, url = typed["webhook"] or "", typed["url"] or ""
            if not webhook:
                self.refuse(number, "webhook", "Choose whose settings it shares.")
            if not url:
                self.refuse(number, "url", "Write the URL, or choose no webhook.")
            if webhook and url:
                found.append((number, webhook, url))
        return found


def _write_typed(value: Any) -> str:
    """Return a stored value as one types it; texts with commas are quoted in lists."""
    if value is None:
        return ""
    if not isinstance(value, list):
        return write_value(value) if isinstance(value, bool) else str(value)
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow([_write_typed(v) for v in value])
    text = out.getvalue()
    return text if '"' in text else text.replace(",", ", ")


def _pad(text: str | None) -> str:
    """Return 8:00 as 08:00, and anything else as it is."""
    text = text or ""
    return f"0{text}" if len(text) == 4 and text[1] == ":" else text
