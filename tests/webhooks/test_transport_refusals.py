from __future__ import annotations

from tests.webhooks.sending import LOOPBACK, STRICT, collect, make_request


def test_refused_url_is_an_outcome(transport):
    transport.start(make_request("ftp://example.com/"))
    outcome = collect(transport, 1)["a"]
    assert outcome.error.code == "url_refused"
    assert outcome.error.permanent
    assert outcome.status_code is None


def test_changed_policy_counts_at_once(transport, sink):
    for host in ("127.0.0.1", "localhost"):
        url = sink.url.replace("127.0.0.1", host)
        transport.policy = LOOPBACK
        transport.start(make_request(url, key="before"))
        assert collect(transport, 1)["before"].ok
        transport.policy = STRICT
        transport.start(make_request(url, key="after"))
        assert collect(transport, 1)["after"].error.code == "address_refused"
