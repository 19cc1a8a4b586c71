from __future__ import annotations

import socket
import time
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations_project.lib.exceptions import ProjectError
from integrations_project.lib.net_policy import (
    AddressRefused,
    NetPolicy,
    UrlRefused,
    look_up,
    parse_url,
)

STRICT = NetPolicy()
OPEN = NetPolicy.build(allow_http=True, networks=["127.0.0.0/8", "::1", "10.1.0.0/16"])


def test_public_https_url_is_taken():
    target = STRICT.check_url("https://Hooks.Example.com/a/b?c=d#part")
    assert target.url == "https://hooks.example.com/a/b?c=d"
    assert (target.scheme, target.host, target.port) == (
        "https",
        "hooks.example.com",
        443,
    )
    assert target.address is None


@pytest.mark.parametrize(
    ("url", "wire"),
    [
        pytest.param("https://a.example", "https://a.example/", id="no_path"),
        pytest.param("https://a.example?x", "https://a.example/?x", id="only_query"),
        pytest.param("https://a.example:/x", "https://a.example/x", id="empty_port"),
        pytest.param("https://a.example:443/", "https://a.example/", id="default_port"),
        pytest.param("HTTPS://A.example.", "https://a.example/", id="case_and_dot"),
        pytest.param(
            "https://bücher.example/ü?q=ü",
            "https://xn--bcher-kva.example/%C3%BC?q=%C3%BC",
            id="international",
        ),
        pytest.param("https://faß.de/", "https://xn--fa-hia.de/", id="idna_2008"),
        pytest.param("https://a。example/", "https://a.example/", id="ideographic_dot"),
        pytest.param("https://my_service/", "https://my_service/", id="underscore"),
        pytest.param("https://a.example/%2e%zz", "https://a.example/%2e%zz", id="pct"),
        pytest.param('https://a.example/"<>', "https://a.example/%22%3C%3E", id="odd"),
        pytest.param("https://8.8.8.8/", "https://8.8.8.8/", id="ipv4"),
        pytest.param("https://0x08080808/", "https://8.8.8.8/", id="ipv4_hex"),
        pytest.param(
            "https://[2606:4700:0::1111]:8443/",
            "https://[2606:4700::1111]:8443/",
            id="ipv6",
        ),
        pytest.param("https://a.example#@b/", "https://a.example/", id="fragment_host"),
    ],
)
def test_url_is_normalised_for_the_wire(url, wire):
    assert STRICT.check_url(url).url == wire


@pytest.mark.parametrize(
    ("url", "says"),
    [
        pytest.param("", "complete web address", id="empty"),
        pytest.param("example.com/hook", "complete web address", id="no_scheme"),
        pytest.param("//example.com/hook", "complete web address", id="no_scheme_2"),
        pytest.param("https:/example.com", "complete web address", id="one_slash"),
        pytest.param("http://example.com/", "starts with https://", id="http"),
        pytest.param("ftp://example.com/", "starts with https://", id="ftp"),
        pytest.param("file:///etc/passwd", "starts with https://", id="file"),
        pytest.param("gopher://x/_A", "starts with https://", id="gopher"),
        pytest.param("https://", "host name", id="no_host"),
        pytest.param("https://:443/", "host name", id="only_port"),
        pytest.param("https:///path", "host name", id="path_for_host"),
        pytest.param("https://u:p@example.com/", "user name", id="user_info"),
        pytest.param("https://@example.com/", "user name", id="empty_user_info"),
        pytest.param("https://a.com\\@b.com/", "backslash", id="backslash"),
        pytest.param("https://a.com/ b", "space", id="space"),
        pytest.param(" https://a.com/", "space", id="leading_space"),
        pytest.param("https://a.com/\r\nX: y", "control character", id="crlf"),
        pytest.param("https://a.com/\x00", "control character", id="nul"),
        pytest.param("https://a.com/\x7f", "control character", id="delete"),
        pytest.param("https://a.com/\u2028", "control character", id="line_sep"),
        pytest.param("https://a.com/\ud800", "control character", id="surrogate"),
        pytest.param("https://a.com/" + "x" * 2040, "2048", id="too_long"),
        pytest.param("https://a.com:0/", "between 1 and 65535", id="port_0"),
        pytest.param("https://a.com:65536/", "between 1 and 65535", id="port_high"),
        pytest.param("https://a.com:x/", "between 1 and 65535", id="port_text"),
        pytest.param("https://a.com:+80/", "between 1 and 65535", id="port_sign"),
        pytest.param("https://a.com:٨٠/", "between 1 and 65535", id="port_arabic"),
        pytest.param("https://a.com:25/", "Port 25", id="port_of_smtp"),
        pytest.param("https://a..com/", "host name", id="empty_label"),
        pytest.param("https://-a.com/", "host name", id="hyphen_first"),
        pytest.param("https://a%2eb.com/", "host name", id="percent_in_host"),
        pytest.param("https://a,b/", "host name", id="comma_in_host"),
        pytest.param("https://" + "a" * 64 + ".com/", "host name", id="long_label"),
        pytest.param("https://" + "a." * 127 + "com/", "host name", id="long_name"),
        pytest.param("https://☃︎\u200d.com/", "host name", id="not_idna"),
        pytest.param("https://1.2.3.4.5/", "IPv4", id="five_parts"),
        pytest.param("https://1.2.3.256/", "IPv4", id="part_too_big"),
        pytest.param("https://08.1/", "IPv4", id="bad_octal"),
        pytest.param("https://4294967296/", "IPv4", id="number_too_big"),
        pytest.param("https://a.1/", "IPv4", id="ends_in_a_number"),
        pytest.param("https://[::1/", "IPv6", id="unclosed"),
        pytest.param("https://[fe80::1%25eth0]/", "IPv6", id="zone"),
        pytest.param("https://[1.2.3.4]/", "IPv6", id="ipv4_in_brackets"),
        pytest.param("https://[v1.x]/", "IPv6", id="future_address"),
    ],
)
def test_bad_url_says_what_to_enter(url, says):
    with pytest.raises(UrlRefused) as caught:
        STRICT.check_url(url)
    assert says in caught.value.message
    assert caught.value.error_code == "url_refused"


def test_http_is_taken_when_allowed():
    assert OPEN.check_url("http://example.com/").url == "http://example.com/"


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7F.1",
        "0177.0.0.1",
        "017700000001",
        "127.0.0.1.",
        "１２７.0.0.1",
        "①②⑦.0.0.1",
        "127。0。0。1",
        "0x7f.0.0x1",
    ],
)
def test_loopback_is_seen_in_every_spelling(host):
    with pytest.raises(AddressRefused, match=r"127\.0\.0\.1 is a loopback address"):
        STRICT.check_url(f"https://{host}/")


REFUSED = [
    ("0.0.0.0", "unspecified"),
    ("0.1.2.3", "unspecified"),
    ("10.0.0.1", "private"),
    ("10.255.255.255", "private"),
    ("100.64.0.1", "shared"),
    ("100.127.255.255", "shared"),
    ("100.100.100.200", "shared"),
    ("127.255.255.254", "loopback"),
    ("168.63.129.16", "Azure"),
    ("169.254.169.254", "metadata"),
    ("172.16.0.1", "private"),
    ("172.31.255.255", "private"),
    ("192.0.0.192", "IETF"),
    ("192.0.2.1", "documentation"),
    ("192.88.99.1", "6to4"),
    ("192.168.1.1", "private"),
    ("198.18.0.1", "benchmarking"),
    ("198.19.255.255", "benchmarking"),
    ("198.51.100.7", "documentation"),
    ("203.0.113.9", "documentation"),
    ("224.0.0.1", "multicast"),
    ("239.255.255.250", "multicast"),
    ("240.0.0.1", "reserved"),
    ("255.255.255.255", "broadcast"),
    ("::", "unspecified"),
    ("::1", "loopback"),
    ("::127.0.0.1", "127.0.0.1 wrapped in IPv6 (IPv4-compatible)"),
    ("::169.254.169.254", "169.254.169.254 wrapped"),
    ("::8.8.8.8", "IPv4-compatible"),
    ("::ffff:127.0.0.1", "127.0.0.1 wrapped in IPv6 (IPv4-mapped)"),
    ("::ffff:8.8.8.8", "IPv4-mapped"),
    ("::ffff:0:127.0.0.1", "127.0.0.1 wrapped in IPv6 (IPv4-translated"),
    ("64:ff9b::127.0.0.1", "127.0.0.1 wrapped in IPv6 (NAT64)"),
    ("64:ff9b::808:808", "8.8.8.8 wrapped"),
    ("64:ff9b:1::10.0.0.1", "10.0.0.1 wrapped in IPv6 (local-use NAT64)"),
    ("100::1", "discard"),
    ("2001::f5ff:fffe", "10.0.0.1 wrapped in IPv6 (Teredo)"),
    ("2001:2::1", "benchmarking"),
    ("2001:10::1", "IETF"),
    ("2001:20::1", "IETF"),
    ("2001:db8::1", "documentation"),
    ("2002:7f00:1::", "127.0.0.1 wrapped in IPv6 (6to4)"),
    ("2002:808:808::", "8.8.8.8 wrapped"),
    ("3ffe::1", "6bone"),
    ("3fff::1", "documentation"),
    ("5f00::1", "segment-routing"),
    ("fc00::1", "private"),
    ("fd00:ec2::254", "private"),
    ("fe80::1", "link-local"),
    ("fe80::1%eth0", "link-local"),
    ("fec0::1", "site-local"),
    ("ff02::1", "multicast"),
    ("4000::1", "reserved"),
    ("1::", "reserved"),
]


@pytest.mark.parametrize(("address", "kind"), REFUSED, ids=[row[0] for row in REFUSED])
def test_special_address_is_refused_by_name(address, kind):
    with pytest.raises(AddressRefused) as caught:
        STRICT.check_address(address)
    assert caught.value.message.startswith(address.partition("%")[0].split("::")[0])
    assert kind in caught.value.message
    assert "DELIVERY_ALLOWED_NETWORKS" in caught.value.message


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "168.63.129.15",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2001:200::1",
        "2003::1",
        "2606:4700:4700::1111",
        "2a00:1450:4001:800::200e",
        "3ffd::1",
    ],
)
def test_public_address_is_taken(address):
    STRICT.check_address(address)
    STRICT.check_address(ip_address(address))


@given(st.ip_addresses(v=4))
def test_nothing_python_calls_private_gets_by(address: IPv4Address):
    try:
        STRICT.check_address(address)
    except AddressRefused:
        return
    assert address.is_global
    assert not address.is_multicast


@given(st.ip_addresses(v=6))
def test_nothing_outside_global_unicast_gets_by(address: IPv6Address):
    try:
        STRICT.check_address(address)
    except AddressRefused:
        return
    assert int(address) >> 125 == 1
    assert address.is_global


@given(st.ip_addresses(v=4), st.sampled_from(["dec", "hex", "octal", "two", "three"]))
def test_every_ipv4_spelling_means_one_address(address: IPv4Address, spelling: str):
    value, parts = int(address), address.packed
    host = {
        "dec": str(value),
        "hex": f"{value:#x}",
        "octal": f"0{value:o}",
        "two": f"{parts[0]}.{value & 0xFFFFFF}",
        "three": f"0x{parts[0]:X}.{parts[1]:#o}.{value & 0xFFFF}".replace("0o", "0"),
    }[spelling]
    assert socket.inet_aton(host) == address.packed
    assert parse_url(f"https://{host}/", allow_http=False).address == address


@given(st.text(max_size=60), st.sampled_from(["", "http://", "https://", "https://["]))
def test_any_text_is_taken_or_refused_in_words(text: str, start: str):
    try:
        target = OPEN.check_url(start + text)
    except ProjectError as error:
        assert error.message.endswith((".", ")."))
        return
    assert target.url.isascii()
    assert target.url.isprintable()
    assert OPEN.check_url(target.url).url == target.url


def test_allowed_network_is_an_exception():
    OPEN.check_address("127.0.0.1")
    OPEN.check_address("::1")
    OPEN.check_address("10.1.2.3")
    with pytest.raises(AddressRefused):
        OPEN.check_address("10.2.0.1")


def test_allowed_ipv4_network_covers_no_wrapped_form():
    with pytest.raises(AddressRefused):
        OPEN.check_address("::ffff:127.0.0.1")


def test_bad_network_is_named():
    with pytest.raises(ValueError, match=r"10\.0\.0\.0/33"):
        NetPolicy.build(allow_http=False, networks=["10.0.0.0/33"])


def test_name_of_a_refused_address_is_named():
    with pytest.raises(AddressRefused) as caught:
        STRICT.resolve_and_check("https://localhost/hook")
    assert caught.value.message.startswith("localhost points to ")
    assert "loopback" in caught.value.message


def test_all_addresses_of_a_name_are_returned():
    resolution = OPEN.resolve_and_check("http://localhost/hook")
    assert "127.0.0.1" in resolution.addresses
    assert resolution.note == ""


def test_literal_address_needs_no_look_up():
    resolution = OPEN.resolve_and_check("http://10.1.0.1/")
    assert resolution.addresses == ("10.1.0.1",)


def test_unknown_name_is_only_a_note():
    resolution = STRICT.resolve_and_check("https://nowhere.invalid/")
    assert resolution.addresses == ()
    assert "could not be looked up" in resolution.note


def test_slow_look_up_is_left_behind():
    started = time.monotonic()
    look_up("nowhere.invalid", timeout_seconds=0.0)
    assert time.monotonic() - started < 0.5
