"""What a webhook authorizes itself with."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from webhooks.validation.texts import find_line_error

if TYPE_CHECKING:
    from webhooks.models import Destination

_TOKEN = re.compile(r"[\x21-\x7e]+")


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
