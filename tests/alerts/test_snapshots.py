"""What an event holds so that every format can be made of it."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from django.utils import timezone

from accounts.datatypes import SYSTEM
from alerts.actions import (
    acknowledge_incident,
    edit_incident,
    open_incident,
    post_incident_update,
    resolve_incident,
)
from tests.alerts.conftest import PROBE
from tests.factories import make_network, make_service, make_status_change
from webhooks.datatypes import EVENT_TYPES
from webhooks.formats.samples import build_sample
from webhooks.models import Event

MILLISECOND = dt.timedelta(milliseconds=1)


@pytest.fixture
def orders(db):
    network = make_network(label="Warehouse")
    return make_service(
        organization=network.organization,
        network=network,
        name="Orders",
        group="Core",
        entity_type="table",
        absolute_path="DB.SCHEMA.orders",
        labels={"team": "data"},
    )


def open_it(service, now):
    return open_incident(
        service.organization,
        actor=SYSTEM,
        now=now,
        title="Late",
        severity="minor",
        services=[service],
    )


def list_update_times():
    events = Event.objects.order_by("pk")
    return [dt.datetime.fromisoformat(e.data["updated_at"]) for e in events]


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(dt.timedelta(0), id="all at once"),
        pytest.param(dt.timedelta(microseconds=10), id="within a millisecond"),
        pytest.param(dt.timedelta(seconds=-5), id="clock set back"),
    ],
)
def test_every_telling_of_an_incident_is_later(orders, step):
    now = timezone.now()
    incident = open_it(orders, now)
    acknowledge_incident(incident, actor=SYSTEM, now=now + step)
    post_incident_update(incident, message="Soon", actor=SYSTEM, now=now + 2 * step)
    edit_incident(incident, actor=SYSTEM, now=now + 3 * step, title="Very late")
    resolve_incident(incident, actor=SYSTEM, now=now + 4 * step)

    times = list_update_times()

    assert len(times) == 5
    waits = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert all(wait >= MILLISECOND for wait in waits)


def test_later_change_keeps_its_own_time(orders):
    now = timezone.now()
    later = now + dt.timedelta(hours=1)
    incident = open_it(orders, now)
    acknowledge_incident(incident, actor=SYSTEM, now=later)

    assert list_update_times() == [now, later]


def test_incident_tells_its_services_and_since_when(orders):
    now = timezone.now()
    incident = open_it(orders, now)
    resolve_incident(incident, actor=SYSTEM, now=now + dt.timedelta(minutes=1))

    data = Event.objects.get(type="incident.resolved").data

    assert data["services"] == [
        {
            "id": str(orders.pk),
            "name": "Orders",
            "group": "Core",
            "entity_type": "table",
            "absolute_path": "DB.SCHEMA.orders",
            "labels": {"team": "data"},
            "network": {"id": str(orders.network_id), "label": "Warehouse"},
            "status": "operational",
        }
    ]
    [link] = data["affected"]
    assert (link["service"], link["key"]) == (str(orders.pk), "")
    assert dt.datetime.fromisoformat(link["linked_at"]) == now
    assert link["resolved_at"] == data["resolved_at"]


def test_status_change_tells_what_was_before(say, service):
    before = service.status_since
    say("down", source=PROBE, message="No answer")

    data = Event.objects.get().data

    assert data["source"] == {"kind": "receiver", "label": "Probe"}
    assert dt.datetime.fromisoformat(data["previous_status_since"]) == before
    assert data["status_since"] > data["previous_status_since"]
    assert data["url"] == f"http://127.0.0.1:8000/services/{service.pk}/"


def test_changes_of_the_last_hour_hold_the_one_told(say, service):
    now = timezone.now()
    for minutes in (10, 59, 61):
        changed_at = now - dt.timedelta(minutes=minutes)
        make_status_change(service=service, changed_at=changed_at)
    make_status_change(changed_at=now)

    say("down")

    assert Event.objects.get().data["changes_last_hour"] == 3


def test_samples_hold_the_same_fields(say, orders):
    open_it(orders, timezone.now())
    say("down")

    for event in Event.objects.all():
        assert event.type in EVENT_TYPES
        assert shape(event.data) == shape(build_sample(event.type).data)


def shape(value):
    """The keys of a document, without the names of labels."""
    if isinstance(value, dict):
        return {k: k in ("labels", "network") or shape(v) for k, v in value.items()}
    return [shape(inner) for inner in value[:1]] if isinstance(value, list) else None
