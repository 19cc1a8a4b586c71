"""Asking for a token and reading the answer: pure."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhooks.engine.credentials import OAuth2Client
from webhooks.engine.messages import Failure, HttpOutcome
from webhooks.engine.token_request import Token, build_token_request, read_token

CLIENT = OAuth2Client(
    token_url="https://auth.example.com/token?x=1",
    client_id="a:b c",
    client_secret="s&cret/é",
    scope="one two",
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)


def build(*, in_body=False):
    return build_token_request(
        CLIENT, key=1, in_body=in_body, user_agent="Test/1", timeout_seconds=5
    )


def read(document, status=200):
    error = None
    if status >= 300:
        error = Failure(code="http_error", detail="It said no.", hint="Look.")
    outcome = HttpOutcome(
        key=1,
        started_at=0,
        duration_ms=1,
        status_code=status,
        response_body=json.dumps(document).encode(),
        error=error,
    )
    return read_token(CLIENT, outcome)


def test_proves_itself_in_the_header_form_encoded():
    request = build()

    encoded = dict(request.headers)["Authorization"].removeprefix("Basic ")
    assert base64.b64decode(encoded) == b"a%3Ab+c:s%26cret%2F%C3%A9"
    assert request.body == b"grant_type=client_credentials&scope=one+two"


def test_or_in_the_body_and_never_in_both():
    request = build(in_body=True)

    assert "Authorization" not in dict(request.headers)
    assert request.body.endswith(b"&client_id=a%3Ab+c&client_secret=s%26cret%2F%C3%A9")


@pytest.mark.parametrize(
    ("expires_in", "seconds"),
    [
        pytest.param(3600, 3540, id="an hour"),
        pytest.param("3600", 3540, id="text"),
        pytest.param(100, 90, id="short"),
        pytest.param(1, 0.9, id="shortest"),
        pytest.param(None, 270, id="missing"),
        pytest.param(0, 270, id="zero"),
        pytest.param(-5, 270, id="negative"),
        pytest.param("soon", 270, id="word"),
        pytest.param([], 270, id="list"),
        pytest.param(float("nan"), 270, id="NaN"),
        pytest.param(float("inf"), 86340, id="infinite"),
        pytest.param(10**400, 270, id="beyond floats"),
    ],
)
def test_token_is_used_until_shortly_before_its_end(expires_in, seconds):
    token = read({"access_token": "abc", "expires_in": expires_in})

    assert isinstance(token, Token)
    assert token.lifetime_seconds == pytest.approx(seconds)


@given(JSON, JSON, JSON, st.sampled_from([200, 204, 400, 401, 500, 302]))
def test_any_answer_leads_to_a_token_or_a_sentence(text, kind, lifetime, status):
    document = {
        "access_token": text,
        "token_type": kind,
        "expires_in": lifetime,
        "error": text,
        "error_description": kind,
    }

    answer = read(document, status)

    if isinstance(answer, Failure):
        assert answer.code == "oauth2_token_failed"
        assert answer.detail.startswith("No token from auth.example.com: ")
        assert answer.detail.isprintable()
        assert answer.hint
    else:
        assert answer.lifetime_seconds > 0


def test_secrets_stay_out_of_texts():
    assert "s&cret" not in repr(CLIENT)
    assert "abc" not in repr(read({"access_token": "abc"}))
    failure = read({"error": "invalid_client", "error_description": "s&cret/é?"}, 401)
    assert failure.detail.endswith("answered 401 invalid_client: [redacted]?.")
