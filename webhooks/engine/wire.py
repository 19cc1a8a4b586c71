"""What a destination's settings mean on the wire; used by the pump and by Verify."""

from __future__ import annotations

import json
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID

from integrations_project import __version__
from integrations_project.lib.redaction import REDACTED, redact_headers
from webhooks.engine.concealing import conceal_text, list_clear_texts
from webhooks.engine.couriers import find_address, list_address_secrets, make_courier
from webhooks.engine.credentials import (
    ClientCertificate,
    OAuth2Client,
    list_authorization_headers,
    make_client_certificate,
    make_oauth2_client,
)
from webhooks.engine.messages import Courier, HttpRequest
from webhooks.engine.signers import Signers, make_signers
from webhooks.formats import find_content_type
from webhooks.models import Destination
from webhooks.signatures import SHARED_SECRET, list_signature_headers

USER_AGENT = f"Signalpost/{__version__}"
_CONTENT_TYPE = "Content-Type"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A destination as the engine needs it, its secrets decrypted."""

    id: UUID
    url: str  #: where requests go; may be a secret as a whole
    shown_url: str  #: the same as it may be stored and shown
    courier: Courier | None  #: carries what does not go by HTTP
    timeout_seconds: int
    retry_schedule: tuple[int, ...] | None
    content_type: str  #: of what its format makes now; empty: a courier knows
    signers: Signers  #: what signs requests, now and in an overlap
    fixed_headers: tuple[tuple[str, str], ...]  #: the same for every request
    redacted_headers: dict[str, str]  #: those, as they may be stored
    headers_json: str  #: those again, as JSON
    masked_names: frozenset[str]  #: headers of one request that hold a secret
    clear_texts: tuple[str, ...]  #: what is sent as it is and must not be stored
    oauth2: OAuth2Client | None  #: whose token goes along
    client_certificate: ClientCertificate | None  #: for the TLS handshake


def build_recipient(destination: Destination) -> Recipient:
    """Take from a destination what its requests need."""
    courier = make_courier(destination)
    headers = (
        _list_fixed_headers(destination)
        if courier is None
        else [*courier.fixed_headers]
    )
    clear_texts = (
        *list_address_secrets(destination),
        *list_clear_texts(destination, headers),
    )
    redacted = {
        name: conceal_text(value, clear_texts)
        for name, value in redact_headers(headers).items()
    }
    oauth2 = make_oauth2_client(destination)
    if oauth2 is not None:
        redacted["Authorization"] = f"Bearer {REDACTED}"  # put on when it is sent
    schedule = destination.retry_schedule
    return Recipient(
        id=destination.pk,
        url=find_address(destination),
        shown_url=destination.url,
        courier=courier,
        timeout_seconds=destination.timeout_seconds,
        retry_schedule=tuple(schedule) if schedule else None,
        content_type="" if courier else find_content_type(destination.format),
        signers=make_signers(destination),
        fixed_headers=tuple(headers),
        redacted_headers=redacted,
        headers_json=json.dumps(redacted),
        masked_names=_list_masked_names(destination),
        clear_texts=clear_texts,
        oauth2=oauth2,
        client_certificate=make_client_certificate(destination),
    )


def fit_recipient(recipient: Recipient, content_type: str) -> Recipient:
    """Return the recipient with the Content-Type of a body that was made before.

    The body keeps the format that it was made in, whatever the destination asks for
    now.
    """
    if recipient.content_type in (content_type, ""):
        return recipient
    redacted = {**recipient.redacted_headers, _CONTENT_TYPE: content_type}
    others = [each for each in recipient.fixed_headers if each[0] != _CONTENT_TYPE]
    return replace(
        recipient,
        content_type=content_type,
        fixed_headers=((_CONTENT_TYPE, content_type), *others),
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
    if recipient.courier is not None:
        return _build_errand(recipient, recipient.courier, key, message_id, body)
    headers = [
        *recipient.fixed_headers,
        ("webhook-id", message_id),
        ("webhook-timestamp", str(timestamp)),
    ]
    sign = recipient.signers.at(timestamp)
    if sign is not None:
        headers += sign(message_id, timestamp, body)
    return HttpRequest(
        key=key,
        url=recipient.url,
        headers=headers,
        body=body,
        timeout_seconds=recipient.timeout_seconds,
        oauth2=recipient.oauth2,
        client_certificate=recipient.client_certificate,
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


def _build_errand(
    recipient: Recipient, courier: Courier, key: Hashable, message_id: str, body: bytes
) -> HttpRequest:
    return HttpRequest(
        key=key,
        url=recipient.shown_url,
        headers=[*recipient.fixed_headers, *courier.list_headers(message_id)],
        body=body,
        timeout_seconds=recipient.timeout_seconds,
        courier=courier,
    )


def _list_fixed_headers(destination: Destination) -> list[tuple[str, str]]:
    return [
        (_CONTENT_TYPE, find_content_type(destination.format)),
        ("User-Agent", USER_AGENT),
        *list_authorization_headers(destination),
        *destination.headers.items(),
    ]


def _list_masked_names(destination: Destination) -> frozenset[str]:
    if destination.signature != SHARED_SECRET:
        return frozenset()
    return frozenset(
        list_signature_headers(destination.signature, destination.signature_header)
    )
