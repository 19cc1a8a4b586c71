from __future__ import annotations

import errno

import pytest

from integrations_project.lib.net_policy import AddressRefused, parse_url
from webhooks.engine.failures import Report, explain, explain_lookup
from webhooks.engine.messages import HttpRequest, Timings

REQUEST = HttpRequest(
    key="a",
    url="https://hooks.example:8443/a",
    headers=[],
    body=b"{}",
    timeout_seconds=20.0,
    connect_timeout_seconds=10.0,
)
TARGET = parse_url(REQUEST.url, allow_http=False)
CONNECTED = Timings(dns_ms=1.0, connect_ms=2.0)


def make_report(**changed):
    values = {"request": REQUEST, "target": TARGET, "timings": Timings()}
    return Report(**(values | changed))


def test_complete_2xx_is_no_failure():
    assert explain(make_report(status_code=204)) is None


@pytest.mark.parametrize(
    ("facts", "code", "says"),
    [
        pytest.param({"curl_code": 6}, "dns_failed", "was not found", id="dns"),
        pytest.param(
            {"curl_code": 28, "queued": True},
            "internal",
            "all connections were in use for 10 s",
            id="no_free_connection",
        ),
        pytest.param(
            {"curl_code": 28, "timings": Timings(dns_ms=1.0)},
            "connect_timeout",
            "hooks.example:8443 did not accept the connection within 10 s",
            id="slow_connect",
        ),
        pytest.param(
            {"curl_code": 28, "timings": CONNECTED},
            "connect_timeout",
            "finish the TLS handshake",
            id="slow_tls",
        ),
        pytest.param(
            {"curl_code": 28, "sent": True},
            "timeout",
            "did not begin to answer within 20 s",
            id="slow_answer",
        ),
        pytest.param(
            {
                "curl_code": 28,
                "sent": True,
                "status_code": 200,
                "timings": Timings(first_byte_ms=3.0),
            },
            "timeout",
            "did not finish its answer within 20 s",
            id="slow_body",
        ),
        pytest.param(
            {"curl_code": 7, "os_errno": errno.ECONNREFUSED},
            "connection_refused",
            "hooks.example:8443 refused the connection",
            id="refused",
        ),
        pytest.param(
            {"curl_code": 7, "os_errno": errno.EHOSTUNREACH},
            "connection_failed",
            "no route",
            id="no_route",
        ),
        pytest.param({"curl_code": 7}, "connection_failed", "reached", id="no_reason"),
        pytest.param({"curl_code": 52}, "connection_lost", "without", id="no_answer"),
        pytest.param(
            {"curl_code": 18, "status_code": 200},
            "connection_lost",
            "in the middle",
            id="half_an_answer",
        ),
        pytest.param({"curl_code": 1}, "invalid_answer", "not an HTTP", id="not_http"),
        pytest.param({}, "connection_lost", "without an answer", id="no_status"),
        pytest.param({"curl_code": 100}, "too_many_headers", "headers", id="headers"),
        pytest.param(
            {"curl_code": 56, "curl_message": "Too large response headers: 300 > 200"},
            "too_many_headers",
            "headers",
            id="large_headers",
        ),
        pytest.param(
            {"curl_code": 7, "socket_error": "no socket could be opened"},
            "internal",
            "no socket could be opened",
            id="no_socket",
        ),
        pytest.param({"curl_code": 27}, "internal", "libcurl error 27", id="memory"),
        pytest.param(
            {"status_code": 301, "location": "https://new.example/"},
            "redirect",
            "redirects to https://new.example/",
            id="redirect",
        ),
        pytest.param({"status_code": 304}, "redirect", "304", id="redirect_nowhere"),
        pytest.param(
            {"status_code": 503, "body": b"try later\nplease"},
            "http_error",
            "answered 503 Service Unavailable: try later",
            id="status",
        ),
        pytest.param({"status_code": 499}, "http_error", "answered 499.", id="unknown"),
        pytest.param(
            {"status_code": 500, "curl_code": 56},
            "http_error",
            "500",
            id="status_wins_over_what_followed",
        ),
    ],
)
def test_each_trouble_has_its_code(facts, code, says):
    failure = explain(make_report(**facts))
    assert failure.code == code
    assert says in failure.detail
    assert failure.hint.endswith((".", ")."))
    assert not failure.permanent


@pytest.mark.parametrize(
    ("message", "says"),
    [
        ("SSL certificate problem: certificate has expired", "has expired"),
        ("SSL certificate problem: certificate is not yet valid", "not valid yet"),
        ("SSL certificate problem: self-signed certificate", "is self-signed"),
        (
            "SSL certificate problem: self-signed certificate in certificate chain",
            "authority that is not trusted",
        ),
        (
            "SSL certificate problem: unable to get local issuer certificate",
            "issuer of its certificate is unknown",
        ),
        (
            "SSL: no alternative certificate subject name matches target host name",
            "for another name",
        ),
        ("OpenSSL/3.6.5: error:0A00010B:SSL routines::wrong version number", "TLS on"),
        ("TLS connect error: error:0A000410::sslv3 alert handshake failure", "refused"),
        ("TLS connect error: error:0A000102::unsupported protocol", "no TLS version"),
        ("something new", "the handshake failed (something new)"),
        ("", "the handshake failed."),
    ],
)
def test_tls_failure_names_the_check(message, says):
    failure = explain(make_report(curl_code=60, curl_message=message))
    assert failure.code == "tls_failed"
    assert says in failure.detail


def test_refused_address_is_permanent():
    refused = AddressRefused("10.0.0.1", kind="a private address", host="a.example")
    failure = explain(make_report(curl_code=7, refused=refused))
    assert failure.code == "address_refused"
    assert failure.detail.startswith("a.example points to 10.0.0.1, which is a private")
    assert failure.permanent


def test_slow_name_is_told_from_an_unknown_one():
    assert "was not found" in explain_lookup(make_report()).detail
    late = explain_lookup(make_report(), in_time=False)
    assert (late.code, late.permanent) == ("dns_failed", False)
    assert "hooks.example was not looked up within 10 s" in late.detail


def test_gone_is_permanent():
    assert explain(make_report(status_code=410)).permanent


@pytest.mark.parametrize(
    ("body", "told"),
    [
        pytest.param(b"", ".", id="empty"),
        pytest.param(b"\r\n \n", ".", id="blank"),
        pytest.param(b"a\x1b[31mb\x00", ": a[31mb", id="control"),
        pytest.param(b"\xff\xfe", ": \ufffd\ufffd", id="not_utf8"),
        pytest.param(b"x" * 5000, ": " + "x" * 300, id="long"),
        pytest.param(b"a\n\n b \nc\nd", ": a / b / c", id="three_lines"),
        pytest.param(
            b'{\n  "error": "no such hook",\n  "code": 7\n}\n',
            ': { "error": "no such hook", "code": 7 }',
            id="json",
        ),
        pytest.param(
            b"<!doctype html>\n<html><head><title>\n 502 Bad &amp; Ugly</title>",
            ": 502 Bad & Ugly",
            id="page",
        ),
    ],
)
def test_first_lines_are_told_fit_to_show(body, told):
    detail = explain(make_report(status_code=500, body=body)).detail
    assert detail == f"The endpoint answered 500 Internal Server Error{told}"


def test_redirect_tells_where_in_print():
    location = "https://a.example/\r\n\x1b[31m" + "x" * 500
    failure = explain(make_report(status_code=302, location=location))
    assert "redirects to https://a.example/[31mxxx" in failure.detail
    assert len(failure.detail) < 420


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 413, 415, 422, 429, 502])
def test_common_status_has_its_own_hint(status):
    failure = explain(make_report(status_code=status))
    other = explain(make_report(status_code=499 if status < 500 else 599))
    assert failure.code == other.code == "http_error"
    assert failure.hint != other.hint
