"""What a person asks of each answer: read, and judged."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from monitors.datatypes import Page
from monitors.exceptions import InvalidSchedule
from monitors.expectations import find_unmet, parse_expectations
from monitors.fetching import FetchedPage

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
HTML = "<p>In\n  Stock &amp; cheap</p>"


def answer(status_code=200, text=HTML, **fields):
    url = "https://example.com/"
    defaults = {
        "page": Page(url=url, content_type="text/html", text=text),
        "duration_ms": 300,
        "certificate_expires_at": NOW + timedelta(days=20, hours=1),
    }
    return FetchedPage(
        url=url,
        status_code=status_code,
        is_truncated=False,
        etag="",
        last_modified="",
        retry_after=None,
        **defaults | fields,
    )


def judge(wanted, fetched=None):
    return find_unmet(parse_expectations(wanted), fetched or answer(), now=NOW)


MET = [
    pytest.param({}, id="nothing"),
    pytest.param({"status_codes": [200, 204]}, id="code"),
    pytest.param({"status_codes": 200}, id="one code"),
    pytest.param({"text": "in stock & CHEAP"}, id="text, case, spaces, entities"),
    pytest.param({"text": ["stock", "cheap"], "no_text": ["sold out"]}, id="texts"),
    pytest.param({"response_ms": 300}, id="time"),
    pytest.param({"tls_days": 20}, id="certificate"),
]


@pytest.mark.parametrize("wanted", MET)
def test_met(wanted):
    assert judge(wanted) == ""


UNMET = [
    pytest.param(
        {"status_codes": [204, 301]}, "The page answered 200 instead of 204 or 301."
    ),
    pytest.param({"text": ["stock", "Gone"]}, "The page lacks the text 'Gone'."),
    pytest.param({"no_text": "CHEAP"}, "The page has the text 'CHEAP'."),
    pytest.param(
        {"response_ms": 299}, "The page took 300 ms to answer, more than 299 ms."
    ),
    pytest.param(
        {"tls_days": 21},
        "The certificate ends in 20 days, on 2026-12-11; 21 days were to be left.",
    ),
]


@pytest.mark.parametrize(("wanted", "sentence"), UNMET)
def test_unmet(wanted, sentence):
    assert judge(wanted) == sentence


def test_all_that_is_unmet_is_said():
    assert judge({"text": "x", "response_ms": 1}).count("The page") == 2


def test_nothing_new_has_the_text_it_had():
    fetched = answer(304, page=None)

    assert judge({"status_codes": [200], "text": "x"}, fetched) == ""


def test_what_is_no_text_lacks_it():
    assert "lacks" in judge({"text": "x"}, answer(page=None))


def test_without_a_certificate_its_days_are_not_judged():
    assert judge({"tls_days": 5}, answer(certificate_expires_at=None)) == ""


REFUSED = [
    [1],
    {"colour": 1},
    {"status_codes": [99]},
    {"status_codes": ["200"]},
    {"status_codes": [True]},
    {"text": [5]},
    {"text": "x" * 501},
    {"no_text": ["x"] * 21},
    {"response_ms": 0},
    {"response_ms": "fast"},
    {"tls_days": 366},
    {"tls_days": True},
]


@pytest.mark.parametrize("value", REFUSED, ids=str)
def test_refused_with_a_sentence(value):
    with pytest.raises(InvalidSchedule) as refused:
        parse_expectations(value)

    assert refused.value.message.endswith(".")


def test_stored_without_what_is_not_asked_for():
    wanted = {"status_codes": 200, "text": [" a ", "a", ""], "tls_days": None}

    stored = parse_expectations(wanted).as_json()

    assert stored == {"status_codes": [200], "text": ["a"]}
    assert parse_expectations(stored).as_json() == stored
