"""What requests authorize themselves with.

The two classes compare by value, so that tokens and connections are shared by those
who hold the same credentials and by nobody else; and show no secret in a traceback.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from webhooks.models import Destination


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuth2Client:
    """Who asks a token URL for an access token, by the client credentials grant."""

    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str = ""  #: separated by spaces; empty leaves the choice to the server


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientCertificate:
    """What a connection shows when the endpoint asks for a certificate."""

    chain: bytes  #: PEM: the certificate, then those between it and the root
    key: bytes = field(repr=False)  #: PEM, unencrypted


def list_authorization_headers(destination: Destination) -> list[tuple[str, str]]:
    """Return the header of a destination that is the same for every request."""
    if destination.auth_method == "basic":
        pair = f"{destination.username}:{destination.password}".encode()
        return [("Authorization", f"Basic {base64.b64encode(pair).decode()}")]
    if destination.auth_method == "bearer":
        return [("Authorization", f"Bearer {destination.token}")]
    return []


def make_oauth2_client(destination: Destination) -> OAuth2Client | None:
    """Return who asks for a destination's tokens, if it needs any."""
    if destination.auth_method != "oauth2":
        return None
    return OAuth2Client(
        token_url=destination.oauth2_token_url,
        client_id=destination.oauth2_client_id,
        client_secret=destination.oauth2_client_secret,
        scope=destination.oauth2_scope,
    )


def make_client_certificate(destination: Destination) -> ClientCertificate | None:
    """Return what a destination's connections show, if anything."""
    if destination.auth_method != "client_certificate":
        return None
    return ClientCertificate(
        chain=destination.client_certificate.encode(),
        key=destination.client_key.encode(),
    )
