"""What a webhook signs its requests with."""

from __future__ import annotations

from integrations_project.lib.signing import (
    SECRET_PREFIX,
    SecretInvalid,
    decode_secret,
)
from webhooks.validation.texts import find_line_error

#: The Standard Webhooks specification asks for a key of so many bytes.
SECRET_BYTES = range(24, 65)


def find_secret_error(secret: str) -> str:
    """Return what is wrong with a signing secret, or an empty text."""
    if not secret:
        return ""
    if not secret.startswith(SECRET_PREFIX):
        return find_line_error(secret, what="secret")
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
