"""The time zones that pages are read in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError

from integrations_project.lib.zones import load_zone

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


def check_zone(name: str) -> ZoneInfo:
    """Return a time zone by its name, for one who names it.

    Raises:
        ValidationError: There is none of this name.
    """
    try:
        return load_zone(name)
    except ValueError:
        message = "Write a time zone such as Europe/Berlin or UTC."
        raise ValidationError(message) from None
