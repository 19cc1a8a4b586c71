"""The pages of raised alerts, of the catalogue, and of own alert types."""

from __future__ import annotations

import pytest

from alerts.models import AlertType
from tests.factories import make_alert_type, make_event, make_network

CATALOGUE = "/alerts/catalogue/"
DOOR = {
    "name": "ALERT_DOOR_OPEN",
    "title": "Door open",
    "category": "Building",
    "when": "A door stands open.",
    "fields_": "data.doors[].label: string, required, Which door, of all\n"
    "data.note: any",
    "example": '{"doors": [{"label": "Back door"}]}',
}


def raise_it(organization, name="device_boot", **fields):
    data = {"alert_name": f"ALERT_{name.upper()}", "network_name": "N", "data": {}}
    return make_event(
        organization=organization, type=f"alert.{name}", data=data, **fields
    )


def test_alerts_are_listed_with_titles(client, sign_in, organization):
    sign_in()
    event = raise_it(organization)
    raise_it(organization, "own_name")
    make_event(organization=organization, type="incident.opened", data={})
    page = client.get("/alerts/recent/").content.decode()
    assert f"/traces/{event.trace}/" in page
    assert ">Device boot</a>" in page
    assert ">ALERT_OWN_NAME</a>" in page
    assert page.count('class="row-link"') == 2


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"type": "alert.rogue_ap"}, 2),
        ({"type": "alert.ip_conflict"}, 0),
        ({"type": "nonsense'"}, 3),
        ({"network": "x"}, 3),
        ({"since": "1"}, 3),
        ({"since": "99999999999"}, 3),
    ],
)
def test_alerts_are_filtered(client, sign_in, organization, query, count):
    sign_in()
    for name in ("rogue_ap", "rogue_ap_detected", "device_boot"):
        raise_it(organization, name)
    page = client.get("/alerts/recent/", query).content.decode()
    assert page.count('class="row-link"') == count


def test_alerts_of_a_network(client, sign_in, organization):
    sign_in()
    network = make_network(organization=organization)
    raise_it(organization, network=network)
    raise_it(organization)
    page = client.get("/alerts/recent/", {"network": network.pk}).content.decode()
    assert page.count('class="row-link"') == 1


def test_nothing_raised_shows_how(client, sign_in):
    sign_in()
    assert "curl -X POST" in client.get("/alerts/recent/").content.decode()


def test_catalogue_is_searched(client, sign_in, organization):
    sign_in()
    make_alert_type(organization=organization, name="ALERT_X", title="Door of mine")
    make_alert_type(name="ALERT_Y", title="Door of others")
    page = client.get(CATALOGUE).content.decode()
    for words in ("Rogue access point", "WAN failover", "Door of mine"):
        assert words in page
    assert "Door of others" not in page
    page = client.get(CATALOGUE, {"q": "radar dfs"}).content.decode()
    assert "Access point radar hit" in page
    assert "Device boot" not in page


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ALERT_ROGUE_AP", "ALERT_ROGUE_AP_DETECTED"),
        ("ALERT_ROGUE_AP_DETECTED", "data.rogue_access_points[].vendor"),
        ("ALERT_WAN_DOWN", "any data are taken"),
        ("WAN_FAILOVER", "only the title is known"),
    ],
)
def test_entry_shows_what_is_documented(client, sign_in, name, words):
    sign_in()
    page = client.get(f"{CATALOGUE}{name}/").content.decode()
    assert words in page
    assert ("curl -X POST" in page) is name.startswith("ALERT_")


@pytest.mark.parametrize("name", ["ALERT_NONE", "alert_device_boot", "x"])
def test_unknown_entry_is_not_found(client, sign_in, name):
    sign_in()
    assert client.get(f"{CATALOGUE}{name}/").status_code == 404


def test_own_type_is_made_changed_and_deleted(client, sign_in):
    sign_in()
    answer = client.post(f"{CATALOGUE}add/", DOOR)
    assert answer["Location"] == f"{CATALOGUE}ALERT_DOOR_OPEN/"
    row = AlertType.objects.get()
    assert row.fields == {
        "data.doors[].label": {
            "type": "string",
            "required": True,
            "description": "Which door, of all",
        },
        "data.note": {"type": "any"},
    }
    assert row.example == {"doors": [{"label": "Back door"}]}
    edit = f"{CATALOGUE}{row.pk}/edit/"
    page = client.get(edit).content.decode()
    assert "data.doors[].label: string, required, Which door, of all" in page
    client.post(edit, DOOR | {"title": "Open door"})
    assert AlertType.objects.get().title == "Open door"
    client.post(f"{CATALOGUE}{row.pk}/delete/")
    assert not AlertType.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "door", "Write ALERT_ and capital letters"),
        ("name", "ALERT_ROGUE_AP_DETECTED", "is in the catalogue already"),
        ("name", "ALERT_TAKEN", "This alert type exists already."),
        ("title", "", "Give it a title"),
        ("fields_", "doors string", "write a path, a colon and a type"),
        ("fields_", "doors: string", "write a path such as"),
        ("fields_", "data.door: text", "type is one of"),
        ("example", "{", "Enter a valid JSON"),
        ("example", "[1]", "Write an object"),
        ("example", '{"doors": 1}', "Send a list, not a number"),
    ],
)
def test_mistakes_are_said(client, sign_in, organization, field, value, sentence):
    sign_in()
    make_alert_type(organization=organization, name="ALERT_TAKEN")
    answer = client.post(f"{CATALOGUE}add/", DOOR | {field: value})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert sentence in page
    assert "Which door" in page or field == "fields_"
    assert AlertType.objects.count() == 1


@pytest.mark.parametrize("role", ["viewer", "responder"])
def test_others_read(client, sign_in, organization, role):
    sign_in(role)
    make_alert_type(organization=organization, name="ALERT_X")
    page = client.get(f"{CATALOGUE}ALERT_X/").content.decode()
    assert "Edit" not in page
    assert client.post(f"{CATALOGUE}add/", DOOR).status_code == 403


def test_own_example_is_a_sample_of_webhooks(client, sign_in, organization):
    sign_in()
    make_alert_type(
        organization=organization, name="ALERT_X", title="X", example={"own": "data"}
    )
    sent = {"kind": "webhook", "format": "network_alert", "sample": "alert.x"}
    page = client.post("/settings/integrations/webhooks/preview/", sent)
    assert "&quot;own&quot;: &quot;data&quot;" in page.content.decode()
