"""Form fields for lists and tables that people type as lines, and for secrets."""

from __future__ import annotations

from typing import Any

from django import forms


class LinesField(forms.CharField):
    """A list of words, one a line or separated by commas; cleans to ``list[str]``."""

    def __init__(self, *, rows: int = 4, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": rows}))
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Show a stored list as lines; what was typed stays as it was typed."""
        return "\n".join(map(str, value)) if isinstance(value, list | tuple) else value

    def to_python(self, value: Any) -> Any:
        text = value if isinstance(value, str) else "\n".join(value or ())
        words = (word.strip() for line in text.splitlines() for word in line.split(","))
        return list(dict.fromkeys(word for word in words if word))

    def validate(self, value: Any) -> None:
        if self.required and not value:
            raise forms.ValidationError(self.error_messages["required"], "required")

    def run_validators(self, value: Any) -> None:
        for word in value:
            super().run_validators(word)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.to_python(initial or "") != self.to_python(data or ""))


class PairsField(forms.CharField):
    """A table of names and values, ``name: value`` a line; cleans to a dict."""

    def __init__(self, *, separator: str = ":", rows: int = 3, **kwargs: Any) -> None:
        self.separator = separator
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": rows}))
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Show a stored table as lines; what was typed stays as it was typed."""
        if isinstance(value, dict):
            return "\n".join(f"{k}{self.separator} {v}" for k, v in value.items())
        return value

    def to_python(self, value: Any) -> Any:
        if isinstance(value, dict):
            return value
        pairs: dict[str, str] = {}
        for number, line in enumerate((value or "").splitlines(), 1):
            if not line.strip():
                continue
            name, separator, content = line.partition(self.separator)
            name = name.strip()
            if not separator or not name:
                message = f"Line {number} is no pair: write name{self.separator} value."
                raise forms.ValidationError(message, "pair")
            if name in pairs:
                message = f"Line {number} names {name} again; write each name once."
                raise forms.ValidationError(message, "twice")
            pairs[name] = content.strip()
        return pairs

    def validate(self, value: Any) -> None:
        if self.required and not value:
            raise forms.ValidationError(self.error_messages["required"], "required")

    def run_validators(self, value: Any) -> None:
        for content in value.values():
            super().run_validators(content)

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(initial or "") != self.to_python(data or ""))
        except forms.ValidationError:
            return True


class JsonField(forms.JSONField):
    """JSON; left empty, it is an empty list or object."""

    def __init__(
        self, *, empty: type[list[Any] | dict[str, Any]], **options: Any
    ) -> None:
        options.setdefault("widget", forms.Textarea(attrs={"rows": 4}))
        super().__init__(required=False, **options)
        self.empty = empty

    def to_python(self, value: Any) -> Any:
        found = super().to_python(value)
        return self.empty() if found is None else found


class SecretField(forms.CharField):
    """A secret that may be typed and is never shown again.

    What was just typed comes back in the same answer, so that a mistake elsewhere
    in the form does not lose it; what is stored never reaches a page.
    """

    def __init__(self, **kwargs: Any) -> None:
        attributes = {"autocomplete": "new-password", "spellcheck": "false"}
        kwargs.setdefault(
            "widget", forms.PasswordInput(attrs=attributes, render_value=True)
        )
        super().__init__(required=False, **kwargs)
