"""The short way answers as the long way through Django does."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from integrations_project.front import posts
from integrations_project.lib.request_body import ReceivedBody
from tests.factories import make_receiver


def build_scope(path, *headers, method="POST", host=b"127.0.0.1"):
    return {
        "method": method,
        "raw_path": path.encode(),
        "headers": [(b"host", host), *headers],
        "client": ("127.0.0.1", "4000"),
    }


def take_short_way(path, body):
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    scope = build_scope(path, *headers)
    token = posts.find_token(scope)
    reply = posts.answer_post(scope, token, ReceivedBody(data=body))
    return reply.status, dict(reply.headers), reply.body


def take_long_way(path, body):
    client = Client(headers={"host": "127.0.0.1"})
    response = client.post(path, data=body, content_type="application/json")
    headers = {
        name.lower().encode(): value.encode() for name, value in response.items()
    }
    headers.pop(b"vary")  # on the short way nothing reads a cookie
    return response.status_code, headers, response.content


def without_ids(body):
    return json.loads(body) | {"receipt": ""}


@pytest.mark.django_db
@pytest.mark.parametrize("body", [b'{"status": "sideways"}', b"{}", b"[", b""])
def test_both_ways_answer_alike(body):
    path = f"/api/webhooks/incoming/{make_receiver().token}"
    short, long = take_short_way(path, body), take_long_way(f"{path}/", body)
    assert short[:2] == long[:2]
    assert without_ids(short[2]) == without_ids(long[2])
    assert len(short[2]) == len(long[2])


@pytest.mark.django_db
def test_unknown_token_is_answered_alike():
    path = "/api/webhooks/incoming/" + "x" * 64
    assert take_short_way(path, b"{}") == take_long_way(path, b"{}")


@pytest.mark.parametrize(
    "scope",
    [
        pytest.param(build_scope("/api/webhooks/incoming/x", method="GET"), id="GET"),
        pytest.param(build_scope("/api/webhooks/incoming/"), id="no token"),
        pytest.param(build_scope("/api/webhooks/incoming/a/b"), id="longer path"),
        pytest.param(build_scope("/api/webhooks/incoming/%00"), id="no characters"),
        pytest.param(
            build_scope("/api/webhooks/incoming/x", host=b"evil.example"), id="host"
        ),
        pytest.param(
            build_scope("/api/webhooks/incoming/x", (b"host", b"127.0.0.1")),
            id="two hosts",
        ),
    ],
)
def test_unusual_requests_go_through_django(scope):
    assert posts.find_token(scope) is None


def test_busy_server_answers_in_the_contract_s_shape():
    reply = posts.answer_busy()
    assert reply.status == 503
    assert dict(reply.headers)[b"retry-after"] == b"5"
    assert json.loads(reply.body)["code"] == "try_again"


def test_headers_are_named_as_django_names_them():
    raw = [(b"x-b3-traceid", b"1"), (b"cookie", b"a"), (b"cookie", b"b"), (b"x_a", b"")]
    assert posts.read_headers(raw) == {"X-B3-Traceid": "1", "Cookie": "a; b"}
