from __future__ import annotations

from datetime import UTC, datetime

import pytest

from accounts.datatypes import SYSTEM
from accounts.models import Network
from alerts.actions import raise_alert
from alerts.exceptions import InvalidAlert
from tests.factories import make_destination, make_organization
from webhooks.models import Delivery, Event

NOW = datetime(2026, 1, 23, 21, 40, 3, tzinfo=UTC)


@pytest.fixture
def organization(db):
    return make_organization()


def raise_it(organization, **fields):
    defaults = {
        "alert_name": "ALERT_DEVICE_OFFLINE",
        "network_name": "Main Office",
        "data": {"device": "AP 1"},
        "timestamp": "2026-01-23T22:40:03+01:00",
    }
    return raise_alert(organization, actor=SYSTEM, now=NOW, **defaults | fields)


def test_alert_is_published(organization):
    target = make_destination(
        organization=organization,
        format="network_alert",
        event_types=["alert.device_offline"],
    )
    event = raise_it(organization)
    assert event.type == "alert.device_offline"
    assert event.data == {
        "alert_name": "ALERT_DEVICE_OFFLINE",
        "network_name": "Main Office",
        "timestamp": "2026-01-23T21:40:03Z",
        "data": {"device": "AP 1"},
    }
    assert Delivery.objects.get().destination == target


def test_unknown_network_is_made_once(organization):
    raise_it(organization)
    event = raise_it(organization, network_name=" main OFFICE ")
    network = Network.objects.get()
    assert event.network == network
    assert event.data["network_name"] == "Main Office"


def test_alert_outside_the_catalogue_is_taken(organization):
    assert raise_it(organization, alert_name="ALERT_X_1").type == "alert.x_1"


@pytest.mark.parametrize("timestamp", [None, NOW, NOW.replace(tzinfo=None)])
def test_timestamp_may_be_missing_or_a_datetime(organization, timestamp):
    assert raise_it(organization, timestamp=timestamp).occurred_at == NOW


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("alert_name", "DEVICE_OFFLINE"),
        ("alert_name", "ALERT_device"),
        ("alert_name", "ALERT_" + "X" * 100),
        ("network_name", " "),
        ("network_name", "x" * 101),
        ("network_name", "a\nb"),
        ("data", []),
        ("timestamp", "yesterday"),
        ("timestamp", "2026-13-01T00:00:00Z"),
        ("timestamp", "0001-01-01T00:00:00+23:59"),
    ],
)
def test_bad_alerts_are_refused(organization, field, value):
    with pytest.raises(InvalidAlert, match=field):
        raise_it(organization, **{field: value})
    assert Event.objects.count() == Network.objects.count() == 0
