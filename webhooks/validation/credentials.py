"""What a webhook authorizes itself with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from webhooks.validation.addresses import find_url_error
from webhooks.validation.texts import find_line_error

if TYPE_CHECKING:
    from webhooks.models import Destination

_TOKEN = re.compile(r"[\x21-\x7e]+")
#: RFC 6749, section 3.3: names separated by single spaces, without " and \.
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*")


def find_username_error(destination: Destination) -> str:
    """Return what is wrong with the user name, or an empty text."""
    if destination.auth_method != "basic":
        return ""
    if not destination.username:
        return "Enter the user name for Basic authorization."
    if ":" in destination.username:
        return "A user name for Basic authorization cannot contain a colon."
    return find_line_error(destination.username, what="user name")


def find_password_error(destination: Destination) -> str:
    """Return what is wrong with the password, or an empty text."""
    if destination.auth_method != "basic":
        return ""
    if not destination.password:
        return "Enter the password for Basic authorization."
    return find_line_error(destination.password, what="password")


def find_token_error(destination: Destination) -> str:
    """Return what is wrong with the token, or an empty text."""
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
    return find_line_error(token, what="token")


def find_oauth2_errors(destination: Destination) -> dict[str, str]:
    """Return what is wrong with the client of an OAuth2 server, by field.

    Looks up the host of the token URL, so that a refused address is named at once.
    """
    if destination.auth_method != "oauth2":
        return {}
    token_url, scope = destination.oauth2_token_url, destination.oauth2_scope
    client_id = destination.oauth2_client_id
    client_secret = destination.oauth2_client_secret
    return {
        "oauth2_token_url": find_url_error(token_url)
        if token_url
        else "Enter the token URL of the OAuth2 server.",
        "oauth2_client_id": find_line_error(client_id, what="client id")
        if client_id
        else "Enter the client id for OAuth2.",
        "oauth2_client_secret": find_line_error(client_secret, what="client secret")
        if client_secret
        else "Enter the client secret for OAuth2.",
        "oauth2_scope": ""
        if not scope or _SCOPE.fullmatch(scope)
        else "Enter scopes separated by single spaces, such as events:write, or none.",
    }
