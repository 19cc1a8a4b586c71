"""The mapping editor's form: where things are in a body, and what they mean."""

from __future__ import annotations

from typing import Any

from django import forms

from receivers.actions.settings import PLAIN_FIELDS
from receivers.forms.parts import MappingTable
from receivers.models import Receiver

#: The fields that a click on a value can fill, with the words that name them.
PICKS = {
    "status": "status_field",
    "service": "service_name_field",
    "message": "message_field",
    "key": "key_field",
    "time": "time_field",
}


class MappingForm(MappingTable):
    """The paths and the table of a receiver; its other settings stay."""

    pick_as = forms.ChoiceField(
        label="A click sets",
        required=False,
        choices=[(name, name.capitalize()) for name in PICKS],
        widget=forms.RadioSelect,
        initial="status",
    )

    class Meta:
        model = Receiver
        fields = (
            "items_path",
            "status_field",
            "service_name_field",
            "message_field",
            "key_field",
            "time_field",
            "mapping_mode",
            "unmapped",
        )
        labels = {
            "items_path": "Items",
            "status_field": "Status",
            "service_name_field": "Service",
            "message_field": "Message",
            "key_field": "Key",
            "time_field": "Time",
            "mapping_mode": "The table",
            "unmapped": "Any other value",
        }
        help_texts = {
            "items_path": "A list that is read item by item.",
            "status_field": "",
            "service_name_field": "",
            "message_field": "",
            "key_field": "Tells several problems of one service apart.",
            "time_field": "When it happened, by the sender's clock.",
        }

    def clean(self) -> dict[str, Any]:
        """Leave the usual words to the sender, as saving does."""
        cleaned = super().clean()
        for name, plain in PLAIN_FIELDS.items():
            if self.instance.preset and cleaned.get(name) == plain:
                cleaned[name] = ""
        return cleaned
