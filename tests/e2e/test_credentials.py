"""Signed by a key, authorized by a fetched token: real processes, real sockets."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.webhooks.oauth2_server import SECRET, TokenServer

pytestmark = pytest.mark.slow


@pytest.fixture
def server():
    started = TokenServer()
    yield started
    started.close()


def check(public_key, request):
    """Check a request as a receiver that holds the public key alone would."""
    key = base64.b64decode(public_key.removeprefix("whpk_"))
    parts = (request.headers["webhook-id"], request.headers["webhook-timestamp"])
    signature = request.headers["webhook-signature"].removeprefix("v1a,")
    Ed25519PublicKey.from_public_bytes(key).verify(
        base64.b64decode(signature), ".".join((*parts, "")).encode() + request.body
    )


def test_key_signs_and_token_is_kept(installation, server):
    installation.set_up()
    webhook = installation.call(
        "PATCH",
        f"webhooks/{installation.webhook['id']}",
        url=f"{server.url}hook",
        signature="ed25519",
        generate_secret=True,
        auth_method="oauth2",
        oauth2_token_url=f"{server.url}token",
        oauth2_client_id=server.client_id,
        oauth2_client_secret=SECRET,
    )

    for number, status in enumerate(("degraded", "down", "operational"), 1):
        installation.post(status)
        server.wait_for(number, seconds=30)

    for request in server.requests:
        check(webhook["public_key"], request)
        assert request.headers["Authorization"].startswith("Bearer token-")
    assert len(server.asked) < len(server.requests)  # a worker keeps its token
