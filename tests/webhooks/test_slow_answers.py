"""However slow the other side is, both clients end when they said they would."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from tests.webhooks.raw_server import read_request
from tests.webhooks.sending import OK


@pytest.fixture
def hanging_up(make_raw):
    """Set when the test is over, so that servers need not wait any longer."""
    over = threading.Event()
    yield over
    over.set()


def drip(data, seconds=0.05):
    """Say the bytes one by one, without end."""

    def behave(connection):
        read_request(connection)
        for byte in data:
            connection.sendall(bytes([byte]))
            time.sleep(seconds)

    return behave


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        pytest.param(b"", "begin to answer", id="silence"),
        pytest.param(
            b"HTTP/1.1 200 Slow as can be\r\n" * 9, "answer within", id="head"
        ),
        pytest.param(OK[:-2] + b"x" * 200, "answer within", id="length_is_late"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nX-A: " + b"x" * 900, "answer within", id="header"
        ),
    ],
)
def test_deadline_is_absolute_in_the_head(ask, make_raw, answer, says):
    def behave(connection):
        drip(answer)(connection)
        connection.recv(1)

    started = time.monotonic()
    seen = ask(make_raw(behave).url, timeout_seconds=0.8)
    assert time.monotonic() - started < 2.5
    assert seen.code == "timeout"
    assert says in seen.detail
    assert "0.8 s" in seen.detail


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(b"Content-Length: 900", id="with_length"),
        pytest.param(b"Connection: close", id="until_closed"),
        pytest.param(b"Transfer-Encoding: chunked", id="chunked"),
    ],
)
def test_deadline_is_absolute_in_the_body(ask, make_raw, head):
    def behave(connection):
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n")
        while True:
            connection.sendall(b"1\r\nx\r\n" if b"chunked" in head else b"x")
            time.sleep(0.05)

    started = time.monotonic()
    seen = ask(make_raw(behave).url, timeout_seconds=0.8)
    assert time.monotonic() - started < 2.5
    assert seen.code == "timeout"
    assert "finish its answer" in seen.detail


def test_request_that_nobody_reads_ends_in_time(ask, make_raw, hanging_up):
    server = make_raw(lambda connection: hanging_up.wait(5))
    started = time.monotonic()
    seen = ask(server.url, timeout_seconds=0.8)
    assert time.monotonic() - started < 2.5
    assert seen.code == "timeout"


@pytest.mark.parametrize(
    "hello",
    [
        pytest.param(b"", id="silence"),
        pytest.param(b"\x16\x03\x03\x40\x00" + b"\x02" * 500, id="drip"),
    ],
)
def test_slow_handshake_ends_in_time(ask, make_raw, hanging_up, hello):
    def behave(connection):
        for byte in hello:
            connection.sendall(bytes([byte]))
            time.sleep(0.05)
        hanging_up.wait(5)

    url = make_raw(behave).url.replace("http:", "https:")
    started = time.monotonic()
    seen = ask(url, connect_timeout_seconds=0.5)
    assert time.monotonic() - started < 2.5
    assert seen.code == "connect_timeout"
    assert "TLS handshake within 0.5 s" in seen.detail


def test_silent_port_times_out_while_connecting(ask):
    # A full backlog drops further SYNs, as a firewall would.
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        fillers = [socket.socket() for _ in range(3)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        seen = ask(url, connect_timeout_seconds=0.3)
        for filler in fillers:
            filler.close()
    assert seen.code == "connect_timeout"
    assert "accept the connection within 0.3 s" in seen.detail


def test_slow_look_up_ends_in_time(ask):
    answered = threading.Event()

    def look_up(_host):
        answered.wait(2)
        return ()

    started = time.monotonic()
    seen = ask("http://a.example/", look_up=look_up, connect_timeout_seconds=0.3)
    assert time.monotonic() - started < 0.9
    answered.set()
    assert seen.code == "dns_failed"
    assert "not looked up within 0.3 s" in seen.detail
