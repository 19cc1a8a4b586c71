"""Keep secrets that are sent as they are out of what is stored of an exchange.

An endpoint may repeat what it was sent, in a header, in its body, in the text of an
error; whatever the header's name, the value is known and is masked there too.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from integrations_project.lib.redaction import (
    REDACTED,
    conceal_links,
    is_secret_header,
)
from webhooks.engine.messages import HttpOutcome
from webhooks.signatures import SHARED_SECRET

if TYPE_CHECKING:
    from webhooks.models import Destination

#: A shorter text is found in many places where it is no secret.
SHORTEST = 6
#: In each link that acts on an incident, which an endpoint may repeat.
_LINK_MARK = b"respond"


def list_clear_texts(
    destination: Destination, headers: Iterable[tuple[str, str]]
) -> tuple[str, ...]:
    """Return the secret texts that requests of a destination carry, longest first.

    Args:
        destination: Whose requests.
        headers: Those that are the same for each of them.
    """
    texts = {destination.password, destination.token}
    if destination.signature == SHARED_SECRET:
        previous = (each.secret for each in destination.previous_secrets)
        texts |= {destination.secret, *previous}
    for name, value in headers:
        if is_secret_header(name):
            # "Bearer abc" is a secret as a whole and after its first word.
            texts |= {value, value.partition(" ")[2]}
    spelled = {each for text in texts if len(text) >= SHORTEST for each in spell(text)}
    return tuple(sorted(spelled, key=len, reverse=True))


def spell(text: str) -> set[str]:
    """Return a text as it is, and as JSON writes it: endpoints like to answer so."""
    escaped = json.dumps(text)[1:-1]
    unescaped = json.dumps(text, ensure_ascii=False)[1:-1]
    return {text, escaped, unescaped, escaped.replace("/", "\\/")}


def conceal_text(text: str, clear_texts: Sequence[str]) -> str:
    """Return a text with every secret in it masked."""
    for secret in clear_texts:
        if secret in text:
            text = text.replace(secret, REDACTED)
    return conceal_links(text)


def conceal_outcome(outcome: HttpOutcome, clear_texts: Sequence[str]) -> HttpOutcome:
    """Return an outcome with every secret masked that the other side repeated."""
    if not clear_texts and not _may_hold_links(outcome):
        return outcome
    error = outcome.error
    if error is not None:
        detail = conceal_text(error.detail, clear_texts)
        error = dataclasses.replace(error, detail=detail)
    body = outcome.response_body
    for secret in clear_texts:
        body = body.replace(secret.encode(), REDACTED.encode())
    if _LINK_MARK in body:
        body = conceal_links(body.decode("utf-8", "surrogateescape")).encode(
            "utf-8", "surrogateescape"
        )
    return outcome._replace(
        response_headers=tuple(
            (name, conceal_text(value, clear_texts))
            for name, value in outcome.response_headers
        ),
        response_body=body,
        error=error,
    )


def _may_hold_links(outcome: HttpOutcome) -> bool:
    detail = outcome.error.detail if outcome.error is not None else ""
    return (
        _LINK_MARK in outcome.response_body
        or "respond" in detail
        or any("respond" in value for _, value in outcome.response_headers)
    )
