from __future__ import annotations

import socket
import struct
import time

import pytest

from tests.certificates import make_certificate
from tests.http_server import Answer, redirect
from tests.webhooks.raw_server import read_request, say
from tests.webhooks.sending import post
from webhooks.engine.messages import KEPT_BODY_BYTES


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


def test_error_status_tells_the_first_lines(sink):
    sink.play(Answer(500, b"\n  database is away\nstack trace"))
    outcome = post(sink.url)
    assert (outcome.status_code, outcome.error.code) == (500, "http_error")
    assert outcome.error.detail.endswith("Error: database is away / stack trace")
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
    assert outcome.error.code == "invalid_answer"
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
