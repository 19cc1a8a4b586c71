"""`/api/v1/alert-types`, and what raising an alert is held to."""

from __future__ import annotations

import pytest

from alerts.models import AlertType
from tests import factories
from tests.api.test_resources import assert_problem

DOOR = {
    "name": "ALERT_DOOR_OPEN",
    "title": "Door open",
    "category": "Building",
    "when": "A door stands open for a minute.",
    "fields": {"data.door.label": {"type": "string", "description": "Which door"}},
    "example": {"door": {"label": "Back door"}},
}


def test_catalogue_and_own_are_listed(api):
    made = api.post("alert-types", DOOR).json()
    page = api.get("alert-types").json()
    assert page["next"] is None
    assert page["results"][-1] == made
    by_name = {each["name"]: each for each in page["results"]}
    assert by_name["ALERT_ROGUE_AP"]["aliases"] == ["ALERT_ROGUE_AP_DETECTED"]
    assert by_name["ALERT_ROGUE_AP"]["source"] == "catalogue"
    assert made["source"] == made["evidence"] == "own"
    assert made["event_type"] == "alert.door_open"
    titles = [e["title"] for e in page["results"] if e["name"] is None]
    assert "WAN failover" in titles


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("source=own", 1),
        ("category=Audit events", 1),
        ("search=rogue", 1),
        ("search=alert.rogue_ap_detected", 1),
        ("search=door minute", 1),
        ("search=nothing of the kind", 0),
    ],
)
def test_list_is_filtered(api, query, count):
    api.post("alert-types", DOOR)
    assert len(api.get(f"alert-types?{query}").json()["results"]) == count


@pytest.mark.parametrize("query", ["source=mine", "color=red", "limit=1"])
def test_bad_filters_are_said(api, query):
    assert_problem(api.get(f"alert-types?{query}"), 400)


@pytest.mark.parametrize(
    "key", ["ALERT_ROGUE_AP", "ALERT_ROGUE_AP_DETECTED", "WAN_FAILOVER"]
)
def test_catalogue_is_read_and_never_changed(api, key):
    assert api.get(f"alert-types/{key}").status_code == 200
    for method in ("PATCH", "PUT", "DELETE"):
        response = api.send(method, f"alert-types/{key}", {"title": "Mine"})
        assert_problem(response, 409, "catalogue_entry_fixed")


def test_own_type_is_read_changed_and_removed(api):
    made = api.post("alert-types", DOOR).json()
    assert api.get(f"alert-types/{made['id']}").json() == made
    assert api.get("alert-types/ALERT_DOOR_OPEN").json() == made
    path = f"alert-types/{made['id']}"
    assert api.patch(path, {"title": "Open door"}).json()["title"] == "Open door"
    assert api.send("PUT", path, made).json()["title"] == "Door open"
    assert api.send("DELETE", path, None).status_code == 204
    assert not AlertType.objects.exists()
    assert_problem(api.get(path), 404, "not_found")


def test_errors_come_together(api):
    body = {
        "name": "door",
        "title": "",
        "fields": {"door": {"type": "string"}},
        "example": [],
        "color": 1,
    }
    errors = assert_problem(api.post("alert-types", body), 400)["errors"]
    assert set(errors) == {"name", "title", "fields", "example", "color"}


@pytest.mark.parametrize("name", ["ALERT_ROGUE_AP", "ALERT_ROGUE_AP_DETECTED"])
def test_names_of_the_catalogue_are_taken(api, name):
    errors = assert_problem(api.post("alert-types", DOOR | {"name": name}), 400)[
        "errors"
    ]
    assert "is in the catalogue already" in errors["name"][0]


def test_name_is_taken_once(api):
    api.post("alert-types", DOOR)
    errors = assert_problem(api.post("alert-types", DOOR), 400)["errors"]
    assert errors == {"name": ["This alert type exists already."]}


def test_example_fits_the_fields(api):
    body = DOOR | {"example": {"door": {"label": 5}}}
    errors = assert_problem(api.post("alert-types", body), 400)["errors"]
    assert errors == {"example": ["data.door.label: Send a text, not a number."]}


def test_foreign_type_is_not_found(api):
    row = AlertType.objects.create(
        organization=factories.make_organization(), name="ALERT_X", title="X"
    )
    for key in (row.pk, "ALERT_X"):
        assert_problem(api.get(f"alert-types/{key}"), 404, "not_found")
        assert_problem(api.patch(f"alert-types/{key}", {}), 404, "not_found")


def test_reading_key_changes_nothing(make_api):
    assert_problem(make_api("read").post("alert-types", DOOR), 403)


def test_raising_reports_every_path(api):
    body = {
        "alert_name": "ALERT_AP_RADAR_HIT",
        "network_name": "Main Office",
        "data": {"dfs_channel": "52", "access_point": [], "further": {"kept": True}},
        "timestamp": "soon",
    }
    errors = assert_problem(api.post("alerts", body), 400)["errors"]
    assert set(errors) == {"timestamp", "data.dfs_channel", "data.access_point"}
    assert errors["data.dfs_channel"] == ["Send a whole number, not a text."]


def test_unknown_fields_are_kept(api):
    data = {"dfs_channel": 52, "further": {"kept": True}}
    body = {"alert_name": "ALERT_AP_RADAR_HIT", "network_name": "N", "data": data}
    assert api.post("alerts", body).json()["data"] == data
