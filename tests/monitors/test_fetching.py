"""Pages are fetched for real from a server on loopback, under the address policy."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta

import pytest

from integrations_project.lib.http import Terms
from integrations_project.lib.net_policy import AddressRefused, NetPolicy
from monitors.fetching import (
    Conditions,
    PageUnavailable,
    add_parameters,
    fetch_page,
    origin_of,
)
from tests.http_server import Answer, redirect

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
POLICY = NetPolicy.build(allow_http=True, networks=["127.0.0.0/8"])
HTML = [("Content-Type", "text/html; charset=utf-8")]


def fetch(url, **options):
    return fetch_page(url, policy=POLICY, now=NOW, **options)


def test_page_with_what_the_next_fetch_needs(sink):
    headers = [*HTML, ("ETag", '"v1"'), ("Last-Modified", "Sat, 21 Nov 2026 10:00 GMT")]
    sink.play(Answer(body="<p>é</p>".encode(), headers=headers))

    found = fetch(sink.url)

    assert found.status_code == 200
    assert found.page.text == "<p>é</p>"
    assert found.etag == '"v1"'
    assert found.last_modified.startswith("Sat")
    assert sink.requests[0].headers["User-Agent"].startswith("Signalpost/")


def test_nothing_new_is_asked_for_and_said(sink):
    sink.play(Answer(status=304, body=b""))

    found = fetch(sink.url, conditions=Conditions(etag='"v1"', last_modified="x"))

    assert found.is_unchanged
    assert found.page is None
    assert sink.requests[0].headers["If-None-Match"] == '"v1"'
    assert sink.requests[0].headers["If-Modified-Since"] == "x"


def test_redirect_is_followed_without_conditions(sink):
    sink.play(redirect("/new"), Answer(body=b"here", headers=HTML))

    found = fetch(sink.url, conditions=Conditions(etag='"v1"'))

    assert found.url.endswith("/new")
    assert found.page.text == "here"
    assert "If-None-Match" not in sink.requests[1].headers


def test_redirect_to_a_refused_address_is_not_followed(sink):
    sink.play(redirect("http://169.254.169.254/latest/meta-data/"))

    with pytest.raises(AddressRefused):
        fetch(sink.url)


def test_redirects_without_end_are_given_up(sink):
    sink.play(*[redirect("/again")] * 10)

    with pytest.raises(PageUnavailable, match="more than 5 times"):
        fetch(sink.url)

    assert len(sink.requests) == 6


def test_picture_has_no_text(sink):
    sink.play(Answer(body=b"\x89PNG", headers=[("Content-Type", "image/png")]))

    assert fetch(sink.url).page is None


def test_page_beyond_the_limit_is_cut(sink):
    packed = gzip.compress(b"x" * 5_000_000)
    headers = [*HTML, ("Content-Encoding", "gzip")]
    sink.play(Answer(body=packed, headers=headers))

    found = fetch(sink.url, terms=Terms(max_bytes=1000))

    assert found.is_truncated
    assert len(found.page.text) == 1000


@pytest.mark.parametrize(
    ("status", "value", "wait"),
    [
        (429, "120", timedelta(minutes=2)),
        (503, "Sat, 21 Nov 2026 12:05:00 GMT", timedelta(minutes=5)),
        (429, "99999999999999", timedelta(hours=10)),
        (429, "-5", None),
        (429, "soon", None),
        (200, "120", None),
    ],
)
def test_site_may_ask_for_time(sink, status, value, wait):
    sink.play(Answer(status=status, headers=[*HTML, ("Retry-After", value)]))

    assert fetch(sink.url).retry_after == wait


def test_parameters_replace_those_of_their_name():
    url = add_parameters("https://x.example/a?p=1&q=2", {"q": "ü b", "r": [1, 2]})

    assert url == "https://x.example/a?p=1&q=%C3%BC+b&r=1&r=2"
    assert add_parameters("https://x.example/a?p=1", {}) == "https://x.example/a?p=1"


def test_origin_has_no_credentials():
    assert origin_of("HTTPS://me:secret@X.example:8443/a") == "https://x.example:8443"
