from __future__ import annotations

import dataclasses
import uuid

import pytest

from receivers.datatypes import ReceiverSpec
from receivers.exceptions import ReceiverError
from receivers.extraction import as_text, extract_readings
from receivers.understanding import plain_paths

FIXED = ReceiverSpec(
    id=uuid.uuid4(),
    organization_id=uuid.uuid4(),
    name="Deploy pipeline",
    service_id=uuid.uuid4(),
)
BY_NAME = dataclasses.replace(FIXED, service_id=None, service_name_field="service_name")
ITEMS = dataclasses.replace(FIXED, items_path="alerts[]", key_field="id")


def extract(body, headers=None, spec=FIXED, **changes):
    paths = plain_paths(dataclasses.replace(spec, **changes))
    return extract_readings(body, headers or {}, paths)


def refusal(body, spec=FIXED, **changes):
    with pytest.raises(ReceiverError) as caught:
        extract(body, spec=spec, **changes)
    assert caught.value.message.endswith(".")
    return caught.value


def test_the_simplest_body():
    [reading] = extract({"status": "degraded", "message": "Slow in US-East"})

    assert reading.index == 0
    assert reading.raw_status == "degraded"
    assert reading.message == "Slow in US-East"
    assert reading.service_name is None
    assert reading.key == ""
    assert reading.where == "status"
    assert reading.error is None


def test_every_field_from_its_own_place():
    body = {"data": {"state": " Major ", "why": "Disk"}, "svc": "API", "id": 17}

    [reading] = extract(
        body,
        {"X-Key": "k"},
        spec=BY_NAME,
        status_field="data.state",
        message_field="data.why",
        service_name_field="svc",
        key_field="header:x-key ?? id",
    )

    assert reading.raw_status == "Major"
    assert (reading.message, reading.service_name, reading.key) == ("Disk", "API", "k")


@pytest.mark.parametrize(
    ("value", "raw"),
    [
        pytest.param(" Up\n", "Up", id="trimmed"),
        pytest.param(True, "true", id="true"),
        pytest.param(False, "false", id="false"),
        pytest.param(0, "0", id="zero"),
        pytest.param(-3, "-3", id="negative"),
        pytest.param(1.5, "1.5", id="float"),
        pytest.param("x" * 300, "x" * 200, id="cut-to-the-column"),
    ],
)
def test_status_as_text(value, raw):
    assert extract({"status": value})[0].raw_status == raw


@pytest.mark.parametrize(
    ("body", "code", "part"),
    [
        pytest.param(
            {"state": "up", "id": 1},
            "status_missing",
            'The status field "status" is missing. The keys there are "state", "id".',
            id="missing",
        ),
        pytest.param({}, "status_missing", "The object is empty.", id="empty-object"),
        pytest.param(
            [{"status": "up"}], "status_missing", "a list of 1 item, not an", id="list"
        ),
        pytest.param("down", "status_missing", "a text, not an object", id="text"),
        pytest.param(None, "status_missing", "null, not an object", id="null-body"),
        pytest.param({"status": None}, "status_missing", '" is null.', id="null"),
        pytest.param({"status": " "}, "status_missing", '" is empty.', id="blank"),
        pytest.param(
            {"status": {"id": 1}},
            "status_not_text",
            "it is an object with 1 key.",
            id="object",
        ),
        pytest.param({"status": []}, "status_not_text", "a list of 0", id="list-value"),
    ],
)
def test_refuses_a_status(body, code, part):
    error = refusal(body)

    assert error.error_code == code
    assert part in error.message


def test_a_sentence_names_few_and_short_keys():
    error = refusal({f"{number}{'k' * 100}": 1 for number in range(30)})

    assert error.message.endswith(" and 20 more.")
    assert len(error.message) < 700


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param({}, "", id="missing"),
        pytest.param({"message": None}, "", id="null"),
        pytest.param({"message": 5}, "5", id="number"),
        pytest.param({"message": {"b": 1, "a": "é"}}, '{"a":"é","b":1}', id="object"),
        pytest.param({"message": "x" * 1001}, "x" * 999 + "…", id="cut"),
    ],
)
def test_message(body, message):
    assert extract({"status": "up"} | body)[0].message == message


def test_no_message_field_is_no_message():
    assert extract({"status": "up", "message": "hi"}, message_field="")[0].message == ""


def test_service_by_name():
    [reading] = extract({"status": "up", "service_name": " API Gateway "}, spec=BY_NAME)

    assert reading.service_name == "API Gateway"


@pytest.mark.parametrize(
    ("body", "part"),
    [
        pytest.param({}, 'is missing. The keys there are "status".', id="missing"),
        pytest.param({"service_name": None}, "is null.", id="null"),
        pytest.param({"service_name": " "}, "is empty.", id="blank"),
        pytest.param({"service_name": ["a"]}, "it is a list of 1 item.", id="list"),
        pytest.param({"service_name": "x" * 201}, "longer than 200", id="long"),
    ],
)
def test_refuses_a_service_name(body, part):
    error = refusal({"status": "up"} | body, spec=BY_NAME)

    assert error.error_code == "service_missing"
    assert '"service_name"' in error.message
    assert part in error.message


def test_a_fixed_service_needs_no_name():
    spec = dataclasses.replace(BY_NAME, service_id=uuid.uuid4())

    assert extract({"status": "up"}, spec=spec)[0].service_name is None
    assert extract({"status": "up", "service_name": [1]}, spec=spec)


def test_neither_service_nor_field_is_said():
    error = refusal({"status": "up"}, service_id=None)

    assert error.error_code == "service_missing"
    assert "set one" in error.message


def test_long_keys_fit_and_stay_apart():
    keys = [
        extract({"status": "up", "id": "k" * 300 + end}, key_field="id")[0].key
        for end in "ab"
    ]

    assert [len(key) for key in keys] == [255, 255]
    assert keys[0] != keys[1]


def test_an_object_is_one_key_in_any_order():
    first, second = (
        extract({"status": "up", "id": value}, key_field="id")[0].key
        for value in ({"a": 1, "b": 2}, {"b": 2, "a": 1})
    )

    assert first == second == '{"a":1,"b":2}'


def test_items():
    readings = extract(
        {"alerts": [{"status": "firing", "id": 1}, {"status": "resolved", "id": 2}]},
        spec=ITEMS,
    )

    assert [(item.index, item.raw_status, item.key) for item in readings] == [
        (0, "firing", "1"),
        (1, "resolved", "2"),
    ]


def test_items_read_headers_too():
    [reading] = extract({"alerts": [{}]}, {"S": "up"}, ITEMS, status_field="header:s")

    assert reading.raw_status == "up"


def test_the_body_itself_is_the_list():
    assert len(extract([{"status": "up"}] * 3, spec=ITEMS, items_path="[]")) == 3


def test_no_items_is_nothing_to_read():
    assert extract({"alerts": []}, spec=ITEMS) == []


def test_one_bad_item_does_not_hold_back_others():
    first, second = extract({"alerts": [{"x": 1}, {"status": "up"}]}, spec=ITEMS)

    assert first.raw_status is None
    assert first.error.error_code == "status_missing"
    assert '"x"' in first.error.message
    assert second.raw_status == "up"


def test_only_bad_items_are_refused():
    error = refusal({"alerts": [{"x": 1}, 5]}, spec=ITEMS)

    assert error.error_code == "status_missing"
    assert error.message.startswith("Item 1 of 2: The status field")


@pytest.mark.parametrize(
    ("body", "code", "part"),
    [
        pytest.param({"a": 1}, "items_missing", '"alerts[]" leads nowhere', id="none"),
        pytest.param({"alerts": {}}, "items_missing", "with 0 keys", id="object"),
        pytest.param({"alerts": None}, "items_missing", "leads to null", id="null"),
        pytest.param(
            {"alerts": [{"status": "up"}] * 501},
            "too_many_items",
            "has 501 items; at most 500",
            id="many",
        ),
    ],
)
def test_refuses_items(body, code, part):
    error = refusal(body, spec=ITEMS)

    assert error.error_code == code
    assert part in error.message


@pytest.mark.parametrize(
    "changes",
    [{"status_field": "a..b"}, {"key_field": "a..b"}, {"items_path": "alerts"}],
)
def test_a_bad_path_in_the_settings_is_said(changes):
    error = refusal({"status": "up"}, **changes)

    assert error.error_code == "field_path_invalid"
    assert "settings" in error.message


def test_as_text_of_exact_values():
    assert [as_text(value) for value in (None, True, 1, 1.0, " a ", [1, "é"])] == [
        "", "true", "1", "1.0", "a", '[1,"é"]',
    ]  # fmt: skip
