"""Sign what goes out and check what comes in, by HMAC-SHA256 or Ed25519.

Source: https://github.com/standard-webhooks/standard-webhooks
``spec/standard-webhooks.md`` (v1 and v1a signatures).
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TypeAlias

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from integrations_project.lib.exceptions import ProjectError

SECRET_PREFIX = "whsec_"  # noqa: S105 - the public prefix, not a secret
#: The specification asks for 24 to 64 bytes.
GENERATED_SECRET_BYTES = 32
#: An Ed25519 pair: what signs, and what receivers check by.
PRIVATE_KEY_PREFIX = "whsk_"
PUBLIC_KEY_PREFIX = "whpk_"
#: The private half, then the public one, as NaCl and Go write such keys.
PRIVATE_KEY_BYTES = 64
_SEED_BYTES = 32

#: Takes the message's id, its timestamp in whole seconds and the body's exact
#: bytes; returns the value of ``webhook-signature``.
MessageSigner: TypeAlias = Callable[[str, int, bytes], str]


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
    key = _decode(secret.removeprefix(SECRET_PREFIX))
    if key is None:
        raise SecretInvalid(
            "The secret starts with whsec_ but what follows is not base64; copy it "
            "whole, or enter a secret without that prefix."
        )
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
    return make_standard_signer(signing_secrets)(message_id, timestamp, body)


def make_standard_signer(signing_secrets: Sequence[str]) -> MessageSigner:
    """Return what signs many messages with the same secrets, as v1.

    Raises:
        SecretInvalid: a secret cannot be decoded.
        ValueError: there is no secret.
    """
    # Copying one that has taken in its key costs half of making it.
    keyed = [
        hmac.new(decode_secret(secret), digestmod="sha256")
        for secret in signing_secrets
    ]
    if not keyed:
        raise ValueError("no secret to sign with")

    def sign(message_id: str, timestamp: int, body: bytes) -> str:
        message = b"%s.%d.%s" % (message_id.encode(), timestamp, body)
        signatures = []
        for start in keyed:
            signature = start.copy()
            signature.update(message)
            signatures.append("v1," + _encode(signature.digest()))
        return " ".join(signatures)

    return sign


def make_ed25519_signer(private_keys: Sequence[str]) -> MessageSigner:
    """Return what signs many messages with the same Ed25519 keys, as v1a.

    Raises:
        SecretInvalid: one is no such key.
        ValueError: there is no key.
    """
    keys = [decode_private_key(key) for key in private_keys]
    if not keys:
        raise ValueError("no key to sign with")

    def sign(message_id: str, timestamp: int, body: bytes) -> str:
        message = b"%s.%d.%s" % (message_id.encode(), timestamp, body)
        return " ".join(["v1a," + _encode(key.sign(message)) for key in keys])

    return sign


def generate_ed25519_secret() -> str:
    """Return a new random private key: ``whsk_`` and the base64 of 64 bytes."""
    key = Ed25519PrivateKey.generate()
    pair = key.private_bytes_raw() + key.public_key().public_bytes_raw()
    return PRIVATE_KEY_PREFIX + _encode(pair)


def public_key_of(private_key: str) -> str:
    """Return what receivers check by: ``whpk_`` and the base64 of 32 bytes.

    Raises:
        SecretInvalid: it is no private key.
    """
    public_key = decode_private_key(private_key).public_key()
    return PUBLIC_KEY_PREFIX + _encode(public_key.public_bytes_raw())


@lru_cache(maxsize=256)
def decode_private_key(secret: str) -> Ed25519PrivateKey:
    """Return the key behind ``whsk_`` and base64 (padding may be missing).

    Raises:
        SecretInvalid: the prefix, the length or the public half is wrong. The
            message never holds the key.
    """
    if secret.startswith(PUBLIC_KEY_PREFIX):
        raise SecretInvalid(
            "This is a public key, for receivers; enter the private one, which "
            f"starts with {PRIVATE_KEY_PREFIX}."
        )
    if not secret.startswith(PRIVATE_KEY_PREFIX):
        raise SecretInvalid(
            "An Ed25519 signature needs a private key that starts with "
            f"{PRIVATE_KEY_PREFIX}; generate one, or enter it."
        )
    pair = _decode(secret.removeprefix(PRIVATE_KEY_PREFIX))
    if pair is None or len(pair) != PRIVATE_KEY_BYTES:
        raise SecretInvalid(
            f"After {PRIVATE_KEY_PREFIX}, {PRIVATE_KEY_BYTES} bytes in base64 are "
            "expected: the private key and the public one; copy it whole."
        )
    key = Ed25519PrivateKey.from_private_bytes(pair[:_SEED_BYTES])
    if key.public_key().public_bytes_raw() != pair[_SEED_BYTES:]:
        raise SecretInvalid(
            "The two halves of this key do not belong together; copy it whole."
        )
    return key


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


def _encode(raw: bytes) -> str:
    return binascii.b2a_base64(raw, newline=False).decode("ascii")


def _decode(encoded: str) -> bytes | None:
    try:
        padding = "=" * (-len(encoded) % 4)
        return base64.b64decode(encoded + padding, validate=True)
    except (binascii.Error, ValueError):
        return None
