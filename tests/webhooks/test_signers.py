"""Signers of every scheme over any secret and body, checked independently."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from integrations_project.lib.signing import generate_ed25519_secret, generate_secret
from webhooks.engine.signers import make_signer

TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=80).filter(
    lambda text: text.isprintable()
)
BODIES = st.binary(max_size=2000)
OLD, NEW = generate_secret(), generate_secret()


def sign(signature, *secrets, body=b"{}", header=""):
    return make_signer(signature, secrets, signature_header=header)("evt", 17, body)


@given(TEXTS, TEXTS, BODIES)
def test_hex_is_the_hmac_of_the_body(new, old, body):
    def digest(secret):
        return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()

    assert sign("hmac_hex", new, old, body=body) == [
        ("X-Webhook-Signature", digest(new)),
        ("X-Webhook-Signature-Previous", digest(old)),
    ]
    assert sign("hmac_sha256_prefixed", new, body=body, header="X-Sig") == [
        ("X-Sig", f"sha256={digest(new)}")
    ]


@given(st.text(max_size=300))
def test_standard_is_what_the_public_library_makes(text):
    at = dt.datetime.fromtimestamp(17, dt.UTC)
    ((name, value),) = sign("standard_webhooks", NEW, OLD, body=text.encode())

    assert name == "webhook-signature"
    assert value.split(" ") == [
        Webhook(secret).sign(msg_id="evt", timestamp=at, data=text)
        for secret in (NEW, OLD)
    ]


@pytest.mark.parametrize(
    "signature",
    ["standard_webhooks", "ed25519", "hmac_hex", "hmac_sha256_prefixed"],
)
def test_same_request_is_signed_the_same(signature):
    secret = generate_ed25519_secret() if signature == "ed25519" else NEW
    assert sign(signature, secret) == sign(signature, secret)
    assert sign(signature, secret) != sign(signature, secret, body=b"{} ")


def test_without_a_secret_or_scheme_nothing_signs():
    assert make_signer("hmac_hex", []) is None
    assert make_signer("none", [NEW]) is None
