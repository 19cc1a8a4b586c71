"""The form of an alert type of one's own, for the dashboard and the admin."""

from __future__ import annotations

import re
from typing import Any

from django import forms

from alerts.catalogue.checking import TYPES
from alerts.models import AlertType
from integrations_project.lib.form_fields import JsonField

#: ``data.door.label: string, required, Which door``.
_LINE = re.compile(r"(?P<path>[^:]+):(?P<rest>.+)")
REQUIRED = "required"


class FieldLinesField(forms.CharField):
    """Fields of an alert, one a line; cleans to what the model keeps."""

    def __init__(self, **options: Any) -> None:
        attributes = {"rows": 5, "class": "mono", "spellcheck": "false"}
        options.setdefault("widget", forms.Textarea(attrs=attributes))
        super().__init__(required=False, **options)

    def prepare_value(self, value: Any) -> Any:
        """Show stored fields as lines; what was typed stays as it was typed."""
        if not isinstance(value, dict):
            return value
        return "\n".join(_write_line(path, each) for path, each in value.items())

    def to_python(self, value: Any) -> Any:
        if isinstance(value, dict):
            return value
        fields: dict[str, Any] = {}
        for number, line in enumerate((value or "").splitlines(), 1):
            if line.strip():
                path, described = _read_line(number, line)
                fields[path] = described
        return fields

    def has_changed(self, initial: Any, data: Any) -> bool:
        try:
            return bool(self.to_python(initial) != self.to_python(data))
        except forms.ValidationError:
            return True


class AlertTypeForm(forms.ModelForm[AlertType]):
    """A name, what it means, and what its alerts carry."""

    fields_ = FieldLinesField(
        label="Fields",
        help_text=(
            "One a line: a path, a colon, its type, and what it is, such as "
            "“data.doors[].label: string, Which door”. Types: "
            f"{', '.join(TYPES)}. Write “, required” behind the type when an alert "
            "without it is to be refused; further fields are always kept."
        ),
    )
    example = JsonField(
        empty=dict,
        label="Example",
        help_text="Its data as JSON; samples and previews show it.",
    )

    class Meta:
        model = AlertType
        fields = ("name", "title", "category", "when")
        widgets = {"when": forms.Textarea(attrs={"rows": 2})}
        error_messages = {
            "name": {"required": "Name it, such as ALERT_DOOR_OPEN."},
            "title": {"required": "Give it a title, such as Door open."},
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        options.pop("access", None)  # the admin tells; nothing here depends on it
        super().__init__(*args, **options)
        if not self.instance._state.adding:
            self.initial["fields_"] = self.instance.fields
            self.initial["example"] = self.instance.example or None

    def clean_name(self) -> str:
        """Refuse a name that the organization has described already."""
        name: str = self.cleaned_data["name"]
        rows = AlertType.objects.filter(
            organization=self.instance.organization, name=name
        )
        if rows.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("This alert type exists already.")
        return name

    def _post_clean(self) -> None:
        # Not columns of the form, since a form has `fields` of its own.
        self.instance.fields = self.cleaned_data.get("fields_", {})
        self.instance.example = self.cleaned_data.get("example", {})
        super()._post_clean()  # type: ignore[misc]  # Django's own

    def _update_errors(self, errors: Any) -> None:
        """Show what the model says of its fields where they are typed."""
        if hasattr(errors, "error_dict") and "fields" in errors.error_dict:
            errors.error_dict["fields_"] = errors.error_dict.pop("fields")
        super()._update_errors(errors)  # type: ignore[misc]  # Django's own


def _write_line(path: str, described: dict[str, Any]) -> str:
    words = [described["type"]]
    words += [REQUIRED] if described.get("required") else []
    words += [described["description"]] if described.get("description") else []
    return f"{path}: {', '.join(words)}"


def _read_line(number: int, line: str) -> tuple[str, dict[str, Any]]:
    found = _LINE.fullmatch(line)
    if found is None:
        message = f"Line {number}: write a path, a colon and a type."
        raise forms.ValidationError(message)
    kind, _, rest = (part.strip() for part in found["rest"].partition(","))
    described: dict[str, Any] = {"type": kind}
    first, _, tail = (part.strip() for part in rest.partition(","))
    if first == REQUIRED:
        described["required"], rest = True, tail
    if rest:
        described["description"] = rest
    return found["path"].strip(), described
