"""The time zones that pages are read in."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError


@lru_cache(maxsize=256)
def check_zone(name: str) -> ZoneInfo:
    """Return a time zone by its name, for one who names it.

    Raises:
        ValidationError: There is none of this name.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        message = "Write a time zone such as Europe/Berlin or UTC."
        raise ValidationError(message) from None
