from __future__ import annotations

import os
import socket
import struct
import threading
import time
from pathlib import Path

import pytest

from integrations_project.lib.net_policy import NetPolicy
from tests.certificates import make_certificate
from tests.http_server import Answer, redirect
from tests.webhooks.raw_server import RawServer, read_request, say
from webhooks.engine.messages import KEPT_BODY_BYTES
from webhooks.engine.transport import HttpRequest, Transport, send

LOOPBACK = NetPolicy.build(allow_http=True, networks=["127.0.0.0/8", "::1"])
STRICT = NetPolicy(allow_http=True)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def make_request(url, key="a", **changed):
    values = {
        "key": key,
        "url": url,
        "headers": [("Content-Type", "application/json")],
        "body": b"{}",
        "timeout_seconds": 5.0,
    }
    return HttpRequest(**(values | changed))


def post(url, policy=LOOPBACK, ca_file=None, **changed):
    return send(make_request(url, **changed), policy=policy, ca_file=ca_file)


def collect(transport, count, seconds=10.0):
    outcomes, deadline = [], time.monotonic() + seconds
    while len(outcomes) < count and time.monotonic() < deadline:
        outcomes += transport.poll(0.5)
    return {outcome.key: outcome for outcome in outcomes}


@pytest.fixture
def transport():
    made = Transport(LOOPBACK)
    yield made
    made.close()


@pytest.fixture
def make_raw():
    servers = []

    def make(behaviour):
        servers.append(RawServer(behaviour))
        return servers[-1]

    yield make
    for server in servers:
        server.close()


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


def test_interim_answers_are_skipped(make_raw):
    interim = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    outcome = post(make_raw(say(interim, OK)).url)
    assert outcome.status_code == 200
    assert outcome.response_headers == (("Content-Length", "2"),)


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


# Refused before anything is sent


def test_refused_url_is_an_outcome(transport):
    transport.start(make_request("ftp://example.com/"))
    outcome = collect(transport, 1)["a"]
    assert outcome.error.code == "url_refused"
    assert outcome.error.permanent
    assert outcome.status_code is None


def test_literal_address_is_refused(sink):
    outcome = post(sink.url, policy=STRICT)
    assert outcome.error.code == "address_refused"
    assert outcome.error.detail.startswith("127.0.0.1 is a loopback address")
    assert outcome.error.permanent
    assert sink.requests == []


def test_name_is_refused_at_the_socket(sink):
    outcome = post(sink.url.replace("127.0.0.1", "localhost"), policy=STRICT)
    assert outcome.error.code == "address_refused"
    assert "localhost points to " in outcome.error.detail
    assert outcome.error.permanent
    assert sink.requests == []


def test_allowed_address_of_a_name_is_used(sink):
    policy = NetPolicy.build(allow_http=True, networks=["127.0.0.1/32"])
    outcome = post(sink.url.replace("127.0.0.1", "localhost"), policy=policy)
    assert outcome.ok
    assert outcome.remote_address == "127.0.0.1"


def test_changed_policy_counts_at_once(transport, sink):
    for host in ("127.0.0.1", "localhost"):
        url = sink.url.replace("127.0.0.1", host)
        transport.policy = LOOPBACK
        transport.start(make_request(url, key="before"))
        assert collect(transport, 1)["before"].ok
        transport.policy = STRICT
        transport.start(make_request(url, key="after"))
        assert collect(transport, 1)["after"].error.code == "address_refused"


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(("X-A", "b\r\nContent-Length: 0"), id="line_break"),
        pytest.param(("X-A\r\nX-B", "c"), id="line_break_in_name"),
        pytest.param(("X-A", "b\x00"), id="nul"),
        pytest.param(("Content-Length", "0"), id="length"),
        pytest.param(("Transfer-Encoding", "chunked"), id="chunked"),
        pytest.param(("Host", "other"), id="host"),
    ],
)
def test_smuggling_header_is_refused(sink, header):
    outcome = post(sink.url, headers=[header])
    assert outcome.error.code == "header_refused"
    assert outcome.error.permanent
    assert sink.requests == []


def test_environment_brings_no_proxy_and_no_login(sink, make_sink, monkeypatch):
    proxy = make_sink()
    netrc = Path(os.environ["TEST_DIRECTORY"]) / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\ndefault login x\n")
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url)
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("NETRC", str(netrc))
    assert post(sink.url).ok
    assert proxy.requests == []
    assert "Authorization" not in sink.requests[0].headers


# Failures, each by its code


def test_closed_port_refuses():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    outcome = post(f"http://127.0.0.1:{port}/")
    assert outcome.error.code == "connection_refused"
    assert f"127.0.0.1:{port}" in outcome.error.detail
    assert not outcome.error.permanent


def test_unknown_name_fails_in_the_dns():
    outcome = post("http://nowhere.invalid/", timeout_seconds=3.0)
    assert outcome.error.code == "dns_failed"
    assert "nowhere.invalid" in outcome.error.detail


def test_silent_port_times_out_while_connecting():
    # A full backlog drops further SYNs, as a firewall would.
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        fillers = [socket.socket() for _ in range(3)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        outcome = post(url, connect_timeout_seconds=0.3)
        for filler in fillers:
            filler.close()
    assert outcome.error.code == "connect_timeout"
    assert "accept the connection within 0.3 s" in outcome.error.detail


def test_silent_tls_port_times_out_in_the_handshake(make_raw):
    server = make_raw(lambda connection: time.sleep(0.6))
    url = server.url.replace("http:", "https:")
    outcome = post(url, connect_timeout_seconds=0.3)
    assert outcome.error.code == "connect_timeout"
    assert "TLS handshake" in outcome.error.detail


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        pytest.param(Answer(instead="never"), "begin to answer", id="silence"),
        pytest.param(
            Answer(drip_seconds=0.05, drip_from="head"), "answer within", id="head"
        ),
        pytest.param(
            Answer(body=b"x" * 100, drip_seconds=0.05), "finish its answer", id="body"
        ),
    ],
)
def test_deadline_is_absolute(sink, answer, says):
    sink.play(answer)
    started = time.monotonic()
    outcome = post(sink.url, timeout_seconds=0.4)
    assert time.monotonic() - started < 1.5
    assert outcome.error.code == "timeout"
    assert says in outcome.error.detail
    assert not outcome.error.permanent


def test_redirect_is_not_followed(sink):
    sink.play(redirect("http://169.254.169.254/latest/"))
    outcome = post(sink.url)
    assert (outcome.status_code, outcome.error.code) == (302, "redirect")
    assert "http://169.254.169.254/latest/" in outcome.error.detail
    assert len(sink.requests) == 1


def test_error_status_tells_the_first_line(sink):
    sink.play(Answer(500, b"\n  database is away\nstack trace"))
    outcome = post(sink.url)
    assert (outcome.status_code, outcome.error.code) == (500, "http_error")
    assert outcome.error.detail.endswith("500 Internal Server Error: database is away")
    assert outcome.response_body == b"\n  database is away\nstack trace"


def test_gone_is_permanent(sink):
    sink.play(Answer(410))
    assert post(sink.url).error.permanent


@pytest.mark.parametrize("instead", ["reset", "close"])
def test_hang_up_is_a_lost_connection(sink, instead):
    sink.always(Answer(instead=instead))
    outcome = post(sink.url)
    assert outcome.error.code == "connection_lost"
    assert not outcome.error.permanent


def test_reset_in_the_middle_is_a_lost_connection(make_raw):
    def behave(connection):
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok")
        linger = struct.pack("ii", 1, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

    outcome = post(make_raw(behave).url)
    assert outcome.error.code == "connection_lost"
    assert "middle of its answer" in outcome.error.detail
    assert outcome.status_code == 200


@pytest.mark.parametrize(
    "answer", [b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/9.9 yes\r\n\r\n", b"\x00" * 200]
)
def test_other_protocols_are_no_answer(make_raw, answer):
    outcome = post(make_raw(say(answer)).url)
    assert outcome.error.code == "connection_lost"
    assert outcome.status_code is None


# Answers that are too large


def test_long_body_is_cut(sink):
    sink.play(Answer(body=b"0123456789abcdef" * 2000))
    outcome = post(sink.url)
    assert outcome.ok
    assert outcome.response_body == b"0123456789abcdef" * 1024
    assert len(outcome.response_body) == KEPT_BODY_BYTES
    assert outcome.response_truncated


def test_endless_body_is_left_early(make_raw):
    sent = []

    def behave(connection):
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 300000000\r\n\r\n")
        for _ in range(300):
            connection.sendall(b"x" * 1_000_000)
            sent.append(1)

    started = time.monotonic()
    outcome = post(make_raw(behave).url)
    assert time.monotonic() - started < 1
    assert outcome.ok
    assert outcome.response_truncated
    assert len(outcome.response_body) == KEPT_BODY_BYTES
    assert len(sent) < 50


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(b"X-A: b\r\n" * 100_000, id="many"),
        pytest.param(b"X-A: " + b"b" * 1_000_000 + b"\r\n", id="long"),
        pytest.param(b"X-A: " + b"b" * 10_000_000, id="endless_line"),
    ],
)
def test_headers_without_end_are_refused(make_raw, headers):
    server = make_raw(say(b"HTTP/1.1 200 OK\r\n", headers, b"\r\n"))
    started = time.monotonic()
    outcome = post(server.url)
    assert time.monotonic() - started < 2
    assert outcome.error.code == "too_many_headers"
    assert len(outcome.response_headers) <= 100


def test_endless_interim_answers_are_refused(make_raw):
    interim = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 20_000
    outcome = post(make_raw(say(interim)).url)
    assert outcome.error.code == "too_many_headers"


# TLS


def test_trusted_certificate_is_taken(make_sink):
    sink = make_sink(tls=True)
    outcome = post(sink.url, ca_file=str(sink.certificate[0]))
    assert outcome.ok
    assert outcome.timings.tls_ms > outcome.timings.connect_ms


def test_unknown_certificate_is_refused(make_sink):
    sink = make_sink(tls=True)
    outcome = post(sink.url)
    assert outcome.error.code == "tls_failed"
    assert "its certificate is self-signed" in outcome.error.detail
    assert sink.requests == []


def test_certificate_of_another_name_is_refused(make_sink, tmp_path):
    sink = make_sink(tls=True)
    certificate, key = make_certificate(tmp_path, "other.example")
    sink._server.tls.load_cert_chain(certificate, key)
    url = sink.url.replace("127.0.0.1", "localhost")
    outcome = post(url, ca_file=str(certificate))
    assert outcome.error.code == "tls_failed"
    assert "its certificate is for another name" in outcome.error.detail


def test_http_on_a_tls_port_is_explained(sink):
    outcome = post(sink.url.replace("http:", "https:"))
    assert outcome.error.code == "tls_failed"
    assert "does not speak TLS" in outcome.error.detail


def test_environment_names_no_other_authorities(make_sink, monkeypatch):
    sink = make_sink(tls=True)
    for name in ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.setenv(name, str(sink.certificate[0]))
    assert post(sink.url).error.code == "tls_failed"
