"""The ways a request proves where it comes from: header, secret, public key.

Names are those of `Destination.Signature`, which this module cannot import.
"""

from __future__ import annotations

from integrations_project.lib.signing import (
    SecretInvalid,
    generate_ed25519_secret,
    generate_secret,
    public_key_of,
)
from webhooks.previous_secrets import MAX_PREVIOUS

STANDARD_WEBHOOKS = "standard_webhooks"
ED25519 = "ed25519"
HMAC_HEX = "hmac_hex"
HMAC_SHA256_PREFIXED = "hmac_sha256_prefixed"
SHARED_SECRET = "shared_secret"  # noqa: S105  # the name of a choice
NONE = "none"

#: What the specification fixes; no other name is possible for its two schemes.
STANDARD_HEADER = "webhook-signature"
#: Where the others put their value unless the webhook names a header.
USUAL_HEADERS = {
    HMAC_HEX: "X-Webhook-Signature",
    HMAC_SHA256_PREFIXED: "X-Hub-Signature-256",
    SHARED_SECRET: "X-Webhook-Secret",
}
#: One value is all that receivers of those read, so during a rotation the value of
#: each secret before goes into a header of its own, named so; the newest first.
PREVIOUS_SUFFIXES = (
    "-Previous",
    *(f"-Previous-{place}" for place in range(2, MAX_PREVIOUS + 1)),
)


def generate_secret_for(signature: str) -> str:
    """Return a new random secret that fits a signature."""
    return generate_ed25519_secret() if signature == ED25519 else generate_secret()


def find_public_key(signature: str, secret: str) -> str:
    """Return what receivers check an Ed25519 signature by; empty for all others."""
    if signature != ED25519 or not secret:
        return ""
    try:
        return public_key_of(secret)
    except SecretInvalid:
        return ""


def list_signature_headers(signature: str, signature_header: str) -> list[str]:
    """Return the headers that a signature may use; all but the first in rotations."""
    if signature in USUAL_HEADERS:
        name = signature_header or USUAL_HEADERS[signature]
        return [name, *(name + suffix for suffix in PREVIOUS_SUFFIXES)]
    return [] if signature == NONE else [STANDARD_HEADER]
