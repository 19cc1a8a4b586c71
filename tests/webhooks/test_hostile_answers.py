"""Whatever the other side sends, both clients stay within memory and the rules."""

from __future__ import annotations

import socket
import struct
import time

import psutil
import pytest

from tests.http_server import Answer, redirect
from tests.webhooks.raw_server import read_request, say
from tests.webhooks.sending import OK, collect, make_request

KEPT = 16 * 1024
MEGABYTE = b"x" * 1_000_000


def pour(head, piece, sent):
    """Send 300 pieces as fast as they are taken, and count them."""

    def behave(connection):
        read_request(connection)
        connection.sendall(head)
        for _ in range(300):
            connection.sendall(piece)
            sent.append(1)

    return behave


# Size


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        pytest.param(b"Content-Length: 300000000", MEGABYTE, id="with_length"),
        pytest.param(b"Connection: close", MEGABYTE, id="until_closed"),
        pytest.param(
            b"Transfer-Encoding: chunked",
            b"f4240\r\n" + MEGABYTE + b"\r\n",
            id="chunked",
        ),
        pytest.param(
            b"Transfer-Encoding: chunked",
            b"1\r\nx\r\n" * 100_000,
            id="small_chunks_without_end",
        ),
    ],
)
def test_300_megabytes_are_left_early(ask, make_raw, head, piece):
    sent = []
    server = make_raw(pour(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n", piece, sent))
    before = psutil.Process().memory_info().rss
    started = time.monotonic()
    seen = ask(server.url)
    assert time.monotonic() - started < 3
    assert (seen.code, seen.status, seen.is_truncated) == ("", 200, True)
    assert len(seen.body) == KEPT
    assert len(sent) < 50
    assert psutil.Process().memory_info().rss - before < 50_000_000


def test_body_of_a_redirect_is_no_way_in(ask, make_raw):
    sent = []
    head = b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 300000000\r\n\r\n"
    seen = ask(make_raw(pour(head, MEGABYTE, sent)).url)
    assert seen.status == 302
    assert len(seen.body) == KEPT
    assert len(sent) < 50


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(b"X-A: b\r\n" * 100_000, id="many"),
        pytest.param(b"X-A: " + b"b" * 1_000_000 + b"\r\n", id="long"),
        pytest.param(b"X-A: " + b"b" * 10_000_000, id="endless_line"),
        pytest.param(b" folded\r\n" * 100_000, id="folded"),
    ],
)
def test_headers_without_end_are_refused(ask, make_raw, headers):
    server = make_raw(say(b"HTTP/1.1 200 OK\r\n", headers, b"\r\n"))
    started = time.monotonic()
    seen = ask(server.url)
    assert time.monotonic() - started < 2
    assert seen.code == "too_many_headers"
    assert len(seen.headers) <= 100


@pytest.mark.parametrize("status", [b"100 Continue", b"103 Early Hints"])
def test_endless_interim_answers_are_refused(ask, make_raw, status):
    interim = b"HTTP/1.1 " + status + b"\r\nLink: </a>\r\n\r\n"
    assert ask(make_raw(say(interim * 20_000)).url).code == "too_many_headers"


def test_interim_answers_are_skipped(ask, make_raw):
    interim = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    seen = ask(make_raw(say(b"HTTP/1.1 100 Continue\r\n\r\n", interim, OK)).url)
    assert (seen.status, seen.body) == (200, b"ok")
    assert seen.headers == (("Content-Length", "2"),)


# Rules of HTTP


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n", id="ssh"),
        pytest.param(b"HTTP/9.9 yes\r\n\r\n", id="version"),
        pytest.param(b"\x00" * 200, id="zeros"),
        pytest.param(b"<html>hello</html>\n", id="http_0_9"),
        pytest.param(b"220 mail.example ESMTP\r\n", id="smtp"),
        pytest.param(b"HTTP/1.1 2x0 OK\r\n\r\n", id="status"),
    ],
)
def test_other_protocols_are_no_answer(ask, make_raw, answer):
    seen = ask(make_raw(say(answer)).url)
    assert seen.code == "invalid_answer"
    assert seen.status is None


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"", id="after_the_status"),
        pytest.param(b"Content-Length: 2\r\n", id="between_headers"),
        pytest.param(b"Content-Len", id="in_a_header"),
        pytest.param(b"Content-Length: 9\r\n\r\nok", id="in_the_body"),
        pytest.param(b"Transfer-Encoding: chunked\r\n\r\n5\r\nab", id="in_a_chunk"),
        pytest.param(
            b"Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n", id="before_the_last_chunk"
        ),
        pytest.param(
            b"Transfer-Encoding: chunked\r\n\r\nzz\r\nok\r\n0\r\n\r\n",
            id="chunk_without_size",
        ),
    ],
)
def test_hang_up_in_the_middle_is_no_success(ask, make_raw, answer):
    seen = ask(make_raw(say(b"HTTP/1.1 200 OK\r\n" + answer)).url)
    assert seen.code == "connection_lost"
    assert "middle of its answer" in seen.detail


@pytest.mark.parametrize(
    "lengths",
    [
        pytest.param(b"Content-Length: 2\r\nContent-Length: 3\r\n", id="two"),
        pytest.param(b"Content-Length: -2\r\n", id="negative"),
        pytest.param(b"Content-Length: 2x\r\n", id="no_number"),
    ],
)
def test_answer_of_no_clear_length_is_refused(ask, make_raw, lengths):
    seen = ask(make_raw(say(b"HTTP/1.1 200 OK\r\n" + lengths + b"\r\nokk")).url)
    assert seen.code == "invalid_answer"


def test_body_ends_with_its_last_chunk(ask, make_raw):
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunks = b"5\r\nhello\r\n0\r\nX-Late: 1\r\n\r\nHTTP/1.1 500 No\r\n\r\n"
    seen = ask(make_raw(say(head + chunks)).url)
    assert (seen.code, seen.status, seen.body) == ("", 200, b"hello")


def test_what_follows_the_length_is_not_read(ask, make_raw):
    seen = ask(make_raw(say(OK + b"HTTP/1.1 500 No\r\n\r\n")).url)
    assert (seen.code, seen.status, seen.body) == ("", 200, b"ok")


def test_smuggled_answer_is_nobody_elses(transport, make_raw):
    smuggled = b"HTTP/1.1 200 OK\r\nX-Smuggled: 1\r\nContent-Length: 2\r\n\r\nno"

    def behave(connection):
        read_request(connection)
        connection.sendall(OK + smuggled)
        time.sleep(0.2)

    server = make_raw(behave)
    for number in range(3):
        transport.start(make_request(server.url, key=number))
        outcome = collect(transport, 1)[number]
        assert outcome.header("X-Smuggled") is None
        assert (outcome.status_code, outcome.response_body) == (200, b"ok")


@pytest.mark.parametrize("instead", ["reset", "close"])
def test_hang_up_is_a_lost_connection(ask, sink, instead):
    sink.always(Answer(instead=instead))
    seen = ask(sink.url)
    assert seen.code == "connection_lost"
    assert "without an answer" in seen.detail


def test_reset_in_the_middle_is_a_lost_connection(ask, make_raw):
    def behave(connection):
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok")
        linger = struct.pack("ii", 1, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

    seen = ask(make_raw(behave).url)
    assert seen.code == "connection_lost"
    assert "middle of its answer" in seen.detail


def test_redirect_to_the_metadata_is_not_followed(ask, sink):
    sink.play(redirect("http://169.254.169.254/latest/"))
    seen = ask(sink.url)
    assert seen.status == 302
    assert ("Location", "http://169.254.169.254/latest/") in seen.headers
    assert len(sink.requests) == 1


def test_closed_port_refuses(ask):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    seen = ask(f"http://127.0.0.1:{port}/")
    assert seen.code == "connection_refused"
    assert f"127.0.0.1:{port}" in seen.detail
