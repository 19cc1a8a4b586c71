"""The formats that a destination can ask for. To add one: a module, a line here."""

from __future__ import annotations

from webhooks.exceptions import UnknownFormat
from webhooks.formats.base import Format, list_types
from webhooks.formats.network_alert import NetworkAlertFormat
from webhooks.formats.standard import StandardFormat

__all__ = ["Format", "find_uncarried_type", "get_format", "list_formats"]

_FORMATS: dict[str, Format] = {
    each.name: each for each in (StandardFormat(), NetworkAlertFormat())
}


def list_formats() -> list[Format]:
    """Return every format, the default one first."""
    return list(_FORMATS.values())


def get_format(name: str) -> Format:
    """Return the format with this name.

    Raises:
        UnknownFormat: The message lists the names that there are.
    """
    try:
        return _FORMATS[name]
    except (KeyError, TypeError):
        known = ", ".join(_FORMATS)
        message = f"There is no format {name!r:.60}; choose one of: {known}."
        raise UnknownFormat(message) from None


def find_uncarried_type(format_name: str, pattern: str) -> str | None:
    """Return a type that a pattern stands for and the format cannot carry, or None."""
    chosen = get_format(format_name)
    return next((t for t in list_types(pattern) if not chosen.carries(t)), None)
