"""Which events a webhook takes, and in what shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from integrations_project.lib.exceptions import ProjectError
from webhooks.datatypes import list_types
from webhooks.exceptions import UnknownFormat
from webhooks.formats import find_uncarried_type, get_format, list_formats, template
from webhooks.formats.template import TemplateFormat
from webhooks.kinds import DEFAULT_FORMAT

if TYPE_CHECKING:
    from webhooks.models import Destination

MAX_EVENT_TYPES = 100


def normalize_event_types(event_types: Any) -> Any:
    """Return the patterns sorted, each once; what is no list stays as it is."""
    if isinstance(event_types, list) and all(isinstance(t, str) for t in event_types):
        return sorted({each.strip() for each in event_types})
    return event_types


def find_format_error(destination: Destination) -> str:
    """Return what is wrong with the chosen format, or an empty text."""
    if _follows_from_address(destination):
        return ""
    try:
        chosen = get_format(destination.format)
    except UnknownFormat as error:
        return error.message
    kind = destination.kind
    if kind in chosen.kinds or kind not in destination.Kind.values:
        return ""
    fitting = ", ".join(each.name for each in list_formats(kind))
    return (
        f"The format {chosen.name} is not for a destination of the kind {kind}; "
        f"choose one of: {fitting}."
    )


def _follows_from_address(destination: Destination) -> bool:
    """Whether nobody chose the format of a chat whose address is still missing."""
    return (
        destination.kind == "chat"
        and not destination.service_url
        and destination.format in ("", DEFAULT_FORMAT)
    )


def find_template_error(destination: Destination) -> str:
    """Return what is wrong with the template; without its format it is not used."""
    if destination.format != TemplateFormat.name:
        return ""
    return template.find_template_error(destination.template)


def find_event_type_error(destination: Destination) -> str:
    """Return what is wrong with the event types, or an empty text."""
    patterns = destination.event_types
    if not isinstance(patterns, list) or not all(isinstance(p, str) for p in patterns):
        return 'Enter event types as a list, such as ["incident.opened", "alert.*"].'
    if len(patterns) > MAX_EVENT_TYPES:
        return (
            f"Enter at most {MAX_EVENT_TYPES} event types; use a group such as alert.*."
        )
    for pattern in patterns:
        error = _check_pattern(pattern.strip(), format_name=destination.format)
        if error:
            return error
    return ""


def _check_pattern(pattern: str, *, format_name: str) -> str:
    if not list_types(pattern):
        return (
            f'"{pattern:.60}" is no event type. Enter one such as incident.opened or '
            "alert.device_offline, a group such as alert.*, or * for all."
        )
    if len(pattern) > 100:
        return "An event type has at most 100 characters."
    try:
        uncarried = find_uncarried_type(format_name, pattern)
    except ProjectError:
        return ""  # said at the field `format`
    if uncarried is None:
        return ""
    return (
        f"The format {format_name} cannot carry {pattern}; choose other event types "
        "or another format."
    )
