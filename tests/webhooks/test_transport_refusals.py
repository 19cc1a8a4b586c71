from __future__ import annotations

import os
from pathlib import Path

import pytest

from integrations_project.lib.net_policy import NetPolicy
from tests.webhooks.sending import LOOPBACK, STRICT, collect, make_request, post


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
