"""The form of silences and maintenance windows, for the dashboard and the admin."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone

from alerts.actions import find_window_errors
from alerts.forms import limit_choices
from alerts.local_time_field import LocalTimeField, read_local_time
from alerts.models import Window
from integrations_project.lib.form_fields import PairsField
from integrations_project.lib.zones import find_zone, list_zones

if TYPE_CHECKING:
    from accounts.permissions import Access

WEEKDAYS = tuple(enumerate(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")))
LOCAL = "%Y-%m-%dT%H:%M"
RELATIONS = ("networks", "services")


class WindowForm(forms.ModelForm[Window]):
    """When it is on, what it is about, and what it does; times are of its zone."""

    # Before the times: they are read in it.
    time_zone = forms.ChoiceField(
        help_text="The times above are of this zone, summer and winter."
    )
    starts_at = LocalTimeField(label="From", missing="Enter when it begins.")
    ends_at = LocalTimeField(label="Until", missing="Enter when it ends.")
    weekdays = forms.TypedMultipleChoiceField(
        choices=WEEKDAYS,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        label="On these days",
        help_text="None chosen is the day of the first time.",
    )
    labels = PairsField(
        required=False,
        label="Services with labels",
        help_text="One a line, such as team: payments. A service needs all of them.",
    )

    class Meta:
        model = Window
        fields = (
            "kind",
            "title",
            "description",
            "time_zone",
            "starts_at",
            "ends_at",
            "recurrence",
            "weekdays",
            "recurs_until",
            "company_wide",
            "services",
            "networks",
            "labels",
            "is_public",
        )
        widgets = {
            "kind": forms.RadioSelect,
            "description": forms.Textarea(attrs={"rows": 2}),
            "services": forms.CheckboxSelectMultiple,
            "networks": forms.CheckboxSelectMultiple,
            "recurs_until": forms.DateInput({"type": "date"}, "%Y-%m-%d"),
        }
        labels = {
            "kind": "What it does",
            "recurrence": "How often",
            "recurs_until": "Last day",
            "company_wide": "Everything: every service and every network",
            "is_public": "Show maintenance on status pages",
        }
        help_texts = {
            "company_wide": "",
            "recurs_until": "Empty is for good.",
            "networks": "Their services, and alerts of these networks.",
            "is_public": "With its title and description.",
        }
        error_messages = {
            "title": {"required": "Give it a title, such as “Database upgrade”."},
        }

    def __init__(self, *args: Any, access: Access, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.access = access
        self._stored_times = self.instance.starts_at, self.instance.ends_at
        limit_choices(self, access.organization)
        zones, kind = self.fields["time_zone"], self.fields["kind"]
        assert isinstance(zones, forms.ChoiceField)
        assert isinstance(kind, forms.ChoiceField)
        zones.choices = [(name, name) for name in list_zones()]
        kind.choices = [
            ("maintenance", "Maintenance: services show it, and rules are silent"),
            ("silence", "Silence: rules are silent, nothing else changes"),
        ]
        self._show_local_times()

    def disable(self) -> None:
        """Show the window to somebody who may not change it."""
        for field in self.fields.values():
            field.disabled = True

    @property
    def related(self) -> dict[str, list[Any]]:
        """What a valid form says beside the columns."""
        return {name: list(self.cleaned_data[name]) for name in RELATIONS}

    def clean_starts_at(self) -> datetime:
        """Read it in the window's zone."""
        return self._read("starts_at", self._stored_times[0])

    def clean_ends_at(self) -> datetime:
        """Read it in the window's zone."""
        return self._read("ends_at", self._stored_times[1])

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]  # Django's own
        if self.errors:
            return
        related = self.related  # before an error takes one of them away
        found = find_window_errors(self.instance, related, now=timezone.now())
        for name, sentences in found.items():
            field = name if name in self.fields else None
            self.add_error(field, forms.ValidationError(sentences))
        reached = self.instance.find_network_ids(**related)
        if not found and not self.access.may_edit_networks(reached):
            self.add_error(
                "company_wide",
                "Only an Admin reaches every network; choose services or networks "
                "that you look after.",
            )

    def _show_local_times(self) -> None:
        zone = find_zone(self.instance.time_zone)
        for name, moment in zip(
            ("starts_at", "ends_at"), self._stored_times, strict=True
        ):
            if moment is not None:
                self.initial[name] = moment.astimezone(zone).strftime(LOCAL)

    def _read(self, name: str, stored: datetime | None) -> datetime:
        if stored and not {name, "time_zone"} & set(self.changed_data):
            return stored  # to the second, as it was
        zone_name = self.cleaned_data.get("time_zone", "UTC")
        return read_local_time(self.cleaned_data[name], zone_name)
