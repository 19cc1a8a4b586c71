from __future__ import annotations

import gzip
import tracemalloc
import zlib

import pytest

from integrations_project.lib.http import FetchFailed, Terms, fetch
from integrations_project.lib.net_policy import NetPolicy, UrlRefused
from tests.http_server import Answer

LOOPBACK = NetPolicy.build(allow_http=True, networks=["127.0.0.0/8"])
ZEROS = 100_000_000


def get(url, **terms):
    return fetch("GET", url, policy=LOOPBACK, terms=Terms(**terms))


def packed(data, **headers):
    return Answer(body=data, headers=[("Content-Encoding", "gzip"), *headers.items()])


def test_answer_is_told_whole(sink):
    sink.play(Answer(404, b"nothing", headers=[("X-A", "1"), ("X-A", "2")]))
    answer = get(sink.url + "page?a=b")
    assert (answer.status_code, answer.body) == (404, b"nothing")
    assert answer.headers[:2] == (("X-A", "1"), ("X-A", "2"))
    assert answer.header("content-LENGTH") == "7"
    assert answer.header("X-None") is None
    assert not answer.is_truncated
    assert answer.remote_address == "127.0.0.1"
    assert 0 <= answer.duration_ms < 5000


def test_request_arrives_as_it_was_given(sink):
    headers = [("X-U", "grün"), ("user-agent", "Robot/1")]
    fetch("PUT", sink.url + "a", policy=LOOPBACK, headers=headers, body=b"\x00{}")
    (request,) = sink.requests
    assert (request.method, request.path, request.body) == ("PUT", "/a", b"\x00{}")
    assert request.headers["X-U"].encode("latin-1").decode() == "grün"
    assert request.headers.get_all("User-Agent") == ["Robot/1"]


def test_product_names_itself_and_closes(sink):
    get(sink.url)
    (request,) = sink.requests
    assert request.headers["User-Agent"].startswith("Signalpost/")
    assert request.headers["Connection"] == "close"
    assert "Cookie" not in request.headers


@pytest.mark.parametrize("status", [204, 304])
def test_answer_without_a_body_is_complete(sink, status):
    sink.play(Answer(status, b"", headers=[("Content-Encoding", "gzip")]))
    assert get(sink.url).status_code == status


def test_head_has_no_body(sink):
    sink.play(packed(b"12345"))
    answer = fetch("HEAD", sink.url, policy=LOOPBACK)
    assert (answer.body, answer.header("Content-Length")) == (b"", "5")


def test_cookies_are_not_kept(sink):
    sink.play(Answer(headers=[("Set-Cookie", "a=b")]))
    get(sink.url)
    get(sink.url)
    assert "Cookie" not in sink.requests[1].headers


@pytest.mark.parametrize("method", ["get", "TRACE", "CONNECT", "GET / HTTP/1.1\r\nA:"])
def test_other_methods_are_refused(sink, method):
    with pytest.raises(UrlRefused, match="method"):
        fetch(method, sink.url, policy=LOOPBACK)
    assert sink.requests == []


# Packed bodies


@pytest.mark.parametrize(
    "pack", [gzip.compress, zlib.compress], ids=["gzip", "deflate"]
)
def test_packed_body_is_unpacked(sink, pack):
    sink.play(packed(pack(b"hello " * 1000)))
    assert get(sink.url).body == b"hello " * 1000


def test_bomb_is_unfolded_only_so_far(sink):
    sink.play(packed(gzip.compress(bytes(ZEROS))))
    tracemalloc.start()
    answer = get(sink.url, max_bytes=50_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (answer.body, answer.is_truncated) == (bytes(50_000), True)
    assert peak < 5_000_000


def test_body_of_exactly_the_limit_is_whole(sink):
    for body in (Answer(body=b"x" * 100), packed(gzip.compress(b"x" * 100))):
        sink.play(body)
        answer = get(sink.url, max_bytes=100)
        assert (answer.body, answer.is_truncated) == (b"x" * 100, False)


def test_what_follows_a_packed_body_is_dropped(sink):
    sink.play(packed(gzip.compress(b"hello") + b"x" * 1_000_000))
    assert get(sink.url).body == b"hello"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(gzip.compress(b"hello")[:-9], id="half"),
        pytest.param(b"hello", id="not_packed"),
    ],
)
def test_broken_packing_is_no_answer(sink, data):
    sink.play(packed(data))
    with pytest.raises(FetchFailed) as caught:
        get(sink.url)
    assert caught.value.error_code == "invalid_answer"


def test_other_codings_are_handed_on(sink):
    sink.play(Answer(body=b"\x8b\x00", headers=[("Content-Encoding", "br")]))
    assert get(sink.url).body == b"\x8b\x00"
    assert sink.requests[0].headers["Accept-Encoding"] == "gzip"


# Failures


def test_failure_says_what_to_do(sink):
    sink.play(Answer(instead="never"))
    with pytest.raises(FetchFailed) as caught:
        get(sink.url, timeout_seconds=0.3)
    error = caught.value
    assert error.error_code == "timeout"
    assert error.message == "The endpoint did not begin to answer within 0.3 s."
    assert error.hint.endswith(".")
    assert not error.is_permanent
