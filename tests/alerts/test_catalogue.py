from __future__ import annotations

import pytest

from accounts.datatypes import SYSTEM
from alerts.actions import find_alert_data_errors, raise_alert, save_alert_type
from alerts.catalogue import (
    CATALOGUE,
    AlertField,
    Evidence,
    find_data_errors,
    find_entry,
    find_field_errors,
    list_categories,
)
from alerts.exceptions import InvalidAlert
from alerts.models import AlertType
from tests.alerts.test_alerts import NOW
from tests.factories import make_organization
from webhooks.models import Event


@pytest.fixture
def organization(db):
    return make_organization()


def test_seven_alerts_have_documented_data():
    documented = [each for each in CATALOGUE if each.evidence is Evidence.PAYLOAD]
    assert [each.name for each in documented] == [
        "ALERT_DEVICE_BOOT",
        "ALERT_ISP_DEGRADATION",
        "ALERT_ROGUE_AP",
        "ALERT_DHCP_POOL_EXHAUSTION",
        "ALERT_IP_CONFLICT",
        "ALERT_AP_RADAR_HIT",
        "ALERT_AUDIT_LOG",
    ]


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda e: e.name or e.title)
def test_every_entry_says_what_it_is(entry):
    assert entry.title
    assert entry.category
    assert bool(entry.fields) is bool(entry.example)
    assert find_data_errors(entry.fields, entry.example) == {}
    assert bool(entry.event_type) is (entry.evidence is not Evidence.TITLE)
    assert find_field_errors({f.path: {"type": f.type} for f in entry.fields}) == []


def test_every_field_is_in_its_example():
    for entry in CATALOGUE:
        needed = [field._replace(is_required=True) for field in entry.fields]
        assert find_data_errors(needed, entry.example) == {}


def test_two_names_are_one_alert():
    assert find_entry("ALERT_ROGUE_AP_DETECTED") is find_entry("ALERT_ROGUE_AP")
    assert find_entry("ALERT_DOOR_OPEN") is None


def test_categories_keep_their_order():
    names = [name for name, _ in list_categories(CATALOGUE)]
    assert names[0] == "Device events"
    assert len(names) == len(set(names)) == 6


@pytest.mark.parametrize(
    ("name", "data", "errors"),
    [
        pytest.param(
            "ALERT_DEVICE_BOOT",
            {"device": {"label": 5}},
            {"data.device.label": ["Send a text, not a number."]},
            id="text",
        ),
        pytest.param(
            "ALERT_DEVICE_BOOT",
            {"device": "AP 1"},
            {"data.device": ["Send an object, not a text."]},
            id="object",
        ),
        pytest.param(
            "ALERT_AP_RADAR_HIT",
            {"dfs_channel": 52.5, "clients_moved_off": ["a", 1]},
            {
                "data.dfs_channel": ["Send a whole number, not 52.5."],
                "data.clients_moved_off": [
                    "Send a list of texts, not a list with a number in it."
                ],
            },
            id="several",
        ),
        pytest.param(
            "ALERT_ISP_DEGRADATION",
            {"isp_degradations": [{}, {"wan_quality": True}]},
            {"data.isp_degradations.1.wan_quality": ["Send a number, not true."]},
            id="in a list",
        ),
        pytest.param(
            "ALERT_ROGUE_AP_DETECTED",
            {"rogue_access_points": {"mac": "AA"}},
            {"data.rogue_access_points": ["Send a list, not an object with 1 key."]},
            id="no list, by the other name",
        ),
        pytest.param("ALERT_DEVICE_BOOT", {}, {}, id="nothing"),
        pytest.param("ALERT_DEVICE_BOOT", {"device": None}, {}, id="null"),
        pytest.param("ALERT_DEVICE_BOOT", {"more": [1]}, {}, id="unknown"),
        pytest.param("ALERT_AP_RADAR_HIT", {"dfs_channel": 52.0}, {}, id="52.0"),
        pytest.param("ALERT_WAN_DOWN", {"device": 5}, {}, id="undocumented"),
    ],
)
@pytest.mark.django_db
def test_data_are_held_to_the_catalogue(name, data, errors):
    assert find_alert_data_errors(make_organization(), name, data) == errors


def test_alert_with_wrong_data_is_refused(organization):
    with pytest.raises(InvalidAlert, match=r"data\.device\.label: Send a text"):
        raise_alert(
            organization,
            actor=SYSTEM,
            now=NOW,
            alert_name="ALERT_DEVICE_BOOT",
            network_name="Main Office",
            data={"device": {"label": 5}},
            timestamp=None,
        )
    assert Event.objects.count() == 0


def test_own_type_is_held_to_its_fields(organization):
    own = AlertType(
        organization=organization,
        name="ALERT_DOOR_OPEN",
        title="Door open",
        fields={"data.doors[].label": {"type": "string", "required": True}},
        example={"doors": [{"label": "Back door"}]},
    )
    save_alert_type(own, actor=SYSTEM)
    found = find_alert_data_errors(
        organization, "ALERT_DOOR_OPEN", {"doors": [{"label": "Back"}, {}]}
    )
    assert found == {"data.doors.1.label": ["This is required."]}
    other = make_organization()
    assert find_alert_data_errors(other, "ALERT_DOOR_OPEN", {"doors": 1}) == {}


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ([], "Write an object"),
        ({"door": {"type": "string"}}, "write a path such as"),
        ({"data.door": "string"}, "write an object with type"),
        ({"data.door": {"type": "text"}}, "type is one of string"),
        ({"data.door": {"type": ["string"]}}, "type is one of string"),
        ({"data.door": {"type": "string", "kind": 1}}, 'there is no "kind"'),
        ({"data.door": {"type": "string", "required": 1}}, "required is true or"),
        ({"data.door": {"type": "string", "description": 1}}, "description is a text"),
        ({f"data.a{n}": {"type": "any"} for n in range(201)}, "at most 200"),
    ],
)
def test_fields_are_described_rightly(fields, sentence):
    (found,) = find_field_errors(fields)
    assert sentence in found


def test_lists_in_lists_are_walked():
    field = AlertField("data.floors[].doors[].label", "string")
    data = {"floors": [{"doors": [{"label": "a"}, {"label": 1}]}, {"doors": None}]}
    assert find_data_errors([field], data) == {
        "data.floors.0.doors.1.label": ["Send a text, not a number."]
    }
