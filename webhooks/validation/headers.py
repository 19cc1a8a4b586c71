"""The further headers of a webhook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integrations_project.lib.http_headers import (
    HeaderRefused,
    check_header_name,
    check_header_value,
)

if TYPE_CHECKING:
    from webhooks.models import Destination

MAX_HEADERS = 20
#: Set by us for each request, with a meaning that receivers rely on.
RESERVED_HEADERS = frozenset({"content-type", "content-encoding", "user-agent"})
#: The ways to authorize that leave that header alone.
WITHOUT_AUTHORIZATION = frozenset({"none", "client_certificate"})


def find_header_error(destination: Destination) -> str:
    """Return what is wrong with the further headers, or an empty text."""
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
    return find_reserved_error(name, auth_method=auth_method)


def find_reserved_error(name: str, *, auth_method: str) -> str:
    """Return why a header cannot be named so: we set it ourselves; or an empty text."""
    lowered = name.lower()
    if lowered in RESERVED_HEADERS or lowered.startswith("webhook-"):
        return f"The header {name} is set by Signalpost itself; leave it out."
    if lowered == "authorization" and auth_method not in WITHOUT_AUTHORIZATION:
        return (
            "The header Authorization is set by the authorization chosen above; leave "
            "it out, or choose None there."
        )
    return ""
