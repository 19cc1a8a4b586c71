"""Form fields that only monitors need."""

from __future__ import annotations

from typing import Any

from django import forms


class ListField(forms.CharField):
    """A list of texts, one a line, whatever is in them; cleans to ``list[str]``."""

    def __init__(self, *, rows: int = 2, **options: Any) -> None:
        attributes = {"rows": rows, "spellcheck": "false"}
        options.setdefault("widget", forms.Textarea(attrs=attributes))
        super().__init__(**options)

    def prepare_value(self, value: Any) -> Any:
        """Show a stored list as lines; what was typed stays as it was typed."""
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        text = value if isinstance(value, str) else "\n".join(value or ())
        lines = (line.strip() for line in text.splitlines())
        return list(dict.fromkeys(line for line in lines if line))

    def validate(self, value: Any) -> None:
        if self.required and not value:
            raise forms.ValidationError(self.error_messages["required"], "required")

    def run_validators(self, value: Any) -> None:
        """Leave the entries to the domain, which says it for every door."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(initial or "") != self.to_python(data or ""))


class CodesField(forms.CharField):
    """Status codes such as ``200, 204``; cleans to ``list[int]``."""

    def prepare_value(self, value: Any) -> Any:
        """Show stored codes with commas between them."""
        return ", ".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        words = str(value or "").replace(",", " ").split()
        if not all(word.isascii() and word.isdigit() for word in words):
            raise forms.ValidationError("Write status codes such as 200, 204.", "codes")
        return [int(word[:6]) for word in words]

    def validate(self, value: Any) -> None:
        """Leave the limits to the domain, which says them for every door."""

    def run_validators(self, value: Any) -> None:
        """Likewise."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool((self.prepare_value(initial) or "") != (data or ""))
