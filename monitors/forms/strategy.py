"""The form of a strategy, for the dashboard and the admin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from integrations_project.lib.form_fields import PairsField
from monitors.forms.reading import ReadingFields
from monitors.models import Strategy

if TYPE_CHECKING:
    from accounts.permissions import Access


class StrategyForm(ReadingFields, forms.ModelForm[Strategy]):
    """How pages of one kind are read, for any number of monitors."""

    parameters = PairsField(
        label="Query parameters",
        required=False,
        separator="=",
        help_text="One a line, such as page = 2. A monitor may override them.",
    )

    class Meta:
        model = Strategy
        fields = ("name", "description", "url", "parameters")
        labels = {"url": "Page to try it on"}
        widgets = {
            "description": forms.Textarea(attrs={"rows": 2}),
            "url": forms.URLInput(attrs={"placeholder": "https://example.com/prices"}),
        }
        error_messages = {
            "name": {"required": "Name it after what it reads."},
            "url": {"required": "Write the address of a page that it reads."},
        }

    def __init__(self, *args: Any, access: Access, **options: Any) -> None:
        super().__init__(*args, **options)
        self.access = access
        if not self.instance._state.adding:
            self.show_reading(self.instance)

    def read_values(self) -> dict[str, Any]:
        """Return what `monitors.actions.strategies` takes."""
        names = ("name", "description", "url", "parameters")
        return {n: self.cleaned_data.get(n) for n in names} | self.read_reading()

    def build_trial(self) -> tuple[Strategy, str]:
        """Return the strategy as it is typed, not stored, and the page to read."""
        values = self.read_values()
        trial = Strategy(organization=self.access.organization, **values)
        return trial, values["url"] or ""

    def _post_clean(self) -> None:
        # The action checks the whole of it, and says what is wrong.
        return
