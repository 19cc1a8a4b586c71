"""The form of what an organization decides once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms

from alerts.actions.preferences import FIELDS
from alerts.models import Preferences

if TYPE_CHECKING:
    from accounts.permissions import Access

_WEIGHT = {"step": "0.001", "min": "0", "max": "1"}


class PreferencesForm(forms.ModelForm[Preferences]):
    """How uptime is counted and which failures belong together.

    What goes together, and the zone, is judged by `save_preferences`.
    """

    class Meta:
        model = Preferences
        fields = FIELDS
        widgets = {
            # The browser searches the list of `datalist#time-zones` while one types.
            "time_zone": forms.TextInput(
                attrs={"list": "time-zones", "autocomplete": "off"}
            ),
            "degraded_weight": forms.NumberInput(attrs=_WEIGHT),
            "down_weight": forms.NumberInput(attrs=_WEIGHT),
            "maintenance": forms.RadioSelect,
        }
        labels = {
            "maintenance": "Time under maintenance",
            "related_by": "Failures belong together by",
            "related_label": "Label",
            "join_minutes": "Minutes in which they join",
        }
        error_messages = {
            "time_zone": {"required": "Choose a time zone, such as Europe/Berlin."},
        }

    def __init__(self, *args: Any, access: Access, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.access = access
