"""Templates: how places are filled, and what is refused when one is saved."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.webhooks.formats.documented import change_event
from webhooks.datatypes import EVENT_TYPES
from webhooks.exceptions import InvalidTemplate, UnsupportedEvent
from webhooks.formats import render
from webhooks.formats.base import dump
from webhooks.formats.samples import build_sample
from webhooks.formats.template import (
    DEFAULT_TEMPLATE,
    MAX_BODY_LENGTH,
    find_template_error,
    render_template,
)

CHANGE = change_event("service.status_changed", message='Say "hi"\n\\o/', flag=True)
SOURCE = {"kind": "manual", "label": "Manual"}
TRACE = CHANGE.trace
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def fill(document, event=CHANGE):
    text = document if isinstance(document, str) else json.dumps(document)
    return json.loads(render_template(text, event))


@pytest.mark.parametrize(
    ("place", "value"),
    [
        pytest.param("{{ data.changes_last_hour }}", 2, id="number"),
        pytest.param("{{data.changes_last_hour}}", 2, id="without spaces"),
        pytest.param("{{ data.flag }}", True, id="boolean"),
        pytest.param("{{ data.receipt }}", None, id="null"),
        pytest.param("{{ data.nothing.here }}", None, id="missing"),
        pytest.param("{{ data.source }}", SOURCE, id="object"),
        pytest.param("{{ data.message }}", 'Say "hi"\n\\o/', id="text"),
        pytest.param("{{ type }}", "service.status_changed", id="root"),
        pytest.param("{{ timestamp }}", "2026-01-23T21:40:03Z", id="time"),
        pytest.param("{{ title }}", "Example service is degraded", id="in words"),
        pytest.param("{{ data.nothing ?? data.status }}", "degraded", id="fallback"),
        pytest.param("{{ data.changes_last_hour }}×", "2×", id="in text"),
        pytest.param("{{ data.status }} {{ trace }}", f"degraded {TRACE}", id="two"),
        pytest.param("({{ data.receipt }}{{ data.nothing }})", "()", id="null in text"),
        pytest.param(" {{ data.flag }}", " true", id="a space is text"),
        pytest.param("{{ data.source }}!", f"{dump(SOURCE)}!", id="object in text"),
        pytest.param("no place } } {", "no place } } {", id="no place"),
    ],
)
def test_place(place, value):
    assert fill({"a": [place]}) == {"a": [value]}


def test_list_indexes():
    event = change_event("incident.opened")

    assert fill(
        ["{{ data.services.0.name }}", "{{ data.services.1.name }}"], event
    ) == [
        "Example service",
        None,
    ]


def test_what_is_no_text_stays():
    document = {"a": 1, "b": None, "c": [True, 0.5], "d": {"e": {}}, "f": []}

    assert fill(document) == document


@given(VALUES)
def test_no_value_breaks_out(value):
    event = change_event("alert.x", data=value)

    filled = fill({"whole": "{{ data.data }}", "part": "<{{ data.data }}>"}, event)
    assert filled["whole"] == value
    assert list(filled) == ["whole", "part"]


def test_values_are_not_filled_again():
    event = change_event("alert.x", data={"evil": "{{ trace }}"})

    assert fill(["{{ data.data.evil }}", "-{{ data.data.evil }}"], event) == [
        "{{ trace }}",
        "-{{ trace }}",
    ]


@pytest.mark.parametrize("event_type", [*EVENT_TYPES, "alert.x", "test.verify"])
def test_default_fills_with_every_type(event_type):
    body = json.loads(render("template", build_sample(event_type)))

    assert body["event"] == event_type
    assert body["title"]
    assert body["data"] == build_sample(event_type).data


def test_own_template_is_used():
    assert render("template", CHANGE, template='{"is": "{{ data.status }}"}') == (
        '{"is":"degraded"}'
    )


def test_default_is_fine():
    assert find_template_error(DEFAULT_TEMPLATE) == ""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("", "Enter a JSON document", id="empty"),
        pytest.param("hello", "The template is not JSON", id="no JSON"),
        pytest.param('{"a": {{ type }}}', "Write places inside quotation", id="bare"),
        pytest.param('{"a": 1, "a": 2}', "twice", id="key twice"),
        pytest.param('{"a": "\\u0000"}', "NUL", id="NUL"),
        pytest.param('{"a": NaN}', "NaN", id="NaN"),
        pytest.param("[" * 65 + "]" * 65, "nested", id="too deep"),
        pytest.param('{"{{ type }}": 1}', "only values may have one", id="in a key"),
        pytest.param('["{{ type "]', "is not closed", id="open"),
        pytest.param('["{{ type }"]', "is not closed", id="half closed"),
        pytest.param('["{{ }}"]', "The path is empty", id="no path"),
        pytest.param('["{{ a..b }}"]', "a dot with no key", id="double dot"),
        pytest.param('["{{ tpye }}"]', "begins with one of: id, type", id="root typo"),
        pytest.param('["{{ data.stauts }}"]', "No event has", id="data typo"),
        pytest.param('["{{ type ?? data.x }}"]', "No event has", id="fallback typo"),
        pytest.param('["{{ header:Host }}"]', "reads a header", id="header"),
        pytest.param('["{{ data.message|x }}"]', "a text within", id="inner JSON"),
        pytest.param('["{{ alerts[] }}"]', "names a whole list", id="items path"),
        pytest.param('["' + "{{ type }}" * 101 + '"]', "101 places", id="too many"),
        pytest.param('["' + "x" * 20_000 + '"]', "20004 characters", id="too long"),
        pytest.param('["\ud800"]', "not", id="half a surrogate pair"),
    ],
)
def test_refused(text, words):
    assert words in find_template_error(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('"{{ title }}"', id="a text alone"),
        pytest.param('{"a": "{{ data.data.device.label }}"}', id="free data of alerts"),
        pytest.param('{"a": "{{ data.services.3.labels.team }}"}', id="labels"),
        pytest.param('{"a": "{{ data.metadata.anything }}"}', id="metadata"),
        pytest.param('{"a": "{{ data }}"}', id="all of it"),
    ],
)
def test_accepted(text):
    assert find_template_error(text) == ""


def test_filled_document_has_an_end():
    event = change_event("alert.x", data="x" * (MAX_BODY_LENGTH // 50))

    with pytest.raises(UnsupportedEvent, match="longer than 1 MiB"):
        fill('["' + "{{ data.data }}" * 100 + '"]', event)
    assert fill(["{{ data.data }}"], event)


def test_invalid_one_says_so_when_it_is_filled():
    with pytest.raises(InvalidTemplate, match="not JSON"):
        fill("{")
