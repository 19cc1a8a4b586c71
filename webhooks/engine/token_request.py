"""Ask for an OAuth2 access token, and read the answer. Pure: sends nothing.

Source: RFC 6749, sections 2.3.1 (how a client proves itself), 4.4 (the client
credentials grant), 5.1 and 5.2 (the answers).
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Hashable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

from integrations_project.lib.redaction import REDACTED
from webhooks.engine.credentials import OAuth2Client
from webhooks.engine.messages import Failure, HttpOutcome, HttpRequest

CODE = "oauth2_token_failed"
#: For a server that does not say how long its token lasts.
DEFAULT_LIFETIME_SECONDS = 300.0
MAX_LIFETIME_SECONDS = 24 * 60 * 60.0
#: A token is not used in its last tenth, at most its last minute.
MAX_MARGIN_SECONDS = 60.0

_TOKEN = re.compile(r"[\x21-\x7e]+")
_HINTS = {
    "invalid_client": "Check the client id and the client secret of this webhook.",
    "unauthorized_client": "Let the server allow this client the grant type "
    "client_credentials.",
    "unsupported_grant_type": "Check the token URL; the server there does not know "
    "the grant type client_credentials.",
    "invalid_scope": "Check the scope of this webhook.",
    "invalid_request": "Check the token URL, the client id and the scope.",
}
_URL_HINT = "Check the token URL of this webhook."


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What a server gave."""

    text: str = field(repr=False)
    lifetime_seconds: float  #: how long it may be used, a margin taken off


def build_token_request(
    client: OAuth2Client,
    *,
    key: Hashable,
    in_body: bool,
    user_agent: str,
    timeout_seconds: float,
) -> HttpRequest:
    """Return the request for a token.

    Args:
        client: Who asks, and where.
        key: Comes back with the outcome.
        in_body: The client id and secret go into the body (client_secret_post), for
            servers that do not take them in the header (client_secret_basic).
        user_agent: Who we are.
        timeout_seconds: For the whole of it.
    """
    fields = {"grant_type": "client_credentials"}
    if client.scope:
        fields["scope"] = client.scope
    headers = [
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Accept", "application/json"),
        ("User-Agent", user_agent),
    ]
    if in_body:
        fields |= {"client_id": client.client_id, "client_secret": client.client_secret}
    else:
        pair = f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret)}"
        encoded = base64.b64encode(pair.encode()).decode()
        headers.append(("Authorization", f"Basic {encoded}"))
    return HttpRequest(
        key=key,
        url=client.token_url,
        headers=headers,
        body=urlencode(fields).encode(),
        timeout_seconds=timeout_seconds,
    )


def is_refusal(outcome: HttpOutcome) -> bool:
    """Whether a server did not take the way in which the client proved itself."""
    if outcome.status_code == HTTPStatus.UNAUTHORIZED:
        return True
    if outcome.status_code != HTTPStatus.BAD_REQUEST:
        return False
    error = _read_object(outcome).get("error")
    return error in ("invalid_client", "invalid_request", None)


def read_token(client: OAuth2Client, outcome: HttpOutcome) -> Token | Failure:
    """Return the token in an answer, or why there is none.

    The texts never hold the client secret, also when the server repeats it.
    """
    if outcome.status_code is None or outcome.error is not None:
        return _explain(client, outcome)
    if outcome.response_truncated:
        return _fail(client, "its answer is too long to be read.", _URL_HINT)
    document = _read_object(outcome)
    text, kind = document.get("access_token"), document.get("token_type", "Bearer")
    if not isinstance(text, str) or not _TOKEN.fullmatch(text):
        return _fail(
            client,
            "its answer holds no access_token.",
            "Check that the token URL is the one of the OAuth2 server.",
        )
    if str(kind).lower() != "bearer":
        return _fail(
            client,
            f'it gives tokens of the type "{kind!s:.40}".',
            "Let the server give this client bearer tokens.",
        )
    return Token(text=text, lifetime_seconds=_find_lifetime(document))


def token_came_late(client: OAuth2Client, *, seconds: float) -> Failure:
    """Return the failure of an attempt whose time was over before it had a token."""
    return _fail(
        client,
        f"it did not come within {seconds:g} s.",
        "Raise the timeout of this webhook (30 s at most), or make the server faster.",
    )


def _explain(client: OAuth2Client, outcome: HttpOutcome) -> Failure:
    error = outcome.error
    if outcome.status_code is None or outcome.status_code < HTTPStatus.BAD_REQUEST:
        assert error is not None
        if error.code == "internal":
            return error  # ours: tried again, and counts for nothing
        return _fail(client, error.detail, f"{_URL_HINT} {error.hint}")
    document = _read_object(outcome)
    name = document.get("error")
    said = [part for part in (name, document.get("error_description")) if part]
    shown = ": ".join(_clean(part, client) for part in said)
    answer = f"it answered {outcome.status_code}{f' {shown}' if shown else ''}."
    hint = _HINTS.get(name) if isinstance(name, str) else None
    if hint is None and outcome.status_code == HTTPStatus.UNAUTHORIZED:
        hint = _HINTS["invalid_client"]
    if hint is None and outcome.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        hint = "The trouble is on the side of the OAuth2 server; look into its logs."
    return _fail(client, answer, hint or _URL_HINT)


def _fail(client: OAuth2Client, what: str, hint: str) -> Failure:
    try:
        place = urlsplit(client.token_url).netloc.rpartition("@")[2]
    except ValueError:
        place = "the token URL"
    return Failure(code=CODE, detail=f"No token from {place}: {what}", hint=hint)


def _read_object(outcome: HttpOutcome) -> dict[str, Any]:
    try:
        document = json.loads(outcome.response_body)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _find_lifetime(document: dict[str, Any]) -> float:
    try:
        seconds = float(document.get("expires_in") or DEFAULT_LIFETIME_SECONDS)
    except (TypeError, ValueError, OverflowError):
        seconds = DEFAULT_LIFETIME_SECONDS
    if not seconds > 0:  # NaN is neither
        seconds = DEFAULT_LIFETIME_SECONDS
    seconds = min(seconds, MAX_LIFETIME_SECONDS)
    return seconds - min(MAX_MARGIN_SECONDS, seconds / 10)


def _clean(text: object, client: OAuth2Client) -> str:
    shown = str(text)[:1000]
    if client.client_secret:
        shown = shown.replace(client.client_secret, REDACTED)
    return "".join(c for c in shown if c.isprintable())[:200].strip().rstrip(".")
