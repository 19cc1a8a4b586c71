"""Django behind the front: what WSGI says of a request, and long answers."""

from __future__ import annotations

import pytest

from integrations_project.front import gateway
from integrations_project.lib.request_body import ReceivedBody


def build(**changes):
    scope = {
        "method": "POST",
        "raw_path": b"/caf%C3%A9/%ff",
        "query_string": b"q=%ff",
        "http_version": "1.1",
        "scheme": "http",
        "client": ("127.0.0.9", "4000"),
        "server": ("127.0.0.1", "8000"),
        "headers": [],
    } | changes
    return gateway.build_environ(scope, ReceivedBody(data=b"body"))


def test_path_and_query_are_bytes_in_disguise():
    environ = build()
    assert environ["PATH_INFO"].encode("latin-1") == b"/caf\xc3\xa9/\xff"
    assert environ["QUERY_STRING"] == "q=%ff"
    assert environ["REMOTE_ADDR"] == "127.0.0.9"


def test_body_is_whole_and_its_length_known():
    environ = build(headers=[(b"transfer-encoding", b"chunked")])
    assert environ["CONTENT_LENGTH"] == "4"
    assert environ["wsgi.input"].read() == b"body"
    assert "HTTP_TRANSFER_ENCODING" not in environ


@pytest.mark.parametrize(
    ("headers", "key", "expected"),
    [
        pytest.param([(b"x-a", b"1"), (b"x-a", b"2")], "HTTP_X_A", "1,2", id="list"),
        pytest.param(
            [(b"cookie", b"a=1"), (b"cookie", b"b=2")],
            "HTTP_COOKIE",
            "a=1; b=2",
            id="cookies",
        ),
        pytest.param([(b"x-a", b"caf\xe9")], "HTTP_X_A", "café", id="latin-1"),
        pytest.param([(b"content-type", b"a/b")], "CONTENT_TYPE", "a/b", id="type"),
        pytest.param([(b"x_forwarded_for", b"1")], "HTTP_X_FORWARDED_FOR", None,
                     id="underscore"),
    ],
)  # fmt: skip
def test_headers(headers, key, expected):
    assert build(headers=headers).get(key) == expected


class Answer(list[bytes]):
    """A WSGI answer that tells when it was closed."""

    is_closed = False

    def close(self):
        self.is_closed = True


def call(answer):
    def application(environ, start_response):
        start_response("201 Created", [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
        return answer

    return gateway.call_wsgi(application, {})


def test_small_answer_is_whole_and_closed():
    answer = Answer([b"one", b"two"])
    reply = call(answer)
    assert (reply.status, reply.body, reply.rest) == (201, b"onetwo", None)
    assert reply.headers == [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2")]
    assert answer.is_closed


def test_long_answer_comes_in_pieces():
    answer = Answer([b"x" * 500_000] * 30)
    reply = call(answer)
    size = len(reply.body)
    while piece := gateway.read_more(reply.rest):
        assert len(piece) < 2_000_000
        size += len(piece)
    assert size == 15_000_000
    assert not answer.is_closed
    reply.close()
    assert answer.is_closed
