"""No client connects to a refused address, however it was led there."""

from __future__ import annotations

import pytest

from integrations_project.lib.net_policy import AddressRefused, NetPolicy
from tests.webhooks.sending import LOOPBACK, STRICT

ONLY_127_0_0_1 = NetPolicy.build(allow_http=True, networks=["127.0.0.1/32"])


class SecondThoughts(NetPolicy):
    """Permits an address when the name was looked up and refuses it on the socket."""

    asked = []  # shared by the frozen instances of one test

    def check_address(self, address, *, host=None):
        self.asked.append(str(address))
        if len(self.asked) > 1:
            raise AddressRefused(str(address), kind="another than before", host=host)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "017700000001",
        "0x7f000001",
        "0x7F.1",
        "0177.0.0.1",
        "１２７.0.0.1",
        "127。0。0。1",
        "0",
        "0.0.0.0",
        "[::]",
        "[::1]",
        "[::127.0.0.1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::ffff:0:127.0.0.1]",
        "[64:ff9b::127.0.0.1]",
        "[64:ff9b:1::127.0.0.1]",
        "[2002:7f00:1::]",
        "[2001:0:4136:e378:8000:63bf:80ff:fffe]",
        "169.254.169.254",
        "168.63.129.16",
        "localhost",
    ],
)
def test_refused_host_is_not_connected_to(ask, sink, host):
    seen = ask(f"http://{host}:{sink.port}/", policy=STRICT)
    assert seen.code == "address_refused"
    assert seen.hint or "DELIVERY_ALLOWED_NETWORKS" in seen.detail
    assert sink.requests == []


def test_name_is_said_with_its_address(ask, sink):
    url = f"http://localhost:{sink.port}/"
    assert "localhost points to " in ask(url, policy=STRICT).detail


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param(("10.0.0.1", "127.0.0.1"), id="refused_first"),
        pytest.param(("127.0.0.1", "10.0.0.1"), id="refused_last"),
        pytest.param(("::1", "64:ff9b::a00:1", "127.0.0.1"), id="refused_ipv6"),
    ],
)
def test_of_two_answers_only_the_permitted_is_used(ask, sink, answers):
    url = f"http://two.example:{sink.port}/"
    seen = ask(url, policy=ONLY_127_0_0_1, look_up=lambda _host: answers)
    assert (seen.code, seen.remote_address) == ("", "127.0.0.1")
    assert sink.requests[0].headers["Host"] == f"two.example:{sink.port}"


def test_name_with_refused_answers_only_is_refused(ask, sink):
    url = f"http://two.example:{sink.port}/"
    answers = ("127.0.0.2", "10.0.0.1")
    seen = ask(url, policy=ONLY_127_0_0_1, look_up=lambda _host: answers)
    assert seen.code == "address_refused"
    assert seen.detail.startswith("two.example points to 127.0.0.2")
    assert sink.requests == []


def test_name_that_moves_after_the_check_is_refused(ask, sink, monkeypatch):
    url = f"http://moving.example:{sink.port}/"
    public = [(2, 1, 6, "", ("8.8.8.8", 0))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_args, **_options: public)
    assert STRICT.resolve_and_check(url).addresses == ("8.8.8.8",)
    seen = ask(url, policy=STRICT, look_up=lambda _host: ("127.0.0.1",))
    assert seen.code == "address_refused"
    assert sink.requests == []


def test_socket_is_checked_after_the_name(ask, sink):
    SecondThoughts.asked.clear()
    seen = ask(
        f"http://moving.example:{sink.port}/",
        policy=SecondThoughts(allow_http=True),
        look_up=lambda _host: ("127.0.0.1",),
    )
    assert SecondThoughts.asked == ["127.0.0.1", "127.0.0.1"]
    assert seen.code == "address_refused"
    assert "another than before" in seen.detail
    assert sink.requests == []


def test_name_is_looked_up_once(ask, sink):
    asked = []

    def look_up(host):
        asked.append(host)
        return ("127.0.0.1",) if len(asked) == 1 else ("10.0.0.1",)

    assert ask(f"http://once.example:{sink.port}/", look_up=look_up).code == ""
    assert asked == ["once.example"]


def test_dead_address_of_a_name_hides_no_living_one(ask, sink):
    answers = ("127.0.0.9", "127.0.0.1")
    url = f"http://two.example:{sink.port}/"
    seen = ask(url, policy=LOOPBACK, look_up=lambda _host: answers)
    assert (seen.code, seen.remote_address) == ("", "127.0.0.1")


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(("X-A", "b\r\nContent-Length: 0"), id="line_break"),
        pytest.param(("X-A", "b\nX-B: c"), id="line_feed"),
        pytest.param(("X-A\r\nX-B", "c"), id="line_break_in_name"),
        pytest.param(("X-A ", "c"), id="space_in_name"),
        pytest.param(("X-A:", "c"), id="colon_in_name"),
        pytest.param(("", "c"), id="no_name"),
        pytest.param(("X-A", "b\x00"), id="nul"),
        pytest.param(("X-A", "b\x85"), id="next_line"),
        pytest.param(("Content-Length", "0"), id="length"),
        pytest.param(("Transfer-Encoding", "chunked"), id="chunked"),
        pytest.param(("Host", "other"), id="host"),
    ],
)
def test_smuggling_header_is_refused(ask, sink, header):
    seen = ask(sink.url, headers=[header])
    assert seen.code == "header_refused"
    assert sink.requests == []


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("a\r\nX-B: c", id="line_break"),
        pytest.param("a b", id="space"),
        pytest.param("a\x00", id="nul"),
        pytest.param("a\\b", id="backslash"),
        pytest.param("a\u2028", id="line_separator"),
    ],
)
def test_smuggling_url_is_refused(ask, sink, path):
    seen = ask(sink.url + path)
    assert seen.code == "url_refused"
    assert sink.requests == []


def test_percent_encoded_line_break_stays_encoded(ask, sink):
    ask(sink.url + "a%0D%0AX-B:%20c")
    assert sink.requests[0].path == "/a%0D%0AX-B:%20c"
    assert "X-B" not in sink.requests[0].headers
