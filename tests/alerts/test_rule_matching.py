"""What rules ask of events beside types and scope: labels, data, names, options."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.conditions import EventFacts, RuleSpec, judge, matches
from alerts.conditions.fields import compile_field, holds, is_same
from alerts.conditions.patterns import InvalidPattern, compile_pattern
from webhooks.formats.samples import build_sample

NOW = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)
SERVICE = {"id": "0189f7a0-0000-7000-8000-000000000001", "name": "db-1"}
ROGUES = {
    "rogue_access_points": [
        {"mac": "AA:BB", "vendor": "TP-Link", "connected_switch_label": "Floor 2"},
        {"mac": "CC:DD", "vendor": "Acme", "connected_switch_label": "Floor 3"},
    ]
}


def facts(event_type, data):
    return EventFacts(type=event_type, data=data, occurred_at=NOW)


def alert(data, name="device_boot"):
    return facts(f"alert.{name}", {"alert_name": "ALERT_X", "data": data})


def incident(**fields):
    return facts("incident.opened", {"severity": "major", "services": [], **fields})


def change(status, previous="operational", **service):
    data = {"service": SERVICE | service, "status": status, "previous_status": previous}
    return facts("service.status_changed", data)


def fits(event, **asked):
    return matches(RuleSpec(event_types=["*"], **asked), event)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({"team": "pay"}, True),
        ({"team": "pay", "env": "prod"}, True),
        ({"cause": "deploy", "env": "prod"}, True),
        ({"team": "pay", "env": "test"}, False),
        ({"tier": "1"}, True),
    ],
)
def test_labels(labels, expected):
    """One service has them all, or the incident the rest; texts equal numbers."""
    services = [
        {"labels": {"team": "pay", "env": "prod", "tier": 1}},
        {"labels": {"env": "test"}},
    ]
    event = incident(labels={"cause": "deploy"}, services=services)
    assert fits(event, labels=labels) is expected


@pytest.mark.parametrize(
    ("event", "least", "expected"),
    [
        pytest.param(incident(), "major", True, id="incident"),
        pytest.param(incident(), "critical", False, id="incident below"),
        pytest.param(change("down"), "major", True, id="down is major"),
        pytest.param(change("degraded"), "major", False, id="degraded is minor"),
        pytest.param(change("operational", "down"), "major", True, id="recovery"),
        pytest.param(change("operational", "degraded"), "major", False, id="small"),
        pytest.param(change("maintenance"), "critical", True, id="maintenance"),
        pytest.param(alert({}), "critical", True, id="alert"),
    ],
)
def test_minimum_severity(event, least, expected):
    assert fits(event, minimum_severity=least) is expected


BOOT = {"device": {"label": "Core", "device_type": "switch", "ports": 48}, "up": True}


@pytest.mark.parametrize(
    ("field", "op", "value", "expected"),
    [
        ("device.label", "equals", "Core", True),
        ("data.device.label", "equals", "Core", True),
        ("device.ports", "equals", "48", True),
        ("up", "equals", "true", True),
        ("up", "equals", 1, False),
        ("device.label", "not_equals", "Core", False),
        ("nothing", "not_equals", "Core", True),
        ("nothing", "equals", None, False),
        ("device.label", "in", ["Edge", "Core"], True),
        ("device.label", "not_in", ["Edge", "Core"], False),
        ("nothing", "not_in", ["Edge"], True),
        ("device.label", "prefix", "Co", True),
        ("device.label", "suffix", "re", True),
        ("device.label", "contains", "or", True),
        ("device.label", "regex", "^C.*e$", True),
        ("device.label", "regex", "^c", False),
        ("device.ports", "gt", 48, False),
        ("device.ports", "gte", "48", True),
        ("device.ports", "lt", 49, True),
        ("device.ports", "lte", 47, False),
        ("device.label", "gt", 1, False),
        ("device", "exists", True, True),
        ("nothing", "exists", True, False),
        ("nothing", "exists", False, True),
        ("rogue_access_points[].vendor", "equals", "Acme", True),
        ("data.rogue_access_points[].vendor", "not_equals", "Acme", False),
        ("rogue_access_points[].vendor", "not_equals", "Cisco", True),
        ("rogue_access_points[1].vendor", "equals", "Acme", True),
        ("macs", "equals", "b", True),
        ("nothing[].x ?? device.label", "equals", "Core", True),
    ],
)
def test_conditions(field, op, value, expected):
    condition = {"field": field, "op": op, "value": value}
    event = alert(BOOT | ROGUES | {"macs": ["a", "b"]})
    assert fits(event, conditions=[condition]) is expected


def test_all_conditions_must_hold():
    one = {"field": "severity", "op": "equals", "value": "major"}
    other = {"field": "title", "op": "exists", "value": True}
    assert not fits(incident(), conditions=[one, other])
    assert fits(incident(title="Down"), conditions=[one, other])


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"allowed_names": [{"match": "prefix", "value": "db-"}]}, True),
        ({"allowed_names": [{"match": "exact", "value": "db"}]}, False),
        ({"allowed_names": [{"match": "suffix", "value": "/one"}]}, True),
        ({"ignored_names": [{"match": "regex", "value": "db-[0-9]"}]}, False),
        ({"ignored_names": [{"match": "regex", "value": "db"}]}, True),
        (
            {
                "allowed_names": [{"match": "prefix", "value": "db"}],
                "ignored_names": [{"match": "suffix", "value": "-1"}],
            },
            False,
        ),
    ],
)
def test_names_of_a_service(asked, expected):
    assert fits(change("down", absolute_path="/eu/one"), **asked) is expected


@pytest.mark.parametrize(
    ("ignored", "expected"),
    [
        ([{"match": "exact", "value": "AA:BB"}], True),
        ([{"match": "exact", "value": v} for v in ("AA:BB", "Floor 3")], False),
        ([{"match": "exact", "value": "Acme"}], True),
        (
            [
                {"match": "regex", "value": "Acme|TP.*", "field": f}
                for f in ("rogue_access_points[].vendor",)
            ],
            False,
        ),
    ],
)
def test_ignored_names_of_an_alert(ignored, expected):
    """It is left out when every access point is ignored, by any of its names."""
    assert fits(alert(ROGUES), ignored_names=ignored) is expected


def test_names_of_an_event_without_any():
    event = facts("destination.failing", {"webhook": {"label": "Hook"}})
    assert fits(event, ignored_names=[{"match": "regex", "value": ".*"}])
    assert not fits(event, allowed_names=[{"match": "regex", "value": ".*"}])


@pytest.mark.parametrize(
    ("data", "options", "expected"),
    [
        (BOOT, {"device_types": ["Switch", "Firewall"]}, True),
        (BOOT, {"device_types": ["Access Point"]}, False),
        ({"device_type": "access_point"}, {"device_types": ["Access Point"]}, True),
        ({}, {"device_types": ["Access Point"]}, True),
        ({"isp": [{"wan_quality": 0.72}]}, {"threshold": 0.8}, True),
        ({"isp": [{"wan_quality": 0.9}]}, {"threshold": 0.8}, False),
        ({"e": [{"utilization": n} for n in (0.9, 1)]}, {"threshold": 0.95}, True),
        ({"e": [{"utilization": 0.9}]}, {"threshold": 0.95}, False),
        ({"clients_moved_off": ["a", "b"]}, {"client_count_threshold": 3}, False),
        ({"clients_moved_off": ["a", "b"]}, {"client_count_threshold": 2}, True),
    ],
)  # fmt: skip
def test_options(data, options, expected):
    assert fits(alert(data), options=options) is expected


@pytest.mark.parametrize(
    ("event_type", "data", "expected"),
    [
        ("monitor.job_completed", {"has_changes": True}, True),
        ("monitor.job_completed", {"has_changes": False}, False),
        ("monitor.job_failed", {"error": "No answer."}, True),
        ("alert.device_boot", {"data": {"has_changes": False}}, True),
    ],
)
def test_changes_only(event_type, data, expected):
    event = facts(event_type, data)
    assert fits(event, options={"changes_only": True}) is expected
    assert fits(event, options={"changes_only": False})


def test_options_leave_other_events_alone():
    assert fits(incident(), options={"device_types": ["switch"]})


def test_reasons_are_sentences():
    rule = RuleSpec(
        event_types=["incident.*"],
        labels={"team": "pay"},
        minimum_severity="critical",
        conditions=[{"field": "title", "op": "prefix", "value": "DB"}],
        allowed_names=[{"match": "exact", "value": "db-1"}],
    )
    event = incident(title="Web is down", services=[{"name": "web"}])
    told = {each.field: each.sentence for each in judge(rule, event) if not each.passed}
    assert told == {
        "labels": "Nothing that it is about has team: pay.",
        "minimum_severity": "It is major, less than critical.",
        "conditions": ("Does not hold: title begins with DB; it is Web is down."),
        "allowed_names": "web is not among the allowed names.",
    }


def test_catastrophic_pattern_takes_milliseconds():
    pattern = compile_pattern("(a+)+$")
    started = time.perf_counter()
    assert not pattern.is_in("a" * 10_000 + "!")
    assert not compile_pattern("(a|a)*(a|aa)+b").is_in("a" * 10_000)
    assert time.perf_counter() - started < 0.1


@pytest.mark.parametrize("text", ["", "(", "a{1001}", r"(?=x)", r"(a)\1", "x" * 501])
def test_unreadable_patterns_are_refused(text):
    with pytest.raises(InvalidPattern):
        compile_pattern(text)


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from("abc") | st.text(max_size=4), inner, max_size=4
        )
    ),
    max_leaves=20,
)
paths = st.sampled_from(["a", "a.b", "a[].b", "a[]", "b[].c[].a", "a ?? b[]", "c.0"])


@given(values, paths, values)
def test_opposites_disagree(data, path, value):
    event = alert(data if isinstance(data, dict) else {"a": data})
    listed = value if isinstance(value, list) else [value]
    for op, opposite, wanted in (
        ("equals", "not_equals", value),
        ("in", "not_in", listed),
    ):
        one, other = (
            holds({"field": path, "op": each, "value": wanted}, event)
            for each in (op, opposite)
        )
        assert one is not other


@given(values, paths, st.sampled_from(["gt", "lte", "prefix", "contains"]), scalars)
def test_any_data_can_be_judged(data, path, op, value):
    event = alert(data if isinstance(data, dict) else {"a": data})
    condition = {"field": path, "op": op, "value": value}
    names = [{"match": "prefix", "value": "a"}]
    rule = RuleSpec(
        event_types=["*"],
        conditions=[condition],
        ignored_names=names,
        options={"device_types": ["x"], "threshold": 1},
        labels={"a": "b"},
    )
    judged = list(judge(rule, event))
    assert all(each.sentence.endswith(".") for each in judged)
    assert matches(rule, event) is all(each.passed for each in judged)


@given(scalars)
def test_equality_is_reflexive(value):
    is_not_a_number = isinstance(value, float) and value != value
    assert is_same(value, value) or value is None or is_not_a_number


@given(st.lists(st.integers(), max_size=20), st.integers())
def test_list_path_finds_any_element(numbers, wanted):
    data = {"entries": [{"n": number} for number in numbers]}
    found = compile_field("entries[].n").find_all(data)
    assert found == numbers
    condition = {"field": "entries[].n", "op": "equals", "value": wanted}
    assert holds(condition, alert(data)) is (wanted in numbers)


@pytest.mark.parametrize(
    ("event_type", "phase"),
    [
        ("incident.opened", "bad"),
        ("incident.acknowledged", "ongoing"),
        ("incident.resolved", "over"),
        ("service.status_changed", "bad"),
        ("alert.device_boot", "point"),
        ("uptime.budget_burning", "point"),
    ],
)
def test_phases_of_the_samples(event_type, phase):
    sample = build_sample(event_type)
    event = facts(event_type, sample.data)
    assert event.phase == phase
    assert (event.subject is None) is (phase == "point")
