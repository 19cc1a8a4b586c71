"""Senders that drip, stall or never end hold nothing that others need."""

from __future__ import annotations

import gzip
import json
import socket
import statistics
import threading
import time
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timed]

DRIPPING = 50
POSTS = 300
ALLOWED_SECONDS = 0.2
BODY_SECONDS = 10
MEBIBYTE = 1024 * 1024


def path_of(installation):
    return urlsplit(installation.receiver["url"]).path


def open_request(installation, path, *headers, method="POST"):
    """Send the head of a request and return the connection."""
    wire = socket.create_connection(("127.0.0.1", installation.product.port), 20)
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *headers]
    wire.sendall("\r\n".join([*lines, "", ""]).encode())
    return wire


def read_answer(wire):
    """Read until the other side hangs up; return the status, headers and JSON."""
    data = b""
    while piece := wire.recv(65536):
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    return int(head.split(b" ", 2)[1]), head.lower(), json.loads(body)


class Drip(threading.Thread):
    """Sends a byte a second on every one of its connections until they are closed."""

    def __init__(self, wires):
        super().__init__(daemon=True)
        self.wires = list(wires)
        self.ended = threading.Event()

    def run(self):
        while not self.ended.wait(1):
            for wire in list(self.wires):
                try:
                    wire.sendall(b" ")
                except OSError:
                    self.wires.remove(wire)


def post_many(installation):
    """Post over one kept connection; return the statuses and the seconds of each."""
    body = b'{"status": "operational"}'
    statuses, seconds = [], []
    wire = socket.create_connection(("127.0.0.1", installation.product.port), 20)
    head = (
        f"POST {path_of(installation)} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    ).encode()
    with wire:
        for _ in range(POSTS):
            start = time.perf_counter()
            wire.sendall(head + body)
            statuses.append(int(wire.recv(65536).split(b" ", 2)[1]))
            seconds.append(time.perf_counter() - start)
    return statuses, seconds


def list_receipts(installation):
    return installation.call("GET", "receipts", receiver=installation.receiver["id"])[
        "results"
    ]


@pytest.mark.parametrize("target", ["receiver", "sign-in"])
def test_dripping_senders_delay_nobody(installation, target):
    installation.set_up()
    path = path_of(installation) if target == "receiver" else "/accounts/login/"
    with ExitStack() as stack:
        wires = [
            stack.enter_context(open_request(installation, path, "Content-Length: 900"))
            for _ in range(DRIPPING)
        ]
        drip = Drip(wires)
        drip.start()
        stack.callback(drip.ended.set)
        statuses, seconds = post_many(installation)
        assert len(drip.wires) == DRIPPING
        if target == "receiver":
            answers = [read_answer(wire) for wire in wires]
            assert {status for status, _, _ in answers} == {408}
            # Counts are written once a second, by whoever comes next.
            time.sleep(1.1)
            installation.post("operational")
    assert set(statuses) == {200}
    p99 = statistics.quantiles(seconds, n=100)[98]
    assert p99 < ALLOWED_SECONDS, f"p99 {p99:.3f} s"
    receipts = list_receipts(installation)
    slow = [each for each in receipts if each["reason"] == "body_too_slow"]
    assert sum(each["count"] for each in slow) == (
        DRIPPING if target == "receiver" else 0
    )
    assert {each["reason"] for each in receipts} <= {"no_change", "body_too_slow"}


def test_slow_body_is_told_and_hung_up_on(installation):
    installation.set_up()
    start = time.monotonic()
    with open_request(
        installation, path_of(installation), "Content-Length: 100"
    ) as wire:
        wire.sendall(b'{"status": "down"')
        status, head, answer = read_answer(wire)
    assert BODY_SECONDS <= time.monotonic() - start < BODY_SECONDS + 2
    assert status == 408
    assert b"connection: close" in head
    assert answer == {
        "result": "failed",
        "code": "body_too_slow",
        "detail": "The body did not come within 10 s; send it again.",
    }
    assert installation.call("GET", f"services/{installation.service['id']}")[
        "status"
    ] == ("operational")


def test_body_without_end_is_told_and_hung_up_on(installation):
    installation.set_up()
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    sent = 0
    with open_request(
        installation, path_of(installation), "Transfer-Encoding: chunked"
    ) as wire:
        wire.settimeout(5)
        try:
            while sent < 64 * MEBIBYTE:
                wire.sendall(chunk)
                sent += 0x10000
        except OSError:
            pass
        assert 8 * MEBIBYTE <= sent < 32 * MEBIBYTE
    [receipt] = list_receipts(installation)
    assert receipt["reason"] == "body_too_large"


def test_sender_that_asks_first_need_not_send(installation):
    installation.set_up()
    lines = ("Content-Length: 5000000", "Expect: 100-continue")
    with open_request(installation, path_of(installation), *lines) as wire:
        status, _, answer = read_answer(wire)
    assert (status, answer["code"]) == (413, "body_too_large")


def test_headers_must_come_in_time(installation):
    installation.set_up()
    wire = socket.create_connection(("127.0.0.1", installation.product.port), 30)
    with wire:
        wire.sendall(b"POST /accounts/login/ HT")
        start = time.monotonic()
        assert wire.recv(1) == b""
    assert time.monotonic() - start < 25


def test_compressed_posts_and_bombs(installation):
    installation.set_up()

    def post(body, encoding):
        lines = (f"Content-Length: {len(body)}", f"Content-Encoding: {encoding}")
        close = "Connection: close"
        with open_request(installation, path_of(installation), *lines, close) as wire:
            wire.sendall(body)
            status, _, answer = read_answer(wire)
        return status, answer.get("code", answer["result"])

    bomb = gzip.compress(b" " * (200 * MEBIBYTE))
    assert len(bomb) < MEBIBYTE
    assert post(gzip.compress(b'{"status": "down"}'), "gzip") == (200, "processed")
    assert post(bomb, "gzip") == (413, "body_too_large")
    assert post(b"{}", "br") == (400, "unsupported_encoding")
    receipts = list_receipts(installation)
    assert receipts[-1]["payload"] == {"status": "down"}


def test_product_ends_while_senders_drip(installation):
    installation.set_up()
    with ExitStack() as stack:
        for _ in range(DRIPPING):
            stack.enter_context(
                open_request(installation, path_of(installation), "Content-Length: 900")
            )
        start = time.monotonic()
        assert installation.product.terminate() == 0
        assert time.monotonic() - start < 10
    installation.product.wait_until_gone(1)
