"""Kept connections that end under a request: how often it is sent then."""

from __future__ import annotations

import socket
import threading
import time

import pytest

from tests.webhooks.raw_server import read_request
from tests.webhooks.sending import OK, collect, make_request

POOLED = 10


class Keeper:
    """Keeps connections until told to read one request on each and say nothing."""

    def __init__(self):
        self.answers_left = POOLED
        self.silent_reads = 0
        self.hold_seconds = 0.0
        self._lock = threading.Lock()
        self._all_asked = threading.Barrier(POOLED)  # so that each has a connection

    def __call__(self, connection):
        while read_request(connection):
            with self._lock:
                if self.answers_left <= 0:
                    self.silent_reads += 1
                    break
                self.answers_left -= 1
            self._all_asked.wait(5)
            connection.sendall(OK)
        time.sleep(self.hold_seconds)


def fill_pool(transport, url):
    for number in range(POOLED):
        transport.start(make_request(url, key=number))
    outcomes = collect(transport, POOLED)
    assert all(outcome.ok for outcome in outcomes.values())
    transport.poll(0.05)


def send_one(transport, url, **changed):
    transport.start(make_request(url, key="one", **changed))
    return collect(transport, 1)["one"]


def test_attempt_is_sent_twice_at_most(transport, make_raw):
    keeper = Keeper()
    server = make_raw(keeper)
    fill_pool(transport, server.url)
    assert len(server.connections) == POOLED

    outcome = send_one(transport, server.url)

    assert keeper.silent_reads == 2
    assert outcome.error.code == "connection_lost"
    assert "without an answer" in outcome.error.detail
    assert not outcome.error.permanent


def test_each_attempt_counts_anew(transport, make_raw):
    keeper = Keeper()
    server = make_raw(keeper)
    fill_pool(transport, server.url)
    for attempt in range(1, 4):
        assert send_one(transport, server.url).error.code == "connection_lost"
        assert keeper.silent_reads == 2 * attempt


def test_second_sending_takes_a_new_connection(transport, make_raw):
    keeper = Keeper()
    server = make_raw(lambda connection: behave(connection))

    def behave(connection):
        if len(server.connections) <= POOLED:
            keeper(connection)
        else:
            read_request(connection)
            connection.sendall(OK)

    fill_pool(transport, server.url)
    outcome = send_one(transport, server.url)

    assert outcome.ok
    assert keeper.silent_reads == 1
    assert len(server.connections) == POOLED + 1


@pytest.mark.parametrize("seconds_before", [0.0, 0.1], ids=["just now", "before"])
def test_closed_connections_cost_no_attempt(transport, make_raw, seconds_before):
    def behave(connection):
        if read_request(connection):
            keeper.wait(5)
            connection.sendall(OK)
            closing.wait(5)

    keeper, closing = threading.Barrier(POOLED), threading.Event()
    server = make_raw(behave)
    fill_pool(transport, server.url)
    keeper.abort()
    keeper = threading.Barrier(1)
    for connection in server.connections:
        connection.shutdown(socket.SHUT_RDWR)
    closing.set()
    time.sleep(seconds_before)

    outcome = send_one(transport, server.url)

    assert outcome.ok
    assert len(server.connections) == POOLED + 1


def test_second_sending_has_the_rest_of_the_time(transport, make_raw):
    keeper = Keeper()
    keeper.hold_seconds = 0.5
    server = make_raw(keeper)
    fill_pool(transport, server.url)
    started = time.monotonic()

    outcome = send_one(
        transport, server.url, timeout_seconds=0.8, connect_timeout_seconds=0.3
    )

    assert time.monotonic() - started < 1.2
    assert outcome.error.code == "timeout"
    assert 700 < outcome.duration_ms < 1200
    assert keeper.silent_reads == 2
    # The next one has all of its time again.
    assert send_one(transport, server.url).error.code == "connection_lost"
