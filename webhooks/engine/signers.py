"""Sign requests, each in the way its destination chose.

What can be prepared once a destination is: keys decoded, names and fixed values at
hand. A signer is then called for every attempt.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from integrations_project.lib.signing import (
    MessageSigner,
    make_ed25519_signer,
    make_standard_signer,
    sign_hex,
)
from webhooks import signatures

if TYPE_CHECKING:
    from webhooks.models import Destination

#: Takes the event's id, the attempt's timestamp in whole seconds and the body's
#: exact bytes; returns the headers that carry the signature.
Signer: TypeAlias = Callable[[str, int, bytes], list[tuple[str, str]]]


class Signers(NamedTuple):
    """What signs the requests of a destination; None signs nothing."""

    #: (end in seconds since the epoch, what signs before it), the earliest end first
    in_overlap: tuple[tuple[float, Signer | None], ...]
    later: Signer | None  #: by the current secret alone

    def at(self, timestamp: float) -> Signer | None:
        """Return what signs a request of that second since the epoch."""
        for ends_at, signer in self.in_overlap:
            if timestamp < ends_at:
                return signer
        return self.later


def make_signers(destination: Destination) -> Signers:
    """Return what signs the requests of a destination, whenever they are made.

    Raises:
        SecretInvalid: A secret does not fit the scheme.
    """
    signature, header = destination.signature, destination.signature_header
    secrets = [destination.secret] if destination.secret else []
    previous = destination.previous_secrets
    in_overlap = []
    for ends_at in sorted({each.expires_at for each in previous}):
        active = [each.secret for each in previous if each.expires_at >= ends_at]
        signer = make_signer(signature, secrets + active, signature_header=header)
        in_overlap.append((ends_at.timestamp(), signer))
    later = make_signer(signature, secrets, signature_header=header)
    return Signers(tuple(in_overlap), later)


def make_signer(
    signature: str, secrets: Sequence[str], *, signature_header: str = ""
) -> Signer | None:
    """Return what signs by a scheme with every secret given; None signs nothing.

    Args:
        signature: One of `Destination.Signature`.
        secrets: The active ones, the newest first.
        signature_header: The header for the schemes that let one choose.

    Raises:
        SecretInvalid: A secret does not fit the scheme.
    """
    if not secrets or signature == signatures.NONE:
        return None
    if signature == signatures.STANDARD_WEBHOOKS:
        return _put_in_standard_header(make_standard_signer(secrets))
    if signature == signatures.ED25519:
        return _put_in_standard_header(make_ed25519_signer(secrets))
    names = signatures.list_signature_headers(signature, signature_header)
    pairs = list(zip(names, secrets, strict=False))
    if signature == signatures.SHARED_SECRET:
        return lambda _message_id, _timestamp, _body: pairs
    prefix = "sha256=" if signature == signatures.HMAC_SHA256_PREFIXED else ""
    return _make_body_signer(pairs, prefix=prefix)


def _put_in_standard_header(sign: MessageSigner) -> Signer:
    name = signatures.STANDARD_HEADER

    def put(message_id: str, timestamp: int, body: bytes) -> list[tuple[str, str]]:
        return [(name, sign(message_id, timestamp, body))]

    return put


def _make_body_signer(pairs: Sequence[tuple[str, str]], *, prefix: str) -> Signer:
    def sign(_message_id: str, _timestamp: int, body: bytes) -> list[tuple[str, str]]:
        return [(name, prefix + sign_hex(secret, body)) for name, secret in pairs]

    return sign
