"""What may be stored in a destination: checked alike by form, admin and API."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.conf import settings

from integrations_project.lib.exceptions import ProjectError
from integrations_project.lib.http_headers import (
    HeaderRefused,
    check_header_name,
    check_header_value,
)
from integrations_project.lib.net_policy import AddressRefused, NetPolicy, UrlRefused
from integrations_project.lib.signing import (
    SECRET_PREFIX,
    SecretInvalid,
    decode_secret,
)
from webhooks.datatypes import EVENT_PATTERN
from webhooks.exceptions import UnknownFormat
from webhooks.formats import find_uncarried_type, get_format
from webhooks.formats.base import list_types

if TYPE_CHECKING:
    from webhooks.models import Destination

MAX_HEADERS = 20
MAX_CREDENTIAL_LENGTH = 4096
MAX_EVENT_TYPES = 100
MAX_RETRIES = 20
MAX_RETRY_SECONDS = 2 * 24 * 60 * 60
#: The Standard Webhooks specification asks for a key of so many bytes.
SECRET_BYTES = range(24, 65)

#: Set by us for each request, with a meaning that receivers rely on.
RESERVED_HEADERS = frozenset({"content-type", "content-encoding", "user-agent"})
_TOKEN = re.compile(r"[\x21-\x7e]+")


def net_policy() -> NetPolicy:
    """Return the policy of this installation for addresses that we may reach."""
    return NetPolicy(
        allow_http=settings.DELIVERY_ALLOW_HTTP,
        allowed_networks=settings.DELIVERY_ALLOWED_NETWORKS,
    )


def find_destination_errors(destination: Destination) -> dict[str, list[str]]:
    """Return a sentence for each field of a destination that needs mending.

    Looks up the host of the URL, so that a refused address is named at once. An
    empty required field is left to the field's own check.
    """
    checks = {
        "label": _check_label(destination.label),
        "url": _check_url(destination.url),
        "format": _check_format(destination.format),
        "username": _check_username(destination),
        "password": _check_password(destination),
        "token": _check_token(destination),
        "secret": find_secret_error(destination.secret),
        "headers": _check_headers(destination),
        "event_types": _check_event_types(destination),
        "retry_schedule": _check_retry_schedule(destination.retry_schedule),
    }
    return {field: [error] for field, error in checks.items() if error}


def normalize_event_types(event_types: Any) -> Any:
    """Return the patterns sorted, each once; what is no list stays as it is."""
    if isinstance(event_types, list) and all(isinstance(t, str) for t in event_types):
        return sorted({each.strip() for each in event_types})
    return event_types


def find_secret_error(secret: str) -> str:
    """Return what is wrong with a signing secret, or an empty text."""
    if not secret:
        return ""
    if not secret.startswith(SECRET_PREFIX):
        return _check_printable(secret, what="secret")
    try:
        length = len(decode_secret(secret))
    except SecretInvalid as error:
        return error.message
    if length not in SECRET_BYTES:
        return (
            "A secret that starts with whsec_ must hold 24 to 64 bytes in base64; "
            f"this one holds {length}. Generate a new one, or enter a secret without "
            "that prefix."
        )
    return ""


def _check_label(label: str) -> str:
    if label and not label.strip():
        return 'Enter a descriptive name, such as "Production alerts".'
    if not label.isprintable():
        return "The label contains a line break or a control character; remove it."
    return ""


def _check_url(url: str) -> str:
    if not url:
        return ""
    try:
        net_policy().resolve_and_check(url)
    except (UrlRefused, AddressRefused) as refusal:
        return refusal.message
    return ""


def _check_format(name: str) -> str:
    try:
        get_format(name)
    except UnknownFormat as error:
        return error.message
    return ""


def _check_username(destination: Destination) -> str:
    if destination.auth_method != "basic":
        return ""
    if not destination.username:
        return "Enter the user name for Basic authorization."
    if ":" in destination.username:
        return "A user name for Basic authorization cannot contain a colon."
    return _check_printable(destination.username, what="user name")


def _check_password(destination: Destination) -> str:
    if destination.auth_method != "basic":
        return ""
    if not destination.password:
        return "Enter the password for Basic authorization."
    return _check_printable(destination.password, what="password")


def _check_token(destination: Destination) -> str:
    if destination.auth_method != "bearer":
        return ""
    token = destination.token
    if not token:
        return "Enter the token for Bearer authorization."
    if not _TOKEN.fullmatch(token):
        return (
            "The token contains a space, a line break or a letter outside ASCII; "
            "enter it alone, without the word Bearer."
        )
    return _check_printable(token, what="token")


def _check_printable(text: str, *, what: str) -> str:
    if len(text) > MAX_CREDENTIAL_LENGTH:
        return (
            f"The {what} is too long; enter at most {MAX_CREDENTIAL_LENGTH} characters."
        )
    if not text.isprintable():
        return (
            f"The {what} contains a line break or another control character; "
            "enter it as one line."
        )
    return ""


def _check_headers(destination: Destination) -> str:
    headers = destination.headers
    if not headers:
        return ""
    if not isinstance(headers, dict) or not all(
        isinstance(part, str) for pair in headers.items() for part in pair
    ):
        return 'Enter headers as an object of texts, such as {"X-Team": "ops"}.'
    if len(headers) > MAX_HEADERS:
        return f"Enter at most {MAX_HEADERS} headers; there are {len(headers)}."
    if len({name.lower() for name in headers}) < len(headers):
        return "A header is given twice; names are compared without regard to case."
    for name, value in headers.items():
        error = _check_header(name, value, auth_method=destination.auth_method)
        if error:
            return error
    return ""


def _check_header(name: str, value: str, *, auth_method: str) -> str:
    try:
        check_header_name(name)
        check_header_value(name, value)
    except HeaderRefused as refusal:
        return refusal.message
    lowered = name.lower()
    if lowered in RESERVED_HEADERS or lowered.startswith("webhook-"):
        return f"The header {name} is set by Signalpost itself; leave it out."
    if lowered == "authorization" and auth_method != "none":
        return (
            "The header Authorization is set by the authorization chosen above; leave "
            "it out, or choose None there."
        )
    return ""


def _check_event_types(destination: Destination) -> str:
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
    if not EVENT_PATTERN.fullmatch(pattern) or not list_types(pattern):
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


def _check_retry_schedule(schedule: Any) -> str:
    if schedule is None:
        return ""
    message = (
        f"Enter 1 to {MAX_RETRIES} waits in whole seconds, each from 1 to "
        f"{MAX_RETRY_SECONDS}, such as [5, 300, 1800]; or leave it empty."
    )
    if not isinstance(schedule, list) or not 1 <= len(schedule) <= MAX_RETRIES:
        return message
    for wait in schedule:
        if type(wait) is not int or not 1 <= wait <= MAX_RETRY_SECONDS:
            return message
    return ""
