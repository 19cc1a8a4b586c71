"""Time zones by their names in the tz database, as people type and choose them."""

from __future__ import annotations

import zoneinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

#: Names in the database that mean no place.
_NO_PLACES = ("Factory", "localtime", "posixrules")


@lru_cache(maxsize=256)
def load_zone(name: str) -> ZoneInfo:
    """Return a zone by its name, such as Europe/Paris.

    Raises:
        ValueError: There is none of this name.
    """
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(name) from error


def find_zone(name: str) -> ZoneInfo:
    """Return a zone by its name; one that is gone from the system's list is UTC."""
    try:
        return load_zone(name)
    except ValueError:
        return ZoneInfo("UTC")


def list_zones() -> list[str]:
    """Return the names of all zones, such as Europe/Berlin, in their order."""
    names = zoneinfo.available_timezones()
    return sorted(name for name in names if name not in _NO_PLACES)


def find_zone_name(text: str) -> str | None:
    """Return the right spelling of what somebody typed, such as america/new york."""
    wanted = text.strip().replace(" ", "_").lower()
    return next((name for name in list_zones() if name.lower() == wanted), None)
