from __future__ import annotations

import base64

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from integrations_project.lib.signing import (
    SecretInvalid,
    generate_ed25519_secret,
    generate_secret,
    make_ed25519_signer,
    public_key_of,
)
from tests.lib.signature_vectors import STANDARD_V1A

KEY = generate_ed25519_secret()


def check(public_key, header_part, message):
    raw = base64.b64decode(public_key.removeprefix("whpk_"))
    signature = base64.b64decode(header_part.removeprefix("v1a,"))
    Ed25519PublicKey.from_public_bytes(raw).verify(signature, message)


@pytest.mark.parametrize(
    ("key", "public_key", "message_id", "timestamp", "body", "signature"), STANDARD_V1A
)
def test_published_vector_comes_out(
    key, public_key, message_id, timestamp, body, signature
):
    assert make_ed25519_signer([key])(message_id, timestamp, body) == signature
    assert public_key_of(key) == public_key


@given(
    st.text("abcdef0123456789-", min_size=1, max_size=40),
    st.integers(0, 2**40),
    st.binary(max_size=500),
)
def test_public_key_checks_any_message(message_id, timestamp, body):
    header = make_ed25519_signer([KEY])(message_id, timestamp, body)

    message = f"{message_id}.{timestamp}.".encode() + body
    check(public_key_of(KEY), header, message)
    with pytest.raises(InvalidSignature):
        check(public_key_of(KEY), header, message + b" ")


def test_each_key_signs_during_a_rotation():
    other = generate_ed25519_secret()
    new, old = make_ed25519_signer([other, KEY])("evt_1", 1, b"{}").split(" ")

    check(public_key_of(other), new, b"evt_1.1.{}")
    check(public_key_of(KEY), old, b"evt_1.1.{}")


def test_generated_keys_are_whole_and_differ():
    keys = {generate_ed25519_secret() for _ in range(10)}
    assert len(keys) == 10
    assert all(len(base64.b64decode(key.removeprefix("whsk_"))) == 64 for key in keys)


@pytest.mark.parametrize(
    ("secret", "said"),
    [
        pytest.param(public_key_of(KEY), "public key", id="public_key"),
        pytest.param(generate_secret(), "starts with whsk_", id="other_secret"),
        pytest.param("", "starts with whsk_", id="empty"),
        pytest.param("whsk_", "64 bytes", id="only_prefix"),
        pytest.param("whsk_!!", "64 bytes", id="no_base64"),
        pytest.param(KEY[:48], "64 bytes", id="cut"),
        pytest.param(f"{KEY[:-8]}AAAAAA==", "two halves", id="altered"),
    ],
)
def test_bad_key_is_refused_without_showing_it(secret, said):
    with pytest.raises(SecretInvalid, match=said) as refusal:
        public_key_of(secret)
    assert len(secret) < 6 or secret.removeprefix("whsk_") not in str(refusal.value)


def test_without_a_key_nothing_is_signed():
    with pytest.raises(ValueError, match="no key"):
        make_ed25519_signer([])
