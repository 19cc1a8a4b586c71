from __future__ import annotations

import os
import socket
import threading
import time

import pytest

from tests.http_server import Answer
from tests.webhooks.raw_server import read_request, say
from tests.webhooks.sending import LOOPBACK, OK, collect, make_request, post
from webhooks.engine.transport import Transport

# Works


def test_request_arrives_byte_for_byte(sink):
    headers = [("Content-Type", "application/json"), ("X-Empty", ""), ("X-U", "grün")]
    outcome = post(sink.url + "a?b=c", headers=headers, body=b'{"a":\n1}\x00')
    (request,) = sink.requests
    assert (request.method, request.path) == ("POST", "/a?b=c")
    assert request.body == b'{"a":\n1}\x00'
    assert request.headers["X-Empty"] == ""
    assert request.headers["X-U"].encode("latin-1").decode() == "grün"
    assert "User-Agent" not in request.headers
    assert outcome.ok


def test_answer_is_told_whole(sink):
    sink.play(Answer(201, b"made", headers=[("X-Name", "v: w"), ("X-Name", "2")]))
    before = time.time()
    outcome = post(sink.url)
    assert (outcome.key, outcome.status_code, outcome.error) == ("a", 201, None)
    assert outcome.response_body == b"made"
    assert not outcome.response_truncated
    assert outcome.response_headers[:2] == (("X-Name", "v: w"), ("X-Name", "2"))
    assert outcome.header("content-length") == "4"
    assert before <= outcome.started_at <= time.time()
    assert outcome.remote_address == "127.0.0.1"


def test_timings_grow_from_step_to_step(sink):
    sink.play(Answer(delay_seconds=0.05))
    outcome = post(sink.url)
    steps = outcome.timings
    assert steps.tls_ms == 0
    assert 0 < steps.connect_ms < 50 <= steps.first_byte_ms <= steps.total_ms
    assert outcome.duration_ms == round(steps.total_ms)
    assert list(steps.as_dict()) == [
        "dns_ms",
        "connect_ms",
        "tls_ms",
        "first_byte_ms",
        "total_ms",
    ]


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_any_2xx_is_success(sink, status):
    sink.play(Answer(status, b"" if status == 204 else b"x"))
    assert post(sink.url).ok


def test_empty_and_large_bodies_are_sent(sink):
    for size in (0, 3_000_000):
        assert post(sink.url, body=b"x" * size).ok
        assert len(sink.requests[-1].body) == size
        assert sink.requests[-1].headers["Content-Length"] == str(size)
        assert "Expect" not in sink.requests[-1].headers


def test_missing_content_type_stays_missing(sink):
    post(sink.url, headers=[])
    assert "Content-Type" not in sink.requests[0].headers


# Many at once


def test_slow_answers_wait_for_each_other_no_more(transport, sink):
    sink.always(Answer(delay_seconds=0.2))
    started = time.monotonic()
    for number in range(10):
        transport.start(make_request(sink.url, key=number))
    assert transport.in_flight == 10
    outcomes = collect(transport, 10)
    assert time.monotonic() - started < 1.5
    assert sorted(outcomes) == list(range(10))
    assert all(outcome.ok for outcome in outcomes.values())
    assert transport.in_flight == 0


def test_thousand_requests_are_in_flight(transport):
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    accepted = []

    def serve():
        while len(accepted) < 1000:
            accepted.append(listener.accept()[0])
        for connection in accepted:
            read_request(connection)
            connection.sendall(OK)

    server = threading.Thread(target=serve, daemon=True)
    server.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    for number in range(1000):
        transport.start(make_request(url, key=number, timeout_seconds=30.0))
    outcomes = collect(transport, 1000, seconds=30)
    server.join(10)
    for each in (listener, *accepted):
        each.close()
    assert len(outcomes) == 1000
    assert all(outcome.ok for outcome in outcomes.values())


def test_slow_one_delays_no_other(transport, sink):
    sink.always(Answer(instead="never"), path="/slow")
    transport.start(make_request(sink.url + "slow", key="slow"))
    transport.start(make_request(sink.url + "fast", key="fast"))
    assert list(collect(transport, 1)) == ["fast"]
    assert transport.in_flight == 1


def test_more_than_the_connections_wait_their_turn(sink):
    sink.always(Answer(delay_seconds=0.05))
    transport = Transport(LOOPBACK, max_connections=2)
    for number in range(6):
        transport.start(make_request(sink.url, key=number))
    outcomes = collect(transport, 6)
    assert len(outcomes) == 6
    assert all(outcome.ok for outcome in outcomes.values())
    assert len(sink.connections) <= 2
    transport.close()


def test_waiting_for_a_connection_in_vain_is_ours(sink):
    sink.always(Answer(instead="never"))
    transport = Transport(LOOPBACK, max_connections=1)
    for number in range(2):
        request = make_request(sink.url, number, timeout_seconds=1 - number / 2)
        transport.start(request)
    outcomes = collect(transport, 2)
    assert outcomes[1].error.code == "internal"
    assert "connections were in use" in outcomes[1].error.detail
    assert not outcomes[1].error.permanent
    transport.close()


def test_connection_is_used_again(transport, sink):
    for number in range(5):
        transport.start(make_request(sink.url, key=number))
        assert collect(transport, 1)[number].ok
    assert len(sink.connections) == 1


def test_closed_connection_is_replaced(transport, make_raw):
    server = make_raw(say(OK))
    for number in range(3):
        transport.start(make_request(server.url, key=number))
        assert collect(transport, 1)[number].ok
        transport.poll(0.05)
    assert len(server.connections) == 3


def test_answers_do_not_mix_between_uses(transport, sink):
    sink.play(Answer(500, b"x" * 100_000, headers=[("X-Old", "1")]), Answer(200, b"y"))
    for number in range(2):
        transport.start(make_request(sink.url, key=number, timeout_seconds=4 + number))
        outcome = collect(transport, 1)[number]
    assert (outcome.response_body, outcome.error) == (b"y", None)
    assert outcome.header("X-Old") is None
    assert not outcome.response_truncated


# Waiting


def test_poll_returns_when_a_watched_descriptor_is_ready(transport):
    reader, writer = os.pipe()
    transport.watch(reader)
    assert transport.poll(0.01) == []
    assert transport.ready_fds == frozenset()
    os.write(writer, b"x")
    started = time.monotonic()
    assert transport.poll(5) == []
    assert time.monotonic() - started < 1
    assert transport.ready_fds == {reader}
    transport.unwatch(reader)
    assert transport.poll(0.01) == []
    assert transport.ready_fds == frozenset()
    os.close(reader)
    os.close(writer)


def test_poll_of_nothing_takes_its_time(transport):
    started = time.monotonic()
    assert transport.poll(0.1) == []
    assert 0.09 < time.monotonic() - started < 0.5


def test_cancel_returns_the_keys_and_frees_the_slots(transport, sink):
    sink.always(Answer(instead="never"))
    for number in range(3):
        transport.start(make_request(sink.url, key=number))
    transport.poll(0.1)
    assert sorted(transport.cancel_all()) == [0, 1, 2]
    assert transport.in_flight == 0
    sink.always(Answer())
    transport.start(make_request(sink.url, key="next"))
    assert collect(transport, 1)["next"].ok


def test_cancel_keeps_what_has_finished(transport):
    transport.start(make_request("nonsense", key="refused"))
    assert transport.cancel_all() == []
    assert list(collect(transport, 1)) == ["refused"]


def test_close_is_quick_and_may_be_repeated(sink):
    sink.always(Answer(instead="never"))
    transport = Transport(LOOPBACK)
    transport.start(make_request(sink.url))
    transport.poll(0.05)
    started = time.monotonic()
    transport.close()
    transport.close()
    assert time.monotonic() - started < 1
