"""Sign what goes out and check what comes in, by HMAC-SHA256.

Source: https://github.com/standard-webhooks/standard-webhooks
``spec/standard-webhooks.md`` (v1 signatures).
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from collections.abc import Sequence
from functools import lru_cache

from integrations_project.lib.exceptions import ProjectError

SECRET_PREFIX = "whsec_"  # noqa: S105 - the public prefix, not a secret
#: The specification asks for 24 to 64 bytes.
GENERATED_SECRET_BYTES = 32


class SecretInvalid(ProjectError):
    """A secret that starts with whsec_ must go on in base64."""

    code = "secret_invalid"
    permanent = True


def generate_secret() -> str:
    """Return a new random secret that receivers' libraries take as it is."""
    random_bytes = secrets.token_bytes(GENERATED_SECRET_BYTES)
    return SECRET_PREFIX + base64.b64encode(random_bytes).decode("ascii")


@lru_cache(maxsize=1024)
def decode_secret(secret: str) -> bytes:
    """Return the key that a secret stands for.

    ``whsec_`` and base64 (padding may be missing) is the decoded bytes; any
    other text is its UTF-8 bytes.

    Raises:
        SecretInvalid: nothing, or no base64, follows ``whsec_``; or the secret
            is empty. The message never holds the secret.
    """
    if not secret:
        raise SecretInvalid("Enter a secret; an empty one signs nothing.")
    if not secret.startswith(SECRET_PREFIX):
        return secret.encode()
    encoded = secret.removeprefix(SECRET_PREFIX)
    try:
        padding = "=" * (-len(encoded) % 4)
        key = base64.b64decode(encoded + padding, validate=True)
    except (binascii.Error, ValueError):
        # `from None`: a traceback should not lead into code that holds the secret.
        raise SecretInvalid(
            "The secret starts with whsec_ but what follows is not base64; copy it "
            "whole, or enter a secret without that prefix."
        ) from None
    if not key:
        raise SecretInvalid("The secret ends after whsec_; copy it whole.")
    return key


def sign_standard_webhooks(
    signing_secrets: Sequence[str], *, message_id: str, timestamp: int, body: bytes
) -> str:
    """Return the ``webhook-signature`` header for one request.

    The signed message is ``<id>.<timestamp>.<body>``. During a rotation every
    active secret signs; a receiver takes the header if any one matches.

    Args:
        signing_secrets: the active secrets, newest first, at least one.
        message_id: what is sent as ``webhook-id``; holds no full stop.
        timestamp: whole seconds since the epoch, as ``webhook-timestamp``.
        body: the exact bytes that go on the wire.

    Returns:
        ``v1,<base64>`` for each secret, joined by a space.

    Raises:
        SecretInvalid: a secret cannot be decoded.
        ValueError: there is no secret.
    """
    if not signing_secrets:
        raise ValueError("no secret to sign with")
    message = b"%s.%d.%s" % (message_id.encode(), timestamp, body)
    return " ".join(
        "v1,"
        + base64.b64encode(
            hmac.digest(decode_secret(secret), message, "sha256")
        ).decode("ascii")
        for secret in signing_secrets
    )


def sign_hex(secret: str, body: bytes) -> str:
    """Return the lower-case hex HMAC-SHA256 of a body.

    The secret is used as its UTF-8 bytes whatever its prefix, as the senders
    and receivers of plain hex signatures do.
    """
    return hmac.digest(secret.encode(), body, "sha256").hex()


def verify_hex(secret: str, body: bytes, header_value: str) -> bool:
    """Tell whether a header carries the hex signature of a body.

    Takes upper and lower case, with or without ``sha256=``. Compares in
    constant time and is False for an empty secret or header.
    """
    if not secret or not header_value:
        return False
    claimed = header_value.strip().lower().removeprefix("sha256=")
    expected = sign_hex(secret, body)
    return hmac.compare_digest(claimed.encode("utf-8", "replace"), expected.encode())
