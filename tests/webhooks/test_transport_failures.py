from __future__ import annotations

from tests.http_server import Answer, redirect
from tests.webhooks.sending import post
from webhooks.engine.messages import KEPT_BODY_BYTES


def test_unknown_name_fails_in_the_dns():
    outcome = post("http://nowhere.invalid/", timeout_seconds=3.0)
    assert outcome.error.code == "dns_failed"
    assert "nowhere.invalid" in outcome.error.detail


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


# Answers that are too large


def test_long_body_is_cut(sink):
    sink.play(Answer(body=b"0123456789abcdef" * 2000))
    outcome = post(sink.url)
    assert outcome.ok
    assert outcome.response_body == b"0123456789abcdef" * 1024
    assert len(outcome.response_body) == KEPT_BODY_BYTES
    assert outcome.response_truncated


# TLS


def test_trusted_certificate_is_taken(make_sink):
    sink = make_sink(tls=True)
    outcome = post(sink.url, ca_file=str(sink.certificate[0]))
    assert outcome.ok
    assert outcome.timings.tls_ms > outcome.timings.connect_ms
