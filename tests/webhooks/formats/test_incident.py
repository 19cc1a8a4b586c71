"""Incidents as Metaplane documents them."""

from __future__ import annotations

import base64
import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.webhooks.formats.documented import change_event, read_payload
from webhooks.exceptions import UnsupportedEvent
from webhooks.formats import find_uncarried_type, render
from webhooks.formats.base import in_milliseconds, iso
from webhooks.formats.incident import build_idempotency_id

SERVICE = {
    "id": "018f3eb0-d994-7a34-a956-92a30a439157",
    "name": "Row count grouped by customer_id",
    "group": "",
    "entity_type": "table",
    "absolute_path": "METAPLANE_DB.TEST_SCHEMA.orders",
    "labels": {"team": "data", "urgent": True},
    "network": None,
    "status": "down",
}
LINK = {
    "id": "26312",
    "service": SERVICE["id"],
    "key": "1",
    "linked_at": "2024-05-03T13:43:56.315482Z",
    "resolved_at": None,
}
PUBLISHED = {
    "id": "26345",
    "opened_at": "2024-05-03T13:43:56.243Z",
    "updated_at": "2024-05-03T13:43:56.243999Z",
    "status": "opened",
    "acknowledged": False,
    "acknowledged_at": "2024-05-03T13:43:56.243Z",
    "url": "",
    "labels": {},
    "services": [SERVICE],
    "affected": [LINK],
}


def body_of(event_type="incident.opened", **data):
    return json.loads(render("incident", change_event(event_type, **data)))


def keys_of(document):
    """All paths of a document; a list stands for its first entry."""
    if isinstance(document, list):
        return keys_of(document[0]) if document else set()
    if not isinstance(document, dict):
        return {""}
    return {f"{k}.{rest}" for k, inner in document.items() for rest in keys_of(inner)}


def test_published_example():
    documented = read_payload("incident_opened")
    body = body_of(**PUBLISHED)

    [monitor], [documented_monitor] = (
        each.pop("affectedMonitors") for each in (body, documented)
    )
    assert {name: body[name] for name in documented} == documented
    # What a monitor measures, and by what it is grouped, is the vendor's own.
    for each in (monitor, documented_monitor):
        del each["monitor"]["type"], each["group"][0]["name"]
    assert {n: monitor["monitor"][n] for n in documented_monitor["monitor"]} == (
        documented_monitor["monitor"]
    )
    for name in ("id", "linkedAt", "resolvedAt", "group"):
        assert monitor[name] == documented_monitor[name]


def test_no_documented_field_is_missing():
    assert keys_of(read_payload("incident_opened")) <= keys_of(body_of(**PUBLISHED))


def test_published_idempotency_id():
    documented = read_payload("incident_opened")

    made = build_idempotency_id(documented["id"], documented["updatedAt"])
    assert (
        made
        == documented["idempotencyId"]
        == "MjYzNDUtMjAyNC0wNS0wM1QxMzo0Mzo1Ni4yNDNa"
    )


def test_padding_stays():
    assert build_idempotency_id("1", "2024-05-03T13:43:56.243Z").endswith("o=")


def test_second_list_of_monitors():
    network = {"id": "n1", "label": "Warehouse"}
    service = SERVICE | {"network": network, "group": "Core"}
    [monitor] = body_of(**PUBLISHED | {"services": [service]})["affectedMonitors_v2"]

    assert monitor == {
        "id": "26312",
        "monitor": [
            {
                "id": SERVICE["id"],
                "name": SERVICE["name"],
                "type": "SERVICE_STATUS",
                "tags": [{"name": "team:data"}, {"name": "urgent"}],
                "entities": [
                    {
                        "id": SERVICE["id"],
                        "connectionId": "n1",
                        "entityType": "table",
                        "absolutePath": "METAPLANE_DB.TEST_SCHEMA.orders",
                    }
                ],
                "owners": [],
            }
        ],
        "group": [{"name": "group", "value": "Core"}, {"name": "key", "value": "1"}],
        "linkedAt": "2024-05-03T13:43:56.315Z",
        "resolvedAt": None,
        "connections": [{"id": "n1", "name": "Warehouse", "type": "network"}],
    }


def test_service_without_group_and_paths():
    service = SERVICE | {"entity_type": "", "absolute_path": "", "labels": {}}
    link = LINK | {"key": ""}
    [monitor] = body_of(**PUBLISHED | {"services": [service], "affected": [link]})[
        "affectedMonitors"
    ]

    assert monitor["group"] is None
    assert monitor["connections"] == []
    assert monitor["monitor"]["entityType"] == "service"
    assert monitor["monitor"]["absolutePath"] == SERVICE["name"]


def test_resolved_incident():
    body = body_of("incident.resolved")

    assert body["status"] == "resolved"
    assert body["acknowledgedAt"] is None
    assert body["affectedMonitors"][0]["resolvedAt"] == "2026-01-23T21:43:03.000Z"


def test_labels():
    labels = body_of(labels={"team": "data", "empty": ""})["labels"]

    assert labels == [
        {"id": "team:data", "name": "team:data"},
        {"id": "empty", "name": "empty"},
    ]


@given(st.datetimes(timezones=st.just(dt.UTC)))
def test_times_have_milliseconds(moment):
    written = in_milliseconds(iso(moment))

    assert len(written) == len("2024-05-03T13:43:56.243Z")
    read = dt.datetime.fromisoformat(written)
    assert dt.timedelta(0) <= moment - read < dt.timedelta(milliseconds=1)


def test_every_telling_has_an_idempotency_id_of_its_own():
    types = ("opened", "acknowledged", "updated", "resolved")
    bodies = [body_of(f"incident.{happening}") for happening in types]

    assert len({body["idempotencyId"] for body in bodies}) == len(types)
    for body in bodies:
        decoded = base64.b64decode(body["idempotencyId"]).decode()
        assert decoded == f"{body['id']}-{body['updatedAt']}"


@pytest.mark.parametrize("event_type", ["alert.x", "service.status_changed"])
def test_others_are_refused(event_type):
    with pytest.raises(UnsupportedEvent, match="it is for incidents only"):
        render("incident", change_event(event_type))
    assert find_uncarried_type("incident", event_type) == event_type
