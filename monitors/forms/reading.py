"""How a page is read, as fields: of a strategy's form and of a monitor's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django import forms

from integrations_project.lib.form_fields import LinesField
from monitors.exceptions import InvalidStrategy
from monitors.forms.fields import ListField
from monitors.forms.lines import (
    read_fields,
    read_filter,
    write_fields,
    write_filter,
)
from monitors.models import Strategy

CODE = {"spellcheck": "false", "autocapitalize": "off", "class": "code-input"}
CONTENT = Strategy.ScraperType.CONTENT


class ReadingFields(forms.Form):
    """What is read from a page, and what counts as a change."""

    #: Where the form shows what is wrong with a value that is typed in lines.
    SHOWN_AT: ClassVar[dict[str, str]] = {
        "output_schema": "fields_at",
        "filter_config": "filter_lines",
    }

    scraper_type = forms.ChoiceField(
        label="What is read",
        choices=Strategy.ScraperType.choices,
        initial=CONTENT,
        widget=forms.RadioSelect,
        required=False,
    )
    items_at = forms.CharField(
        label="Each item",
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={**CODE, "placeholder": ".product"}),
        help_text=(
            "The selector of one item, or the path to the list, such as "
            "data.products[]. Empty takes the whole page as one."
        ),
    )
    fields_at = forms.CharField(
        label="Its fields",
        required=False,
        widget=forms.Textarea(
            attrs={**CODE, "rows": 4, "placeholder": "title: h2\nlink: a@href"}
        ),
        help_text=(
            "One a line: a name and a selector within the item, with @href for an "
            "attribute and (number) or (list) behind it; or a name and a path."
        ),
    )
    filter_mode = forms.ChoiceField(
        label="Keep items that meet",
        required=False,
        choices=[("all", "All conditions"), ("any", "One condition at least")],
    )
    filter_lines = forms.CharField(
        label="Conditions",
        required=False,
        widget=forms.Textarea(
            attrs={**CODE, "rows": 2, "placeholder": "price gt 50\ntitle contains sale"}
        ),
        help_text="One a line: a field, contains, equals, exists, gt, lt, and a value.",
    )
    ignored_patterns = ListField(
        label="Texts that are no change",
        required=False,
        help_text=r"Patterns, one a line, such as \d+ views or \d{2}:\d{2}.",
    )
    ignored_fields = LinesField(
        label="Fields that are no change",
        required=False,
        rows=1,
        help_text="Such as updated, position.",
    )
    key_field = forms.CharField(
        label="Field that tells items apart",
        required=False,
        max_length=100,
        help_text="Such as link. Empty finds the likeliest pairs.",
    )
    is_ordered = forms.BooleanField(label="Another order is a change", required=False)

    def show_reading(self, strategy: Strategy) -> None:
        """Fill the fields with a strategy."""
        schema = strategy.output_schema
        items, fields = _split(schema)
        self.stored_reading = strategy
        shown = {
            "scraper_type": strategy.scraper_type,
            "items_at": items,
            "fields_at": write_fields(fields),
            "filter_mode": strategy.filter_config.get("mode", "all"),
            "filter_lines": write_filter(strategy.filter_config),
            "ignored_patterns": strategy.ignored_patterns,
            "ignored_fields": strategy.ignored_fields,
            "key_field": strategy.key_field,
            "is_ordered": strategy.is_ordered,
        }
        for name, value in shown.items():
            self.initial.setdefault(name, value)

    def read_reading(self) -> dict[str, Any]:
        """Return the columns of a strategy, once the form was cleaned."""
        cleaned = self.cleaned_data
        return {
            "scraper_type": cleaned.get("scraper_type") or CONTENT,
            "output_schema": cleaned.get("output_schema", {}),
            "filter_config": cleaned.get("filter_config", {}),
            "ignored_patterns": cleaned.get("ignored_patterns") or [],
            "ignored_fields": cleaned.get("ignored_fields") or [],
            "key_field": cleaned.get("key_field", ""),
            "is_ordered": cleaned.get("is_ordered", False),
        }

    def clean(self) -> dict[str, Any]:
        """Read what is typed in lines."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        cleaned["output_schema"] = self._read("fields_at", self._read_schema) or {}
        cleaned["filter_config"] = self._read("filter_lines", self._read_filter) or {}
        return cleaned

    def _read(self, name: str, read: Callable[[], dict[str, Any]]) -> Any:
        try:
            return read()
        except InvalidStrategy as error:
            self.add_error(name, error.message)
            return None

    def _read_schema(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if (cleaned.get("scraper_type") or CONTENT) == CONTENT:
            return {}
        stored: Strategy | None = getattr(self, "stored_reading", None)
        touched = {"scraper_type", "items_at", "fields_at"} & set(self.changed_data)
        if stored is not None and not touched:
            kept: dict[str, Any] = stored.output_schema  # as whoever made it sent it
            return kept
        items = cleaned.get("items_at", "")
        fields = read_fields(cleaned.get("fields_at", ""))
        if not items and not fields:
            return {}
        return ({"items": items} if items else {}) | {"fields": fields}

    def _read_filter(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        stored: Strategy | None = getattr(self, "stored_reading", None)
        touched = {"filter_mode", "filter_lines"} & set(self.changed_data)
        if stored is not None and not touched:
            kept: dict[str, Any] = stored.filter_config
            return kept
        mode = cleaned.get("filter_mode") or "all"
        return read_filter(cleaned.get("filter_lines", ""), mode)


def _split(schema: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Return where the items are and their fields, however a schema says it."""
    items = schema.get("items", schema.get("item", ""))
    fields = schema.get("fields")
    if not isinstance(fields, dict):
        rest = {k: v for k, v in schema.items() if k not in ("items", "item")}
        fields = rest
    return (items if isinstance(items, str) else ""), fields
