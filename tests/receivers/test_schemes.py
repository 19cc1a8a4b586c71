"""Every scheme by published vectors, or ones made by the sender's documented way."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receivers.models import Receiver
from receivers.verification import SCHEMES, SignedRequest, verify_request

NEVER = datetime(2026, 11, 20, 12, tzinfo=UTC)
SLACK_BODY = (
    "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow"
    "&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner"
    "&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com"
    "%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
    "&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)
#: scheme, secret, body, header name, headers, seconds since 1970
VECTORS = {
    "github": (
        "sha256_hex",
        "It's a Secret to Everybody",
        "Hello, World!",
        "X-Hub-Signature-256",
        {
            "X-Hub-Signature-256": "sha256="
            "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
        },
        None,
    ),
    "slack": (
        "slack",
        "8f742231b10e8888abcd99yyyzzz85a5",
        SLACK_BODY,
        "X-Slack-Signature",
        {
            "X-Slack-Request-Timestamp": "1531420618",
            "X-Slack-Signature": "v0="
            "a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
        },
        1531420618,
    ),
    "standard-webhooks": (
        "standard_webhooks",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        '{"test": 2432232314}',
        "webhook-signature",
        {
            "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "webhook-timestamp": "1614265330",
            "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        },
        1614265330,
    ),
    "stripe": (
        "stripe",
        "whsec_test",
        '{"id":"evt_1","object":"event"}',
        "Stripe-Signature",
        {
            "Stripe-Signature": "t=1700000000,v1="
            "4c15fb2a43f93ef61eaa3e0893866d57cad9cad4223242cfb96f362480cb4021"
        },
        1700000000,
    ),
    "pagerduty": (
        "pagerduty",
        "new-secret",
        '{"event":{"id":"1"}}',
        "X-PagerDuty-Signature",
        {
            "X-PagerDuty-Signature": "v1="
            "e4a742b39bd59450eccb155ec93f041743c17d3f2bc3e5300e66d80a4d22eeab,v1="
            "dd2693e0a2ebdb464fafc4eb34a95a631fdbbb5b5d9426d9bbfab34f6cbaeb3b"
        },
        None,
    ),
    "grafana": (
        "hex",
        "test-hmac-secret",
        '{"status":"firing"}',
        "X-Grafana-Alerting-Signature",
        {
            "X-Grafana-Alerting-Signature": (
                "c15dccf5f5f9fe856bad1db009b905491433d426d7280ed9db83dd50b5d280be"
            )
        },
        None,
    ),
    "base64": (
        "base64",
        "s3cret",
        '{"status":"degraded"}',
        "X-Signature",
        {
            "X-Signature": base64.b64encode(
                hmac.digest(b"s3cret", b'{"status":"degraded"}', hashlib.sha256)
            ).decode()
        },
        None,
    ),
    "shared-secret": (
        "shared_secret",
        "open sesame",
        "{}",
        "X-Gitlab-Token",
        {"X-Gitlab-Token": "open sesame"},
        None,
    ),
    "shared-secret-utf-8": (
        "shared_secret",
        "öffne dich",
        "{}",
        "X-Gitlab-Token",
        {"X-Gitlab-Token": "öffne dich".encode().decode("latin-1")},  # as servers do
        None,
    ),
}


def verify(name, **changes):
    scheme, secret, body, header, headers, seconds = VECTORS[name]
    moment = datetime.fromtimestamp(seconds, UTC) if seconds else NEVER
    request = SignedRequest(
        body=changes.get("body", body.encode()),
        headers=changes.get("headers", headers),
        header_name=header,
        secrets=changes.get("secrets", (secret,)),
        received_at=moment + changes.get("later", timedelta(0)),
    )
    return verify_request(request, scheme=scheme)


def test_model_and_schemes_agree():
    assert set(Receiver.SignatureScheme.values) == set(SCHEMES)
    assert {vector[0] for vector in VECTORS.values()} == set(SCHEMES)


@pytest.mark.parametrize("name", VECTORS)
def test_vector_is_authentic(name):
    assert verify(name).is_authentic


@pytest.mark.parametrize("name", VECTORS)
def test_header_names_are_taken_in_any_case(name):
    headers = {key.upper(): value for key, value in VECTORS[name][4].items()}
    assert verify(name, headers=headers).is_authentic


@pytest.mark.parametrize("name", VECTORS)
def test_either_of_two_secrets_signs(name):
    secret = VECTORS[name][1]
    assert verify(name, secrets=("another", secret)).is_authentic
    assert verify(name, secrets=(secret, "another")).is_authentic
    assert verify(name, secrets=("another",)).code == "signature_wrong"


SIGNED = [name for name, vector in VECTORS.items() if vector[0] != "shared_secret"]


@pytest.mark.parametrize("name", SIGNED)
def test_one_byte_more_is_another_body(name):
    body = VECTORS[name][2].encode() + b" "
    assert verify(name, body=body).code == "signature_wrong"


@pytest.mark.parametrize("name", VECTORS)
def test_without_headers_it_is_missing(name):
    result = verify(name, headers={})
    assert result.code == "signature_missing"
    assert result.message.endswith("is missing.")


@pytest.mark.parametrize("minutes", [-6, 6, 60 * 24 * 365])
@pytest.mark.parametrize("name", [n for n in VECTORS if VECTORS[n][5]])
def test_a_time_far_away_is_expired(name, minutes):
    result = verify(name, later=timedelta(minutes=minutes))
    assert result.code == "signature_expired"


@pytest.mark.parametrize("minutes", [-4, 4])
@pytest.mark.parametrize("name", [n for n in VECTORS if VECTORS[n][5]])
def test_a_time_near_is_taken(name, minutes):
    assert verify(name, later=timedelta(minutes=minutes)).is_authentic


@pytest.mark.parametrize("name", VECTORS)
@given(value=st.text(max_size=200))
def test_no_header_trips_it(name, value):
    headers = dict.fromkeys(VECTORS[name][4], value)
    result = verify(name, headers=headers)
    assert not result.is_authentic or value.strip() == VECTORS[name][1]
    assert VECTORS[name][1] not in result.message
