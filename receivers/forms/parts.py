"""What the forms of receivers share: the table of values, and whose rows to offer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS

from accounts.models import Network
from alerts.models import Service
from integrations_project.lib.form_fields import LinesField
from receivers.mapping import DEFAULT_MAPPING, STATUSES
from receivers.models import Receiver

if TYPE_CHECKING:
    from accounts.permissions import Access


class MappingTable(forms.ModelForm[Receiver]):
    """A receiver's table of values as four fields, one for each status."""

    mapping_operational = LinesField(label="Operational", required=False, rows=3)
    mapping_degraded = LinesField(label="Degraded", required=False, rows=3)
    mapping_down = LinesField(label="Down", required=False, rows=3)
    mapping_maintenance = LinesField(label="Maintenance", required=False, rows=3)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for status in STATUSES:
            field = self.fields[f"mapping_{status}"]
            field.initial = self.instance.mapping.get(status, [])
            field.help_text = f"By default: {', '.join(DEFAULT_MAPPING[status])}."

    def clean(self) -> dict[str, Any]:
        """Put the table together."""
        cleaned = super().clean() or {}
        # On the instance already here: Django validates it as soon as this returns.
        self.instance.mapping = {
            status: cleaned[f"mapping_{status}"]
            for status in STATUSES
            if cleaned.get(f"mapping_{status}")
        }
        return cleaned

    def add_error(self, field: str | None, error: Any) -> None:
        """Show what concerns the mapping at one of its four fields."""
        if hasattr(error, "error_dict") and "mapping" in error.error_dict:
            super().add_error("mapping_down", error.error_dict.pop("mapping"))
        if hasattr(error, "error_dict"):
            # What is wrong with a field of another form is said above this one.
            foreign = set(error.error_dict) - set(self.fields) - {NON_FIELD_ERRORS}
            for name in sorted(foreign):
                super().add_error(None, error.error_dict.pop(name))
        super().add_error(field, error)


def limit_choices(form: forms.BaseForm, access: Access) -> None:
    """Offer the services and networks of one's own organization only."""
    for name, model in (("service", Service), ("networks", Network)):
        field = form.fields[name]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = access.rows(model)
