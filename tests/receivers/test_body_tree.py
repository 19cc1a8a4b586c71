"""The tree of the mapping editor: what can be pointed at, and how much is shown."""

from __future__ import annotations

import json

import pytest

from receivers.body_tree import MAX_CHILDREN, MAX_ROWS, build_tree, split_each


def find(rows, text):
    return next(row for row in rows if row.text == text)


ALERTS = {
    "alerts": [
        {"name": "API", "status": "firing"},
        {"name": "Mail", "labels": {"severity": "critical"}, "tags": ["eu"]},
    ]
}


def test_values_of_every_item_can_be_pointed_at():
    rows = build_tree(ALERTS, items_path="alerts[]")
    assert find(rows, '"firing"').path == "status"
    assert find(rows, '"critical"').path == "labels.severity"
    assert find(rows, '"eu"').path == "tags.0"
    assert not any(row.each for row in rows)


def test_without_items_the_list_is_offered_with_the_value():
    row = find(build_tree(ALERTS), '"critical"')
    assert row.path == "alerts.1.labels.severity"
    assert row.each == "alerts[] labels.severity"
    assert split_each(row.each) == ("alerts[]", "labels.severity")


def test_body_that_is_a_list():
    body = [{"a": 1}, {"b": "two"}]
    assert find(build_tree(body), '"two"').each == "[] b"
    assert find(build_tree(body, items_path="[]"), '"two"').path == "b"


def test_key_that_a_path_cannot_say_is_not_offered():
    rows = build_tree({"list": [{"a[] b": "odd"}]})
    assert find(rows, '"odd"').each == ""


def test_marks_are_in_the_first_item_alone():
    body = {"alerts": [{"status": "firing"}, {"status": "resolved"}]}
    rows = build_tree(body, items_path="alerts[]", read_at={"status": "status"})
    assert find(rows, '"firing"').marks == ("status",)
    assert find(rows, '"resolved"').marks == ()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({f"key {n}": n for n in range(1000)}, id="keys"),
        pytest.param({"list": list(range(1000))}, id="list"),
    ],
)
def test_of_a_thousand_60_are_shown_and_the_rest_counted(body):
    rows = build_tree(body)
    assert rows[-1].text == "940 more, not shown"
    assert rows[-1].is_more
    assert sum(not row.is_more and not row.is_parent for row in rows) == MAX_CHILDREN


def test_rows_are_bounded_however_wide_and_deep():
    body = {str(n): {str(m): {"x": [1, 2, 3]} for m in range(50)} for n in range(50)}
    rows = build_tree(body)
    assert MAX_ROWS <= len(rows) < MAX_ROWS + 20
    assert [row.text for row in rows if row.is_more][-1].endswith("more, not shown")


def test_depth_is_bounded_and_said():
    body = "bottom"
    for _ in range(60):
        body = {"in": body}
    rows = build_tree(body)
    assert len(rows) < 20
    assert rows[-1].text == "an object with 1 key, not shown"
    assert rows[-1].path == ""


def test_long_names_and_values_are_cut():
    name, value = "n" * 5000, "v" * 100_000
    (row,) = build_tree({name: value})
    assert len(row.name) <= 60
    assert len(row.text) <= 122
    assert row.path == ""  # longer than a path may be


def test_a_body_inside_a_text_has_paths_too():
    rows = build_tree({"Message": json.dumps({"State": "ALARM"})})
    assert find(rows, '"ALARM"').path == "Message|State"
