"""Which certificates both clients take, and nothing from the environment."""

from __future__ import annotations

import os

import pytest

from tests.certificates import make_certificate

# TLS


def test_trusted_certificate_is_taken(ask, make_sink):
    sink = make_sink(tls=True)
    url = sink.url.replace("127.0.0.1", "localhost")
    seen = ask(url, ca_file=str(sink.certificate[0]))
    assert (seen.code, seen.body) == ("", b"ok")
    assert sink.requests[0].headers["Host"] == f"localhost:{sink.port}"


def test_unknown_certificate_is_refused(ask, make_sink):
    sink = make_sink(tls=True)
    seen = ask(sink.url)
    assert seen.code == "tls_failed"
    assert "its certificate is self-signed" in seen.detail
    assert sink.requests == []


def test_certificate_of_another_name_is_refused(ask, make_sink, tmp_path):
    sink = make_sink(tls=True)
    certificate, key = make_certificate(tmp_path, "other.example")
    sink._server.tls.load_cert_chain(certificate, key)
    url = sink.url.replace("127.0.0.1", "localhost")
    seen = ask(url, ca_file=str(certificate))
    assert seen.code == "tls_failed"
    assert "its certificate is for another name" in seen.detail
    assert sink.requests == []


def test_expired_certificate_is_refused(ask, make_sink, tmp_path):
    sink = make_sink(tls=True)
    certificate, key = make_certificate(tmp_path, days_old=3)
    sink._server.tls.load_cert_chain(certificate, key)
    seen = ask(sink.url, ca_file=str(certificate))
    assert seen.code == "tls_failed"
    assert "its certificate has expired" in seen.detail
    assert sink.requests == []


def test_http_on_a_tls_port_is_explained(ask, sink):
    seen = ask(sink.url.replace("http:", "https:"))
    assert seen.code == "tls_failed"
    assert "does not speak TLS" in seen.detail


def test_hang_up_in_the_handshake_is_explained(ask, make_raw):
    server = make_raw(lambda connection: connection.recv(65536))
    seen = ask(server.url.replace("http:", "https:"))
    assert seen.code == "tls_failed"
    assert "during the handshake" in seen.detail


# Environment


def test_environment_names_no_other_authorities(ask, make_sink, monkeypatch):
    sink = make_sink(tls=True)
    for name in ("SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.setenv(name, str(sink.certificate[0]))
    assert ask(sink.url).code == "tls_failed"


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_environment_brings_no_proxy_and_no_login(
    ask, scheme, make_sink, monkeypatch, tmp_path
):
    sink, proxy = make_sink(tls=scheme == "https"), make_sink()
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\ndefault login x\n")
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, proxy.url)
        monkeypatch.setenv(name.upper(), proxy.url)
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("NETRC", str(netrc))
    ca_file = str(sink.certificate[0]) if sink.certificate else ""
    assert ask(sink.url, ca_file=ca_file).code == ""
    assert proxy.requests == []
    assert "Authorization" not in sink.requests[0].headers
    assert os.environ["HTTPS_PROXY"] == proxy.url
