"""A field for a day and a time, as the clock of a zone shows them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django import forms

from alerts.on_call import find_moment
from integrations_project.lib.zones import find_zone


class LocalTimeField(forms.CharField):
    """Takes a text; the form, which knows the zone, reads it by `read_local_time`."""

    widget = forms.DateTimeInput

    def __init__(self, *, missing: str, **options: Any) -> None:
        widget = forms.DateTimeInput({"type": "datetime-local"})
        errors = {"required": missing}
        super().__init__(widget=widget, error_messages=errors, **options)


def read_local_time(text: str, zone_name: str) -> datetime:
    """Return the moment, in UTC, that a text means in a zone.

    A text with an offset says its moment itself; a time that the zone leaves out is
    the first moment after it, and one that comes twice its first.

    Raises:
        ValidationError: The text is no day and time.
    """
    try:
        local = datetime.fromisoformat(text)
        if local.tzinfo is not None:
            return local.astimezone(UTC)
        return find_moment(local.date(), local.time(), find_zone(zone_name))
    except (ValueError, OverflowError):
        message = "Enter a day and a time, such as 2026-12-24 09:00."
        raise forms.ValidationError(message) from None
