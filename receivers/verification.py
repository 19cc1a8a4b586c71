"""Is a request from the one who knows the receiver's secret?

A scheme is a function from a signed request to a verification; ``SCHEMES`` names
them. No message ever shows the signature that would have been right.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeAlias

from integrations_project.lib import signing

DEFAULT_HEADER = "X-Webhook-Signature"
DEFAULT_SCHEME = "hex"

_HEX_SIGNATURE = re.compile(r"(?:sha256=)?[0-9a-f]{64}", re.IGNORECASE | re.ASCII)


class Reason(Enum):
    """Why a request is or is not taken for authentic."""

    UNSIGNED = "unsigned"  # the receiver has no secret: its URL is all that is asked
    SIGNED = "signed"
    MISSING = "missing"
    MALFORMED = "malformed"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRequest:
    """What a scheme needs to judge a request."""

    body: bytes = field(repr=False)  # exactly as received
    headers: Mapping[str, str] = field(repr=False)
    header_name: str  # the header that carries the signature, in any case
    secrets: tuple[str, ...] = field(repr=False)  # any one may have signed

    def find_header(self) -> str | None:
        """Return the signature header's value, trimmed; None when it is not there."""
        value = self.headers.get(self.header_name)
        if value is not None:
            return value.strip()
        wanted = self.header_name.lower()
        for name, text in self.headers.items():
            if name.lower() == wanted:
                return text.strip()
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """The outcome, with a sentence for the sender and the receipt."""

    reason: Reason
    message: str = ""

    @property
    def is_authentic(self) -> bool:
        """Whether the request may change anything."""
        return self.reason in (Reason.SIGNED, Reason.UNSIGNED)

    @property
    def code(self) -> str:
        """A stable word for logs, receipts and answers: ``signature_wrong``."""
        return f"signature_{self.reason.value}"


Scheme: TypeAlias = Callable[[SignedRequest], Verification]


def verify_request(request: SignedRequest, *, scheme: str = "hex") -> Verification:
    """Judge a request by the receiver's scheme.

    Without any secret every request is taken: the token in the URL is the proof.

    Raises:
        KeyError: No scheme has that name; settings are checked when saved.
    """
    if not any(request.secrets):
        return Verification(reason=Reason.UNSIGNED)
    return SCHEMES[scheme](request)


def verify_hex(request: SignedRequest) -> Verification:
    """Judge the hexadecimal HMAC-SHA256 of the body, with or without ``sha256=``.

    Source: GitHub's X-Hub-Signature-256 (with), Grafana and Sentry (without).
    """
    header = request.header_name
    value = request.find_header()
    if not value:
        message = f'The signature header "{header}" is missing.'
        return Verification(reason=Reason.MISSING, message=message)
    if not _HEX_SIGNATURE.fullmatch(value):
        message = (
            f'The header "{header}" holds no signature: send the HMAC-SHA256 of the '
            "body as 64 hexadecimal digits, with or without sha256= before them."
        )
        return Verification(reason=Reason.MALFORMED, message=message)

    # Every secret is tried, so that the time does not tell which one is in use.
    matches = [
        signing.verify_hex(secret, request.body, value) for secret in request.secrets
    ]
    if any(matches):
        return Verification(reason=Reason.SIGNED)
    message = (
        f'The signature in "{header}" does not fit this body: check the secret, and '
        "that the bytes are signed exactly as they are sent."
    )
    return Verification(reason=Reason.WRONG, message=message)


SCHEMES: dict[str, Scheme] = {"hex": verify_hex, "sha256_hex": verify_hex}
