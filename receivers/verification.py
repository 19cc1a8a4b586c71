"""Is a request from the one who knows the receiver's secret?

A scheme reads what a sender claims out of the headers: the digests, the bytes they
were made over and, for some, the time. ``SCHEMES`` names them. No message ever shows
the signature that would have been right.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import TypeAlias

from integrations_project.lib.signing import SecretInvalid, decode_secret

DEFAULT_HEADER = "X-Webhook-Signature"
DEFAULT_SCHEME = "hex"
#: How old or how early a signed time may be, as all these senders' documents say.
TOLERANCE = timedelta(minutes=5)
#: A list of signatures is for a rotation of secrets; nobody needs more.
MAX_SIGNATURES = 10

_HEX = re.compile(r"[0-9a-f]{64}", re.IGNORECASE | re.ASCII)
_SECONDS = re.compile(r"[0-9]{1,12}", re.ASCII)


class Reason(Enum):
    """Why a request is or is not taken for authentic."""

    UNSIGNED = "unsigned"  # the receiver has no secret: its URL is all that is asked
    SIGNED = "signed"
    MISSING = "missing"
    MALFORMED = "malformed"
    EXPIRED = "expired"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRequest:
    """What a scheme needs to judge a request."""

    body: bytes = field(repr=False)  # exactly as received
    headers: Mapping[str, str] = field(repr=False)
    header_name: str  # the header that carries the signature, in any case
    secrets: tuple[str, ...] = field(repr=False)  # any one may have signed
    received_at: datetime

    def find_header(self, *names: str) -> str:
        """Return the first of these headers that is there, trimmed; else empty."""
        for name in names or (self.header_name,):
            wanted = name.lower()
            for key, text in self.headers.items():
                if key.lower() == wanted:
                    return text.strip()
        return ""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a request claims: digests of a message by one of the secrets."""

    digests: list[bytes] = field(repr=False)
    message: bytes = field(repr=False)
    signed_at: str | None = None  # seconds since 1970, as the sender wrote it
    decode_key: Callable[[str], bytes] = str.encode
    is_plain: bool = False  # the digest is the secret itself


class ClaimRefused(Exception):
    """There is no signature, or none that can be read."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.verification = Verification(reason=reason, message=message)


Scheme: TypeAlias = Callable[[SignedRequest], Claim]


def verify_request(request: SignedRequest, *, scheme: str = "hex") -> Verification:
    """Judge a request by the receiver's scheme.

    Without any secret every request is taken: the token in the URL is the proof.

    Raises:
        KeyError: No scheme has that name; settings are checked when saved.
    """
    if not any(request.secrets):
        return Verification(reason=Reason.UNSIGNED)
    try:
        claim = SCHEMES[scheme](request)
    except ClaimRefused as refused:
        return refused.verification
    if claim.signed_at is not None and not _is_timely(claim, request.received_at):
        message = (
            f'The signed time "{claim.signed_at:.20}" is more than 5 minutes away '
            "from the time here: check the sender's clock, and sign each post anew."
        )
        return Verification(reason=Reason.EXPIRED, message=message)
    # Every secret is tried, so that the time does not tell which one is in use.
    matches = [_matches(claim, secret) for secret in request.secrets if secret]
    if any(matches):
        return Verification(reason=Reason.SIGNED)
    message = (
        f'The signature in "{request.header_name}" does not fit this body: check the '
        "secret, and that the bytes are signed exactly as they are sent."
    )
    return Verification(reason=Reason.WRONG, message=message)


def _is_timely(claim: Claim, received_at: datetime) -> bool:
    if not claim.signed_at or not _SECONDS.fullmatch(claim.signed_at):
        return False
    signed_at = datetime.fromtimestamp(int(claim.signed_at) % 10**11, UTC)
    return abs(received_at - signed_at) <= TOLERANCE


def _matches(claim: Claim, secret: str) -> bool:
    try:
        key = claim.decode_key(secret)
    except SecretInvalid:
        return False
    expected = key if claim.is_plain else hmac.digest(key, claim.message, "sha256")
    found = [hmac.compare_digest(expected, digest) for digest in claim.digests]
    return any(found)


def claim_hex(request: SignedRequest) -> Claim:
    """Read hexadecimal digits, with or without ``sha256=``.

    Source: GitHub's X-Hub-Signature-256 (with), Grafana and Sentry (without).
    """
    value = _need(request)
    text = value[7:] if value[:7].lower() == "sha256=" else value
    how = "as 64 hexadecimal digits, with or without sha256= before them"
    return Claim(digests=[_read_hex(request, text, how)], message=request.body)


def claim_sha256_hex(request: SignedRequest) -> Claim:
    """Read ``sha256=`` and hexadecimal digits.

    Source: https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries
    """
    value = _need(request)
    how = "as sha256= and 64 hexadecimal digits"
    text = value[7:] if value[:7].lower() == "sha256=" else ""
    return Claim(digests=[_read_hex(request, text, how)], message=request.body)


def claim_base64(request: SignedRequest) -> Claim:
    """Read Base64, as Shopify's X-Shopify-Hmac-Sha256 and many others."""
    return Claim(digests=[_read_base64(request, _need(request))], message=request.body)


def claim_standard_webhooks(request: SignedRequest) -> Claim:
    """Read ``v1,<Base64>`` with its id and time; Svix's names of the headers too.

    Source: https://github.com/standard-webhooks/standard-webhooks
    """
    value = request.find_header("webhook-signature", "svix-signature") or _need(request)
    message_id = request.find_header("webhook-id", "svix-id")
    timestamp = request.find_header("webhook-timestamp", "svix-timestamp")
    if not message_id or not timestamp:
        message = 'The headers "webhook-id" and "webhook-timestamp" are missing.'
        raise ClaimRefused(Reason.MISSING, message)
    parts = [part.partition(",") for part in value.split()[:MAX_SIGNATURES]]
    texts = [text for version, _, text in parts if version == "v1"]
    return Claim(
        digests=_need_any(
            request,
            [_read_base64(request, text) for text in texts],
            "as v1, and the Base64 of the HMAC-SHA256",
        ),
        message=b"%s.%s.%s" % (message_id.encode(), timestamp.encode(), request.body),
        signed_at=timestamp,
        decode_key=decode_secret,
    )


def claim_stripe(request: SignedRequest) -> Claim:
    """Read ``t=<seconds>,v1=<hex>``; the secret is used as it is written.

    Source: https://docs.stripe.com/webhooks/signature (read 2026-11).
    """
    pairs = _read_pairs(_need(request))
    timestamp = next((value for name, value in pairs if name == "t"), "")
    how = "as t=, the seconds since 1970, and v1=, 64 hexadecimal digits"
    digests = [_read_hex(request, text, how) for name, text in pairs if name == "v1"]
    return Claim(
        digests=_need_any(request, digests, how),
        message=b"%s.%s" % (timestamp.encode(), request.body),
        signed_at=timestamp,
    )


def claim_slack(request: SignedRequest) -> Claim:
    """Read ``v0=<hex>`` and the time in a header of its own.

    Source: https://docs.slack.dev/authentication/verifying-requests-from-slack
    """
    value = _need(request)
    timestamp = request.find_header("X-Slack-Request-Timestamp")
    if not timestamp:
        message = 'The header "X-Slack-Request-Timestamp" is missing.'
        raise ClaimRefused(Reason.MISSING, message)
    text = value[3:] if value.startswith("v0=") else ""
    how = "as v0= and 64 hexadecimal digits"
    return Claim(
        digests=[_read_hex(request, text, how)],
        message=b"v0:%s:%s" % (timestamp.encode(), request.body),
        signed_at=timestamp,
    )


def claim_pagerduty(request: SignedRequest) -> Claim:
    """Read ``v1=<hex>``, several of them separated by commas.

    Source: https://developer.pagerduty.com/docs/verifying-webhook-signatures
    """
    how = "as v1= and 64 hexadecimal digits, several separated by commas"
    pairs = _read_pairs(_need(request))
    digests = [_read_hex(request, text, how) for name, text in pairs if name == "v1"]
    return Claim(digests=_need_any(request, digests, how), message=request.body)


def claim_shared_secret(request: SignedRequest) -> Claim:
    """Read the secret itself, as GitLab's X-Gitlab-Token."""
    return Claim(digests=read_text(_need(request)), message=b"", is_plain=True)


SCHEMES: dict[str, Scheme] = {
    "hex": claim_hex,
    "sha256_hex": claim_sha256_hex,
    "base64": claim_base64,
    "standard_webhooks": claim_standard_webhooks,
    "stripe": claim_stripe,
    "slack": claim_slack,
    "pagerduty": claim_pagerduty,
    "shared_secret": claim_shared_secret,
}


def read_text(value: str) -> list[bytes]:
    """Return the UTF-8 bytes that a header's text may stand for.

    A header is decoded as Latin-1, and many a sender writes UTF-8 into it.

    Source: RFC 9110, section 5.5.
    """
    try:
        return [value.encode(), value.encode("latin-1")]
    except UnicodeEncodeError:
        return [value.encode()]


def _need(request: SignedRequest) -> str:
    value = request.find_header()
    if not value:
        message = f'The signature header "{request.header_name}" is missing.'
        raise ClaimRefused(Reason.MISSING, message)
    return value


def _need_any(request: SignedRequest, digests: list[bytes], how: str) -> list[bytes]:
    if not digests:
        raise _malformed(request, how)
    return digests


def _read_pairs(value: str) -> list[tuple[str, str]]:
    parts = (part.partition("=") for part in value.split(",")[: 2 * MAX_SIGNATURES])
    return [(name.strip(), text.strip()) for name, _, text in parts]


def _read_hex(request: SignedRequest, text: str, how: str) -> bytes:
    if not _HEX.fullmatch(text):
        raise _malformed(request, how)
    return bytes.fromhex(text)


def _read_base64(request: SignedRequest, text: str) -> bytes:
    try:
        digest = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if len(digest) != 32:
        raise _malformed(request, "in Base64")
    return digest


def _malformed(request: SignedRequest, how: str) -> ClaimRefused:
    message = (
        f'The header "{request.header_name}" holds no signature: send the HMAC-SHA256 '
        f"of the body {how}."
    )
    return ClaimRefused(Reason.MALFORMED, message)
