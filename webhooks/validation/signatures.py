"""What a webhook signs its requests with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integrations_project.lib.http_headers import HeaderRefused, check_header_name
from integrations_project.lib.signing import (
    PRIVATE_KEY_PREFIX,
    PUBLIC_KEY_PREFIX,
    SECRET_PREFIX,
    SecretInvalid,
    decode_private_key,
    decode_secret,
)
from webhooks import signatures
from webhooks.validation.headers import find_reserved_error
from webhooks.validation.texts import find_line_error

if TYPE_CHECKING:
    from webhooks.models import Destination

#: The longest key of the Standard Webhooks specification, in bytes. It recommends 24
#: at least, yet keys of 18 bytes are in use (Svix's own examples): none is too short.
MAX_SECRET_BYTES = 64
#: Headers that servers and proxies act upon; a signature there would be taken for
#: something else. Those that frame a message are refused before.
#: Source: RFC 9110, RFC 6265 and RFC 7239.
MEANT_OTHERWISE = frozenset(
    {
        "accept",
        "accept-encoding",
        "authorization",
        "cache-control",
        "cookie",
        "date",
        "forwarded",
        "from",
        "max-forwards",
        "origin",
        "pragma",
        "range",
        "referer",
        "set-cookie",
        "via",
        "www-authenticate",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
        "x-real-ip",
    }
)


def find_signature_errors(destination: Destination) -> dict[str, str]:
    """Return what is wrong with secret and header of the signature, by field."""
    signature = destination.signature
    error = find_secret_error(destination.secret, signature=signature)
    if not error and not destination.secret and _needs_secret(destination):
        error = (
            "Enter the secret that this signature is made with, or have one "
            "generated; or choose None as the signature."
        )
    return {"secret": error, "signature_header": _find_header_error(destination)}


def find_secret_error(
    secret: str, *, signature: str = signatures.STANDARD_WEBHOOKS
) -> str:
    """Return why a secret cannot be used for a signature, or an empty text."""
    if not secret:
        return ""
    if signature == signatures.ED25519:
        return _find_private_key_error(secret)
    if signature == signatures.NONE:
        return find_line_error(secret, what="secret")
    if secret.startswith((PRIVATE_KEY_PREFIX, PUBLIC_KEY_PREFIX)):
        return (
            "This is an Ed25519 key. Choose the signature Standard Webhooks, Ed25519 "
            "for it, or enter another secret."
        )
    if signature == signatures.SHARED_SECRET:
        return _find_shared_secret_error(secret)
    if signature != signatures.STANDARD_WEBHOOKS:
        return find_line_error(secret, what="secret")
    return _find_standard_error(secret)


def _needs_secret(destination: Destination) -> bool:
    # Standard Webhooks is everybody's default, also without a secret. One that was
    # cleared because the host changed may be entered later.
    if destination.signature in (signatures.STANDARD_WEBHOOKS, signatures.NONE):
        return False
    return not destination.is_secret_cleared


def _find_standard_error(secret: str) -> str:
    if not secret.startswith(SECRET_PREFIX):
        return find_line_error(secret, what="secret")
    try:
        length = len(decode_secret(secret))
    except SecretInvalid as error:
        return error.message
    if length > MAX_SECRET_BYTES:
        return (
            f"A secret that starts with whsec_ may hold {MAX_SECRET_BYTES} bytes in "
            f"base64; this one holds {length}. Generate a new one, or enter a secret "
            "without that prefix."
        )
    return ""


def _find_private_key_error(secret: str) -> str:
    try:
        decode_private_key(secret)
    except SecretInvalid as error:
        return error.message
    return ""


def _find_shared_secret_error(secret: str) -> str:
    if not secret.isascii() or secret != secret.strip():
        return (
            "A secret that is sent in a header may hold ASCII characters only, and no "
            "space at its ends."
        )
    return find_line_error(secret, what="secret")


def _find_header_error(destination: Destination) -> str:
    name, signature = destination.signature_header, destination.signature
    if signature not in signatures.USUAL_HEADERS:
        if signature == signatures.NONE or name.lower() in (
            "",
            signatures.STANDARD_HEADER,
        ):
            return ""
        return (
            "Standard Webhooks signatures always come in the header "
            f"{signatures.STANDARD_HEADER}; leave this empty."
        )
    if name:
        try:
            check_header_name(name)
        except HeaderRefused as refusal:
            return refusal.message
        error = find_reserved_error(name, auth_method=destination.auth_method)
        if error:
            return error
        if name.lower() in MEANT_OTHERWISE:
            return (
                f"The header {name} has a meaning of its own on the way to the "
                "endpoint and cannot carry a signature; enter another name, such as "
                "X-Signature, or leave this empty for the usual one."
            )
    return _find_clash(destination)


def _find_clash(destination: Destination) -> str:
    headers = destination.headers
    if not isinstance(headers, dict):
        return ""  # said at the field `headers`
    further = {str(name).lower() for name in headers}
    used = signatures.list_signature_headers(
        destination.signature, destination.signature_header
    )
    for name in used:
        if name.lower() in further:
            return (
                f"The header {name} is among the further headers too; enter another "
                "name here, or leave it out there."
            )
    return ""
