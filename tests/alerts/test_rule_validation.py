"""What rules may hold: a sentence for each field that needs mending."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from alerts.conditions import (
    find_active_hours_errors,
    find_condition_errors,
    find_label_errors,
    find_name_errors,
    find_option_errors,
)
from alerts.models import Rule

WINDOW = {"days": [0], "from": "08:00", "to": "18:00"}


def condition(**fields):
    return {"field": "severity", "op": "equals", "value": "major"} | fields


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({}, "Write a list such as"),
        (["severity"], "Condition 1: write an object"),
        ([condition(), condition(op="is")], "Condition 2: op is one of equals"),
        ([condition(op=[])], "Condition 1: op is one of"),
        ([condition(field="")], "The path is empty"),
        ([condition(field=7)], "field is a path"),
        ([condition(field="a..b")], "no key before or after"),
        ([condition(field="header:X")], "An event has no headers"),
        ([condition(other=1)], "there is no "),
        ([{"field": "severity", "op": "prefix"}], "prefix needs a value"),
        ([condition(op="in")], "in takes a list"),
        ([condition(op="in", value=[])], "in takes a list"),
        ([condition(op="gt", value="many")], "gt compares with a number"),
        ([condition(op="regex", value="(")], "This is no pattern: missing )"),
        ([condition(op="regex", value="(?=a)")], "Look-around and back-references"),
        ([condition(op="exists", value="yes")], "true or false"),
        ([condition(value={})], "takes a text, number"),
        ([condition()] * 51, "These are 51 entries"),
    ],
)
def test_wrong_conditions(value, said):
    (sentence,) = find_condition_errors(value)
    assert (
        said in sentence.replace('"', "“", 1).replace('"', "”", 1) or said in sentence
    )


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("db", "Write a list such as"),
        ([{"match": "like", "value": "a"}], "match is one of exact"),
        ([{"match": "exact", "value": ""}], "value is a text"),
        ([{"match": "exact", "value": 3}], "value is a text"),
        ([{"match": "regex", "value": "["}], "This is no pattern"),
        ([{"match": "exact", "value": "a", "field": ".."}], "no key before"),
        ([{"match": "exact", "value": "a" * 1001}], "at most 1000"),
    ],
)
def test_wrong_names(value, said):
    (sentence,) = find_name_errors(value)
    assert said in sentence


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([], "not a list"),
        ({"team": ["a"]}, "as a text"),
        ({str(n): "a" for n in range(51)}, "These are 51 labels"),
    ],
)
def test_wrong_labels(value, said):
    (sentence,) = find_label_errors(value)
    assert said in sentence


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (3, "Write an object"),
        ({"threshold": "high"}, "threshold is a number"),
        ({"threshold": True}, "threshold is a number"),
        ({"device_types": "switch"}, "list of texts"),
        ({"changes_only": "yes"}, "changes_only is true or false"),
        ({"tresholds": 3}, "There is no option"),
    ],
)
def test_wrong_options(value, said):
    (sentence,) = find_option_errors(value)
    assert said in sentence


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ([], "Write an object"),
        ({"zone": "UTC"}, "no field"),
        ({"time_zone": "Europe/Atlantis", "windows": [WINDOW]}, "is no time zone"),
        ({"time_zone": "../etc/passwd", "windows": [WINDOW]}, "is no time zone"),
        ({"windows": [WINDOW]}, "Choose a time zone"),
        ({"time_zone": "UTC", "windows": []}, "at least one window"),
        ({"time_zone": "UTC", "windows": [{}]}, "Window 1: write days"),
        ({"time_zone": "UTC", "windows": [WINDOW | {"days": [7]}]}, "0 (Monday)"),
        ({"time_zone": "UTC", "windows": [WINDOW | {"days": [True]}]}, "0 (Monday)"),
        ({"time_zone": "UTC", "windows": [WINDOW | {"to": "8"}]}, "such as 08:00"),
        ({"time_zone": "UTC", "windows": [WINDOW | {"to": "08:00"}]}, "same time"),
    ],
)
def test_wrong_active_hours(value, said):
    (sentence,) = find_active_hours_errors(value)
    assert said in sentence


def test_all_fields_are_judged_together():
    rule = Rule(
        label="Wrong",
        event_types=["nothing"],
        labels=[],
        conditions={},
        allowed_names=3,
        ignored_names="a",
        options=[],
        active_hours=[],
    )
    with pytest.raises(ValidationError) as caught:
        rule.clean()
    names = "event_types labels conditions allowed_names ignored_names options"
    assert caught.value.message_dict.keys() == {*names.split(), "active_hours"}


def test_whole_fields_are_taken():
    assert (
        find_condition_errors([condition(), condition(op="exists", value=False)]) == []
    )
    assert find_name_errors([{"match": "regex", "value": "^a"}]) == []
    assert find_active_hours_errors({"time_zone": "UTC", "windows": [WINDOW]}) == []
    assert find_active_hours_errors({}) == []
