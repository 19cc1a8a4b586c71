from __future__ import annotations

import hashlib
import hmac

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from receivers.verification import Reason, SignedRequest, verify_request

BODY = b'{"status":"degraded"}'
SECRET = "s3cret"
#: The vector for that body and secret, made with openssl dgst -sha256 -hmac s3cret.
SIGNATURE = "5bbdb1b735a7765eb21c5a47a782e1d6cec804e81bf662fe570147b35dc9d04b"


def sign(secret, body):
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def verify(value, *, secrets=(SECRET,), header="X-Webhook-Signature", body=BODY):
    headers = {} if value is None else {"X-Webhook-Signature": value}
    return verify_request(
        SignedRequest(
            body=body,
            headers=headers,
            header_name=header,
            secrets=secrets,
            received_at=timezone.now(),
        )
    )


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(SIGNATURE, id="hex"),
        pytest.param(f"sha256={SIGNATURE}", id="prefixed"),
        pytest.param(SIGNATURE.upper(), id="upper-case"),
        pytest.param(f"SHA256={SIGNATURE}", id="upper-case-prefix"),
        pytest.param(f"  {SIGNATURE} ", id="spaces"),
    ],
)
def test_accepts(value):
    result = verify(value)

    assert result.is_authentic
    assert result.reason is Reason.SIGNED
    assert result.message == ""


@pytest.mark.parametrize(
    ("secret", "body", "signature"),
    [
        pytest.param(
            "It's a Secret to Everybody",
            b"Hello, World!",
            "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
            id="github",
        ),
        pytest.param(
            "test-hmac-secret",
            b'{"status":"firing"}',
            "c15dccf5f5f9fe856bad1db009b905491433d426d7280ed9db83dd50b5d280be",
            id="grafana",
        ),
        pytest.param(
            "client-secret",
            b'{"action":"resolved"}',
            "d99bf7bfa16d859dcffc9f8e518b359040a2ebca4e8e242b6a519a0591996114",
            id="sentry",
        ),
    ],
)
def test_vectors(secret, body, signature):
    assert verify(signature, secrets=(secret,), body=body).is_authentic


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        pytest.param(None, Reason.MISSING, id="no-header"),
        pytest.param("", Reason.MISSING, id="empty"),
        pytest.param("  ", Reason.MISSING, id="blank"),
        pytest.param("sha256=", Reason.MALFORMED, id="only-prefix"),
        pytest.param(SIGNATURE[:-1], Reason.MALFORMED, id="short"),
        pytest.param(SIGNATURE + "0", Reason.MALFORMED, id="long"),
        pytest.param("sha1=" + SIGNATURE, Reason.MALFORMED, id="other-prefix"),
        pytest.param("é" * 64, Reason.MALFORMED, id="not-ascii"),
        pytest.param("٣" * 64, Reason.MALFORMED, id="digits-of-another-script"),
        pytest.param(f"{SIGNATURE},{SIGNATURE}", Reason.MALFORMED, id="list"),
        pytest.param("0" * 64, Reason.WRONG, id="zeros"),
        pytest.param(sign("other", BODY), Reason.WRONG, id="other-secret"),
        pytest.param(sign(SECRET, BODY + b" "), Reason.WRONG, id="other-body"),
        pytest.param(sign("", BODY), Reason.WRONG, id="empty-secret"),
    ],
)
def test_refuses(value, reason):
    result = verify(value)

    assert not result.is_authentic
    assert result.reason is reason
    assert result.code == f"signature_{reason.value}"
    assert "X-Webhook-Signature" in result.message
    assert result.message.endswith(".")
    assert SIGNATURE not in result.message
    assert SECRET not in result.message.split()


def test_without_a_secret_every_request_is_taken():
    assert verify(None, secrets=()).reason is Reason.UNSIGNED
    assert verify("nonsense", secrets=()).is_authentic


def test_an_empty_secret_is_none():
    assert verify(None, secrets=("",)).reason is Reason.UNSIGNED
    assert verify(sign("", BODY), secrets=("", SECRET)).reason is Reason.WRONG


@pytest.mark.parametrize("signer", ["new", "old"])
def test_two_secrets_during_a_rotation(signer):
    assert verify(sign(signer, BODY), secrets=("new", "old")).is_authentic
    assert not verify(sign("older", BODY), secrets=("new", "old")).is_authentic


def test_header_name_has_no_case():
    assert verify(SIGNATURE, header="x-webhook-SIGNATURE").is_authentic


def test_another_header_is_missing():
    result = verify(SIGNATURE, header="X-Hub-Signature-256")

    assert result.reason is Reason.MISSING
    assert "X-Hub-Signature-256" in result.message


def test_repr_shows_no_secret():
    request = SignedRequest(
        received_at=timezone.now(),
        body=BODY,
        headers={},
        header_name="X-Signature",
        secrets=(SECRET,),
    )

    assert SECRET not in repr(request)


@given(st.text(max_size=80))
def test_any_header_text_is_judged(value):
    assert not verify(value).is_authentic


@given(st.binary(max_size=100), st.text(min_size=1, max_size=20))
def test_what_was_signed_is_accepted(body, secret):
    assert verify(sign(secret, body), secrets=(secret,), body=body).is_authentic
