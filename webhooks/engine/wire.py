"""What a destination's settings mean on the wire; used by the pump and by Verify."""

from __future__ import annotations

import base64
import json
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from integrations_project import __version__
from integrations_project.lib.redaction import redact_headers
from integrations_project.lib.signing import sign_standard_webhooks
from webhooks.engine.messages import HttpRequest
from webhooks.models import Destination

USER_AGENT = f"Signalpost/{__version__}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A destination as the engine needs it, its secrets decrypted."""

    id: UUID
    url: str
    timeout_seconds: int
    retry_schedule: tuple[int, ...] | None
    secret: str
    previous_secret: str
    previous_secret_expires: float  #: seconds since the epoch
    fixed_headers: tuple[tuple[str, str], ...]  #: the same for every request
    redacted_headers: dict[str, str]  #: those, as they may be stored
    headers_json: str  #: those again, as JSON

    def secrets_at(self, timestamp: int) -> list[str]:
        """Return the secrets that sign at a time: the current one first."""
        secrets = [self.secret] if self.secret else []
        if self.previous_secret and self.previous_secret_expires > timestamp:
            secrets.append(self.previous_secret)
        return secrets


def build_recipient(destination: Destination) -> Recipient:
    """Take from a destination what its requests need."""
    headers = [
        ("Content-Type", "application/json"),
        ("User-Agent", USER_AGENT),
        *_authorization(destination),
        *destination.headers.items(),
    ]
    signs = destination.signature == Destination.Signature.STANDARD_WEBHOOKS
    expires_at = destination.previous_secret_expires_at
    schedule = destination.retry_schedule
    redacted = redact_headers(headers)
    return Recipient(
        id=destination.pk,
        url=destination.url,
        timeout_seconds=destination.timeout_seconds,
        retry_schedule=tuple(schedule) if schedule else None,
        secret=destination.secret if signs else "",
        previous_secret=destination.previous_secret if signs else "",
        previous_secret_expires=expires_at.timestamp() if expires_at else 0.0,
        fixed_headers=tuple(headers),
        redacted_headers=redacted,
        headers_json=json.dumps(redacted),
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
    secrets = recipient.secrets_at(timestamp)
    if secrets:
        signature = sign_standard_webhooks(
            secrets, message_id=message_id, timestamp=timestamp, body=body
        )
        headers.append(("webhook-signature", signature))
    return HttpRequest(
        key=key,
        url=recipient.url,
        headers=headers,
        body=body,
        timeout_seconds=recipient.timeout_seconds,
    )


def describe_headers(recipient: Recipient, request: HttpRequest) -> dict[str, str]:
    """Return a request's headers as they may be stored and shown."""
    own = request.headers[len(recipient.fixed_headers) :]
    return {**recipient.redacted_headers, **dict(own)}


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
