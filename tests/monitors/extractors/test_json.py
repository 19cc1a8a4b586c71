"""Items picked from a JSON document by path."""

from __future__ import annotations

import json

import pytest

from monitors.datatypes import Page
from monitors.exceptions import ExtractionFailed, InvalidStrategy
from monitors.extractors.json import extract_json, parse_json_spec

DOCUMENT = {"data": {"products": [{"name": "A", "cost": {"amount": 5}}, {"name": "B"}]}}


def read(schema, text=None):
    text = json.dumps(DOCUMENT) if text is None else text
    page = Page(url="https://x.example/api", content_type="application/json", text=text)
    return extract_json(page, parse_json_spec(schema)).items


def test_fields_by_path():
    schema = {
        "items": "data.products[]",
        "fields": {"title": "name", "price": "cost.amount"},
    }

    assert read(schema) == (
        {"title": "A", "price": 5},
        {"title": "B", "price": None},
    )


def test_items_without_fields_are_kept_whole():
    assert read({"items": "data.products[]"})[1] == {"name": "B"}


def test_document_is_one_item_or_a_list():
    assert read({}) == (DOCUMENT,)
    assert read({}, "[1, 2]") == ({"value": 1}, {"value": 2})


@pytest.mark.parametrize(
    ("schema", "text", "words"),
    [
        ({}, "<html>", "no JSON"),
        ({"items": "rows[]"}, None, "nothing at rows"),
        ({"items": "data[]"}, None, "not a list"),
        ({}, "[" * 100_000, "no JSON"),
    ],
)
def test_what_cannot_be_read_is_said(schema, text, words):
    with pytest.raises(ExtractionFailed, match=words):
        read(schema, text)


@pytest.mark.parametrize(
    "schema",
    [
        {"items": 5},
        {"items": "a"},
        {"fields": []},
        {"fields": {"a": 5}},
        {"fields": {"a": ""}},
    ],
)
def test_strategies_that_cannot_be_used(schema):
    with pytest.raises(InvalidStrategy):
        parse_json_spec(schema)
