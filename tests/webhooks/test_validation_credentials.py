"""Signatures, OAuth2 clients and certificates: one sentence for each mistake."""

from __future__ import annotations

from typing import Any

import pytest

from integrations_project.lib.signing import (
    generate_ed25519_secret,
    generate_secret,
    public_key_of,
)
from tests.client_certificates import DAY, issue, write_key
from webhooks.models import Destination
from webhooks.validation import find_destination_errors

KEY = generate_ed25519_secret()
ROOT = issue("Root", is_authority=True)
ALICE = issue("alice", ROOT)
BOB = issue("bob", ROOT, rsa_bits=2048)


def find_errors(**values):
    defaults = {"label": "Ops", "url": "https://127.0.0.1:9443/hook"}
    return find_destination_errors(Destination(**defaults | values))


def oauth2(**values):
    defaults = {
        "oauth2_token_url": "https://127.0.0.1:9443/token",
        "oauth2_client_id": "signalpost",
        "oauth2_client_secret": "s3cret",
    }
    return {"auth_method": "oauth2"} | defaults | values


def certificate(pair=ALICE, **values):
    defaults = {"client_certificate": pair.certificate_pem, "client_key": pair.key_pem}
    return {"auth_method": "client_certificate"} | defaults | values


def join(*pairs):
    return "".join(pair.certificate_pem for pair in pairs)


def signed_by(values: Any) -> dict[str, Any]:
    return {"signature": "hmac_hex", "secret": "s3cret", **values}


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"signature": "ed25519", "secret": KEY}, id="ed25519"),
        pytest.param({"signature": "hmac_hex", "secret": "s3cret"}, id="hex"),
        pytest.param({"signature": "hmac_hex", "secret": "whsec_x!"}, id="hex as is"),
        pytest.param(
            {"signature": "hmac_sha256_prefixed", "secret": generate_secret()},
            id="prefixed",
        ),
        pytest.param({"signature": "shared_secret", "secret": "s3cret"}, id="shared"),
        pytest.param({"signature": "none"}, id="none"),
        pytest.param(
            {
                "signature": "hmac_hex",
                "secret": "s3cret",
                "signature_header": "x-metaplane-sig",
            },
            id="header",
        ),
        pytest.param({"signature_header": "Webhook-Signature"}, id="standard header"),
        pytest.param(oauth2(), id="oauth2"),
        pytest.param(oauth2(oauth2_scope="events:write a/b"), id="scope"),
        pytest.param(certificate(), id="EC"),
        pytest.param(certificate(BOB), id="RSA"),
        pytest.param(
            certificate(
                client_certificate=ALICE.certificate_pem + ROOT.certificate_pem
            ),
            id="chain",
        ),
        pytest.param(
            certificate(headers={"Authorization": "Token x"}), id="both certificate"
        ),
    ],
)
def test_accepts(values):
    assert find_errors(**values) == {}


@pytest.mark.parametrize(
    ("field", "values", "part"),
    [
        pytest.param(
            "secret", {"signature": "hmac_hex"}, "Enter the secret", id="no secret"
        ),
        pytest.param(
            "secret",
            {"signature": "ed25519", "secret": generate_secret()},
            "starts with whsk_",
            id="other secret for ed25519",
        ),
        pytest.param(
            "secret",
            {"signature": "ed25519", "secret": public_key_of(KEY)},
            "public key",
            id="public key",
        ),
        pytest.param(
            "secret", {"secret": KEY}, "an Ed25519 key", id="key for standard"
        ),
        pytest.param(
            "secret",
            {"signature": "shared_secret", "secret": KEY},
            "an Ed25519 key",
            id="key in the clear",
        ),
        pytest.param(
            "secret",
            {"signature": "shared_secret", "secret": "sécret"},
            "ASCII",
            id="shared outside ASCII",
        ),
        pytest.param(
            "secret",
            {"signature": "hmac_hex", "secret": "a\nb"},
            "line break",
            id="two lines",
        ),
        *(
            pytest.param(
                "signature_header",
                signed_by(values),
                part,
                id=f"header {name}",
            )
            for name, values, part in (
                ("space", {"signature_header": "X Sig"}, "not a header name"),
                ("host", {"signature_header": "Host"}, "Signalpost itself"),
                ("own", {"signature_header": "webhook-id"}, "Signalpost itself"),
                ("type", {"signature_header": "content-type"}, "Signalpost itself"),
                (
                    "authorization",
                    {
                        "signature_header": "authorization",
                        "auth_method": "bearer",
                        "token": "t",
                    },
                    "Authorization",
                ),
                *(
                    (
                        f"{signature} in {name}",
                        {"signature": signature, "signature_header": name},
                        name,
                    )
                    for signature in ("hmac_hex", "shared_secret")
                    for name in (
                        "Authorization",
                        "Proxy-Authorization",
                        "Cookie",
                        "Content-Length",
                        "X-Forwarded-For",
                    )
                ),
                (
                    "clash",
                    {"signature_header": "X-Sig", "headers": {"x-sig": "1"}},
                    "further headers",
                ),
                (
                    "usual clash",
                    {"headers": {"X-Webhook-Signature": "1"}},
                    "further headers",
                ),
                (
                    "rotation clash",
                    {"headers": {"X-Webhook-Signature-Previous": "1"}},
                    "further headers",
                ),
            )
        ),
        pytest.param(
            "signature_header",
            {"signature_header": "X-Sig"},
            "always come in the header webhook-signature",
            id="header for standard",
        ),
        pytest.param(
            "oauth2_token_url", oauth2(oauth2_token_url=""), "token URL", id="no URL"
        ),
        pytest.param(
            "oauth2_token_url",
            oauth2(oauth2_token_url="https://169.254.169.254/token"),
            "169.254",
            id="refused URL",
        ),
        pytest.param(
            "oauth2_client_id", oauth2(oauth2_client_id=""), "client id", id="no id"
        ),
        pytest.param(
            "oauth2_client_secret",
            oauth2(oauth2_client_secret=""),
            "client secret",
            id="no client secret",
        ),
        pytest.param(
            "oauth2_scope", oauth2(oauth2_scope="a,\nb"), "single spaces", id="scope"
        ),
        pytest.param(
            "headers",
            oauth2(headers={"Authorization": "x"}),
            "Authorization",
            id="authorization beside a token",
        ),
        pytest.param(
            "client_certificate",
            certificate(client_certificate=""),
            "as PEM",
            id="no certificate",
        ),
        pytest.param(
            "client_certificate",
            certificate(client_certificate="-----BEGIN CERTIFICATE-----\nAA"),
            "no certificate as PEM",
            id="cut certificate",
        ),
        pytest.param(
            "client_certificate",
            certificate(client_certificate=ALICE.certificate_pem + ALICE.key_pem),
            "private key among",
            id="key in the wrong field",
        ),
        pytest.param(
            "client_certificate",
            certificate(issue("old", ROOT, start=-20 * DAY)),
            "expired on",
            id="expired",
        ),
        pytest.param(
            "client_certificate",
            certificate(issue("new", ROOT, start=DAY)),
            "not valid before",
            id="early",
        ),
        pytest.param(
            "client_certificate",
            certificate(url="http://127.0.0.1:9443/hook"),
            "https",
            id="without TLS",
        ),
        pytest.param("client_key", certificate(client_key=""), "private key", id="key"),
        pytest.param(
            "client_key", certificate(client_key="x"), "no private key", id="no PEM"
        ),
        pytest.param(
            "client_key",
            certificate(client_key=write_key(ALICE.key, "sesame")),
            "passphrase",
            id="passphrase",
        ),
        pytest.param(
            "client_key",
            certificate(client_key=BOB.key_pem),
            "does not belong",
            id="other key",
        ),
        pytest.param(
            "client_key",
            certificate(
                client_certificate=ROOT.certificate_pem + ALICE.certificate_pem
            ),
            "put that one first",
            id="order",
        ),
        pytest.param(
            "client_key",
            certificate(issue("small", ROOT, rsa_bits=1024)),
            "2048 bits",
            id="small key",
        ),
    ],
)
def test_refuses(field, values, part):
    errors = find_errors(**values)

    assert list(errors) == [field]
    assert part in errors[field][0]


def test_no_sentence_repeats_a_secret():
    told = find_errors(signature="ed25519", secret="whsk_topsecret99")
    told |= find_errors(**certificate(client_key="topsecret99"))
    assert told
    assert "topsecret99" not in str(told)


def test_what_another_way_needs_is_not_checked():
    assert find_errors(client_certificate="nonsense", oauth2_token_url="x") == {}
