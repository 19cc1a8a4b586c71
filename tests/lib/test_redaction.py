from __future__ import annotations

import pytest

from integrations_project.lib.redaction import REDACTED, redact_headers


def test_only_secret_headers_are_masked():
    headers = [("Content-Type", "application/json"), ("X-Api-Key", "k-123")]
    assert redact_headers(headers) == {
        "Content-Type": "application/json",
        "X-Api-Key": REDACTED,
    }


@pytest.mark.parametrize(
    "name",
    [
        "Authorization",
        "PROXY-AUTHORIZATION",
        "Cookie",
        "Set-Cookie",
        "X-Api-Key",
        "X_API_KEY",
        "ApiKey",
        "X-Auth",
        "X-Auth-Token",
        "X-Gitlab-Token",
        "Token",
        "X-Webhook-Secret",
        "X-Access-Key",
        "X-Session-Id",
        "X-Amz-Security-Token",
        "Private-Token",
        "X-Password",
    ],
)
def test_credential_is_masked(name):
    assert redact_headers({name: "s3cret"}) == {name: REDACTED}


@pytest.mark.parametrize(
    "name",
    [
        "webhook-signature",
        "X-Hub-Signature-256",
        "webhook-id",
        "Idempotency-Key",
        "WWW-Authenticate",
        "X-Monkey",
        "X-Author",
        "Keep-Alive",
        "X-Token-Type",
    ],
)
def test_other_header_stays(name):
    assert redact_headers({name: "value"}) == {name: "value"}


def test_scheme_of_an_authorization_stays():
    redacted = redact_headers({"Authorization": "Bearer abc.def"})
    assert redacted == {"Authorization": f"Bearer {REDACTED}"}


def test_named_header_is_masked():
    redacted = redact_headers({"X-Team": "blue"}, secret_names=["x-team"])
    assert redacted == {"X-Team": REDACTED}


def test_repeated_header_is_joined():
    assert redact_headers([("Via", "a"), ("Via", "b")]) == {"Via": "a, b"}
