"""Form fields that only webhooks need."""

from __future__ import annotations

import re
from typing import Any

from django import forms

#: Seconds in each unit, the largest first.
UNITS = {"d": 86_400, "h": 3_600, "min": 60, "s": 1}
_WAIT = re.compile(r"(\d{1,9})\s*(s|sec|seconds?|m|min|minutes?|h|hours?|d|days?|)")


class WaitsField(forms.Field):
    """Waits such as ``5 s, 5 min, 2 h``; cleans to seconds, empty to None."""

    def prepare_value(self, value: Any) -> Any:
        """Show stored seconds in words; what was typed stays as it was typed."""
        if isinstance(value, list | tuple):
            return ", ".join(map(say_seconds, value))
        return value

    def to_python(self, value: Any) -> list[int] | None:
        words = [word.strip() for word in re.split(r"[,;\n]", value or "")]
        return [self._read(word) for word in words if word] or None

    def _read(self, word: str) -> int:
        match = _WAIT.fullmatch(word.lower())
        if match is None:
            message = (
                f"“{word:.30}” is no wait. Write waits such as 5 s, 5 min, 2 h, "
                "separated by commas."
            )
            raise forms.ValidationError(message, "invalid")
        unit = match[2] or "s"
        return int(match[1]) * next(
            size for name, size in UNITS.items() if name[0] == unit[0]
        )

    def validate(self, value: Any) -> None:
        if self.required and value is None:
            raise forms.ValidationError(self.error_messages["required"], "required")

    def run_validators(self, value: Any) -> None:
        """Leave the limits to the model, which says them for every door."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return (initial or None) != self.to_python(data)
        except forms.ValidationError:
            return True


def say_seconds(seconds: object) -> str:
    """Return seconds in the largest unit that divides them: 7200 is ``2 h``."""
    if type(seconds) is not int or seconds <= 0:
        return str(seconds)
    unit, size = next(each for each in UNITS.items() if seconds % each[1] == 0)
    return f"{seconds // size} {unit}"
