from __future__ import annotations

import base64
import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from integrations_project.lib.signing import (
    SecretInvalid,
    decode_secret,
    generate_secret,
    sign_hex,
    sign_standard_webhooks,
    verify_hex,
)
from tests.lib.signature_vectors import HEX, STANDARD_V1

NOW = 1_700_000_000


def sign(*signing_secrets: str, body: bytes = b"{}", message_id: str = "evt_1") -> str:
    return sign_standard_webhooks(
        signing_secrets, message_id=message_id, timestamp=NOW, body=body
    )


@pytest.mark.parametrize(
    ("secret", "message_id", "timestamp", "body", "signature"), STANDARD_V1
)
def test_published_vector_comes_out(secret, message_id, timestamp, body, signature):
    header = sign_standard_webhooks(
        [secret], message_id=message_id, timestamp=timestamp, body=body
    )
    assert header == signature


@given(st.binary(max_size=300).filter(lambda body: _is_text(body)))
def test_public_library_signs_the_same(body: bytes):
    secret = generate_secret()
    at = dt.datetime.fromtimestamp(NOW, dt.UTC)
    assert sign(secret, body=body) == Webhook(secret).sign(
        msg_id="evt_1", timestamp=at, data=body.decode()
    )


def test_each_active_secret_signs():
    old, new = generate_secret(), generate_secret()
    assert sign(new, old) == f"{sign(new)} {sign(old)}"


def test_public_library_takes_either_secret():
    old, new = generate_secret(), generate_secret()
    now = int(dt.datetime.now(dt.UTC).timestamp())
    header = sign_standard_webhooks(
        [new, old], message_id="evt_1", timestamp=now, body=b'{"a":1}'
    )
    headers = {
        "webhook-id": "evt_1",
        "webhook-timestamp": str(now),
        "webhook-signature": header,
    }
    for secret in (old, new):
        assert Webhook(secret).verify(b'{"a":1}', headers) == {"a": 1}


def test_without_a_secret_nothing_is_signed():
    with pytest.raises(ValueError, match="no secret"):
        sign()


def test_generated_secrets_are_long_and_differ():
    secrets = {generate_secret() for _ in range(20)}
    assert len(secrets) == 20
    assert all(len(decode_secret(secret)) >= 24 for secret in secrets)


@pytest.mark.parametrize(
    ("secret", "key"),
    [
        pytest.param("plain text", b"plain text", id="text"),
        pytest.param("pässword", "pässword".encode(), id="utf8"),
        pytest.param("MfKQ9r8GKYqr", b"MfKQ9r8GKYqr", id="base64_without_prefix"),
        pytest.param("whsec_AAEC", b"\x00\x01\x02", id="prefix"),
        pytest.param("whsec_AAE", b"\x00\x01", id="padding_missing"),
    ],
)
def test_secret_stands_for_a_key(secret, key):
    assert decode_secret(secret) == key


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_not base64!", "whsec_A"])
def test_bad_secret_is_refused_without_showing_it(secret):
    with pytest.raises(SecretInvalid) as caught:
        decode_secret(secret)
    assert "base64!" not in caught.value.message


@pytest.mark.parametrize(("secret", "body", "digest"), HEX)
def test_hex_vector_comes_out(secret, body, digest):
    assert sign_hex(secret, body) == digest
    assert verify_hex(secret, body, digest)
    assert verify_hex(secret, body, f"sha256={digest}")
    assert verify_hex(secret, body, f" SHA256={digest.upper()} ")


@pytest.mark.parametrize(
    "header",
    [
        "",
        "sha256=",
        "0" * 64,
        "ünicode",
        "\ud800",
        base64.b64encode(b"x" * 32).decode(),
    ],
)
def test_wrong_hex_is_refused(header):
    assert not verify_hex("s3cret", b"{}", header)


def test_other_body_is_refused():
    assert not verify_hex("s3cret", b"{} ", sign_hex("s3cret", b"{}"))


def test_empty_secret_verifies_nothing():
    assert not verify_hex("", b"{}", sign_hex("", b"{}"))


def _is_text(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True
