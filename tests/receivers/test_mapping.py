from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.models import Status
from receivers.exceptions import MappingInvalid
from receivers.mapping import (
    DEFAULT_MAPPING,
    MAX_VALUES,
    STATUSES,
    map_status,
    validate_mapping,
)

PROMISED = {
    "operational": "operational up ok healthy none resolved recovered closed success",
    "degraded": (
        "degraded partial warning minor warn degraded_performance partial_outage"
    ),
    "down": (
        "down outage major critical error firing alerting triggered alarm failure "
        "failed offline major_outage"
    ),
    "maintenance": "maintenance scheduled under_maintenance",
}


@pytest.mark.parametrize(
    ("value", "status"),
    [
        pytest.param(value, status, id=value)
        for status, values in PROMISED.items()
        for value in values.split()
    ],
)
def test_default_table(value, status):
    assert map_status(value, {}, "extend") == status
    assert map_status(f"  {value.upper()}\n", {}, "extend") == status
    assert map_status(value, {}, "replace") is None


def test_statuses_are_those_of_services():
    assert list(STATUSES) == Status.values


def test_default_table_has_nothing_else():
    assert {name: " ".join(values) for name, values in DEFAULT_MAPPING.items()} == (
        PROMISED
    )


@pytest.mark.parametrize(
    "value", ["0", "1", "2", "200", "1.0", "true", "false", "null", "", "unknown"]
)
def test_default_table_leaves_alone(value):
    assert map_status(value, {}, "extend") is None


OWN = {"down": ["kaputt", "ok"], "maintenance": ["0"]}


@pytest.mark.parametrize(
    ("raw", "mode", "status"),
    [
        pytest.param("Kaputt", "extend", "down", id="own"),
        pytest.param("0", "extend", "maintenance", id="own-number"),
        pytest.param("ok", "extend", "down", id="own-wins-over-default"),
        pytest.param("up", "extend", "operational", id="default-behind-own"),
        pytest.param("kaputt", "replace", "down", id="replace-own"),
        pytest.param("up", "replace", None, id="replace-drops-default"),
        pytest.param("huh", "extend", None, id="unmapped"),
    ],
)
def test_own_table(raw, mode, status):
    assert map_status(raw, OWN, mode) == status


def test_own_table_that_was_not_normalised():
    assert map_status("kaputt", {"down": [" KAPUTT "]}, "replace") == "down"


def test_validate_normalises():
    mapping = {"Down": [" Kaputt", "KAPUTT", "aus"], "operational": [], "degraded": ()}

    assert validate_mapping(mapping) == {
        "operational": [],
        "degraded": [],
        "down": ["kaputt", "aus"],
    }


def test_validate_takes_an_empty_table():
    assert validate_mapping({}) == {}


@pytest.mark.parametrize(
    ("mapping", "part"),
    [
        pytest.param(None, "must be an object of statuses", id="null"),
        pytest.param(["down"], "must be an object of statuses", id="list"),
        pytest.param({"broken": []}, '"broken" is no status. Use oper', id="status"),
        pytest.param({1: []}, '"1" is no status', id="status-number"),
        pytest.param({"down": "x"}, "must be a list such as", id="text-for-list"),
        pytest.param({"down": None}, "not null", id="null-for-list"),
        pytest.param({"down": [0]}, "not as a number", id="number"),
        pytest.param({"down": [True]}, "not as true", id="boolean"),
        pytest.param({"down": [["x"]]}, "not as a list of 1 item", id="nested"),
        pytest.param({"down": [" "]}, "is empty; remove it", id="blank"),
        pytest.param({"down": ["x" * 101]}, "at most 100 characters", id="long"),
        pytest.param({"down": ["a\0b"]}, "cannot be printed", id="nul"),
        pytest.param(
            {"down": ["X"], "degraded": ["x "]},
            '"x" is given for degraded and for down',
            id="two-statuses",
        ),
        pytest.param(
            {"down": [str(number) for number in range(MAX_VALUES + 1)]},
            "has 201 values; at most 200",
            id="many",
        ),
    ],
)
def test_validate_refuses(mapping, part):
    with pytest.raises(MappingInvalid) as caught:
        validate_mapping(mapping)

    assert part in caught.value.message
    assert caught.value.message.endswith(".")
    assert caught.value.error_code == "mapping_invalid"


def test_validate_refuses_one_status_written_twice():
    with pytest.raises(MappingInvalid, match="down is given twice"):
        validate_mapping({"down": ["a"], "Down ": ["b"]})


@given(
    st.dictionaries(
        st.sampled_from(STATUSES), st.lists(st.text(max_size=5), max_size=5)
    )
)
def test_what_validates_maps_and_validates_again(mapping):
    try:
        table = validate_mapping(mapping)
    except MappingInvalid:
        return
    assert validate_mapping(table) == table
    for status, values in table.items():
        assert all(map_status(value, table, "replace") == status for value in values)
