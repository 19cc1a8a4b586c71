"""A form field for durations as people write them: ``5 min``, ``1 h 30 min``."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator

_UNITS = {"d": 86_400, "h": 3600, "min": 60, "s": 1}
_PART = re.compile(r"(\d{1,9})\s*(d|h|min|m|s)?(?:\s+|$)")


class SpanField(forms.CharField):
    """Whole seconds; a number without a unit is seconds."""

    def __init__(self, *, least: int = 0, most: int, **options: Any) -> None:
        super().__init__(required=False, **options)
        self.span_validators = [
            MinValueValidator(least, f"Write {write_seconds(least)} at least."),
            MaxValueValidator(most, f"Write {write_seconds(most)} at most."),
        ]

    def prepare_value(self, value: Any) -> Any:
        return write_seconds(value) if isinstance(value, int) and value else value or ""

    def clean(self, value: Any) -> int | None:
        text = str(super().clean(value))
        if not text:
            return None
        seconds = read_seconds(text)
        if seconds is None:
            raise forms.ValidationError("Write a time such as 5 min, 1 h or 90 s.")
        for validate in self.span_validators:
            validate(seconds)
        return seconds

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool((initial or 0) != (read_seconds(str(data or "")) or 0))


def read_seconds(text: str) -> int | None:
    """Return how many seconds a text is; None when it cannot be read."""
    rest, seconds = f"{text.strip().lower()} ", 0
    if not rest.strip():
        return None
    while rest.strip():
        part = _PART.match(rest.lstrip())
        if part is None:
            return None
        unit = "min" if part[2] == "m" else part[2] or "s"
        seconds += int(part[1]) * _UNITS[unit]
        rest = rest.lstrip()[part.end() :]
    return seconds


def write_seconds(seconds: int) -> str:
    """Return seconds as they may be typed again, exactly: ``1 h 30 min``."""
    parts = []
    for unit, size in _UNITS.items():
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts) or "0 s"
