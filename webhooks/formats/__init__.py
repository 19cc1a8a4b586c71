"""The formats that a destination can ask for. To add one: a module, a line here."""

from __future__ import annotations

from webhooks.datatypes import EventSnapshot, list_types
from webhooks.exceptions import UnknownFormat
from webhooks.formats.base import JSON, Format
from webhooks.formats.cloudevents import CloudEventsFormat
from webhooks.formats.content_change import ContentChangeFormat
from webhooks.formats.discord import DiscordFormat
from webhooks.formats.incident import IncidentFormat
from webhooks.formats.message import MessageFormat
from webhooks.formats.network_alert import NetworkAlertFormat
from webhooks.formats.slack import SlackFormat
from webhooks.formats.slack_workflow import SlackWorkflowFormat
from webhooks.formats.standard import StandardFormat
from webhooks.formats.status_event import StatusEventFormat
from webhooks.formats.status_update import StatusUpdateFormat
from webhooks.formats.teams import TeamsFormat
from webhooks.formats.template import TemplateFormat, render_template

__all__ = [
    "Format",
    "find_content_type",
    "find_uncarried_type",
    "get_format",
    "list_formats",
    "render",
]

_ALL: tuple[Format, ...] = (
    StandardFormat(),
    NetworkAlertFormat(),
    IncidentFormat(),
    ContentChangeFormat(),
    StatusEventFormat(),
    StatusUpdateFormat(),
    CloudEventsFormat(),
    SlackFormat(),
    SlackWorkflowFormat(),
    TeamsFormat(),
    DiscordFormat(),
    MessageFormat(),
    TemplateFormat(),
)
_FORMATS = {each.name: each for each in _ALL}


def list_formats(kind: str = "") -> list[Format]:
    """Return every format, the default one first.

    Args:
        kind: Only those that a destination of this kind may use; empty is all.
    """
    return [each for each in _FORMATS.values() if not kind or kind in each.kinds]


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


def find_content_type(name: str) -> str:
    """Return the Content-Type of a format; that of JSON for a name nobody knows."""
    return _FORMATS[name].content_type if name in _FORMATS else JSON


def render(format_name: str, snapshot: EventSnapshot, *, template: str = "") -> str:
    """Return the exact body of an event.

    Args:
        format_name: A format's name.
        snapshot: The event.
        template: The destination's own, for the format template; empty is its
            default. Other formats do not look at it.

    Raises:
        UnknownFormat: There is no such format.
        UnsupportedEvent: The format cannot carry this event.
        InvalidTemplate: The template cannot be filled.
    """
    chosen = get_format(format_name)
    if chosen.name == TemplateFormat.name and template:
        return render_template(template, snapshot)
    return chosen.render(snapshot)


def find_uncarried_type(format_name: str, pattern: str) -> str | None:
    """Return a type that a pattern stands for and the format cannot carry, or None."""
    chosen = get_format(format_name)
    return next((t for t in list_types(pattern) if not chosen.carries(t)), None)
