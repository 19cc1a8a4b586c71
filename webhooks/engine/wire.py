"""What a destination's settings mean on the wire; used by the pump and by Verify."""

from __future__ import annotations

import base64
import json
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from integrations_project import __version__
from integrations_project.lib.redaction import REDACTED, redact_headers
from webhooks.engine.concealing import conceal_text, list_clear_texts
from webhooks.engine.messages import HttpRequest
from webhooks.engine.signers import Signer, make_signer
from webhooks.formats import find_content_type
from webhooks.models import Destination
from webhooks.signatures import SHARED_SECRET, list_signature_headers

USER_AGENT = f"Signalpost/{__version__}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A destination as the engine needs it, its secrets decrypted."""

    id: UUID
    url: str
    timeout_seconds: int
    retry_schedule: tuple[int, ...] | None
    sign: Signer | None  #: None: requests go unsigned
    sign_in_overlap: Signer | None  #: by the secret before as well
    overlap_ends: float  #: seconds since the epoch
    fixed_headers: tuple[tuple[str, str], ...]  #: the same for every request
    redacted_headers: dict[str, str]  #: those, as they may be stored
    headers_json: str  #: those again, as JSON
    masked_names: frozenset[str]  #: headers of one request that hold a secret
    clear_texts: tuple[str, ...]  #: what is sent as it is and must not be stored


def build_recipient(destination: Destination) -> Recipient:
    """Take from a destination what its requests need."""
    headers = [
        ("Content-Type", find_content_type(destination.format)),
        ("User-Agent", USER_AGENT),
        *_authorization(destination),
        *destination.headers.items(),
    ]
    clear_texts = list_clear_texts(destination, headers)
    redacted = {
        name: conceal_text(value, clear_texts)
        for name, value in redact_headers(headers).items()
    }
    secrets = [destination.secret] if destination.secret else []
    expires_at = destination.previous_secret_expires_at
    has_overlap = bool(destination.previous_secret) and expires_at is not None
    schedule = destination.retry_schedule
    return Recipient(
        id=destination.pk,
        url=destination.url,
        timeout_seconds=destination.timeout_seconds,
        retry_schedule=tuple(schedule) if schedule else None,
        sign=_make_signer(destination, secrets),
        sign_in_overlap=_make_signer(
            destination, [*secrets, destination.previous_secret]
        )
        if has_overlap
        else None,
        overlap_ends=expires_at.timestamp() if has_overlap and expires_at else 0.0,
        fixed_headers=tuple(headers),
        redacted_headers=redacted,
        headers_json=json.dumps(redacted),
        masked_names=_list_masked_names(destination),
        clear_texts=clear_texts,
    )


def build_request(
    recipient: Recipient, *, key: Hashable, message_id: str, body: bytes, timestamp: int
) -> HttpRequest:
    """Return one attempt: the same id and bytes, a fresh timestamp and signature.

    Args:
        recipient: Where it goes.
        key: Comes back with the outcome.
        message_id: The event's id.
        body: The payload's bytes.
        timestamp: Whole seconds since the epoch.
    """
    headers = [
        *recipient.fixed_headers,
        ("webhook-id", message_id),
        ("webhook-timestamp", str(timestamp)),
    ]
    is_overlap = timestamp < recipient.overlap_ends
    sign = recipient.sign_in_overlap if is_overlap else recipient.sign
    if sign is not None:
        headers += sign(message_id, timestamp, body)
    return HttpRequest(
        key=key,
        url=recipient.url,
        headers=headers,
        body=body,
        timeout_seconds=recipient.timeout_seconds,
    )


def describe_headers(recipient: Recipient, request: HttpRequest) -> dict[str, str]:
    """Return a request's headers as they may be stored and shown."""
    return {**recipient.redacted_headers, **dict(list_own_headers(recipient, request))}


def list_own_headers(
    recipient: Recipient, request: HttpRequest
) -> Sequence[tuple[str, str]]:
    """Return the headers of this one request, those with a secret masked.

    Names are tokens and values plain ASCII, so both may go into JSON as they are.
    """
    own = request.headers[len(recipient.fixed_headers) :]
    masked = recipient.masked_names
    if not masked:
        return own
    return [(name, REDACTED if name in masked else value) for name, value in own]


def clean_text(text: str) -> str:
    """Return a text that every database takes: without NUL and lone surrogates."""
    if text.isascii():
        return text.replace("\0", "\ufffd")
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def to_datetime(seconds: float) -> datetime:
    """Return seconds since the epoch as an aware time in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def _authorization(destination: Destination) -> list[tuple[str, str]]:
    match destination.auth_method:
        case Destination.AuthMethod.BASIC:
            pair = f"{destination.username}:{destination.password}".encode()
            return [("Authorization", f"Basic {base64.b64encode(pair).decode()}")]
        case Destination.AuthMethod.BEARER:
            return [("Authorization", f"Bearer {destination.token}")]
        case _:
            return []


def _make_signer(destination: Destination, secrets: Sequence[str]) -> Signer | None:
    return make_signer(
        destination.signature, secrets, signature_header=destination.signature_header
    )


def _list_masked_names(destination: Destination) -> frozenset[str]:
    if destination.signature != SHARED_SECRET:
        return frozenset()
    return frozenset(
        list_signature_headers(destination.signature, destination.signature_header)
    )
