"""Publishing: who gets an event, what is written, and who is rung."""

from __future__ import annotations

import json

import pytest
from django.db import transaction
from django_q.models import OrmQ

from tests.factories import make_destination, make_network, make_organization
from webhooks.actions import publish
from webhooks.engine.lifeline import Lifeline
from webhooks.models import Delivery, Event, Payload

pytestmark = pytest.mark.django_db


def list_targets(event):
    rows = event.deliveries.order_by("destination__label")
    return [(row.destination.label, row.status) for row in rows]


@pytest.mark.parametrize(
    ("event_types", "expected"),
    [
        pytest.param(["incident.opened"], True, id="the type itself"),
        pytest.param(["incident.*"], True, id="its group"),
        pytest.param(["*"], True, id="everything"),
        pytest.param(["alert.*", "incident.*"], True, id="one of several"),
        pytest.param(["incident.*", "incident.opened", "*"], True, id="several match"),
        pytest.param(["incident.resolved"], False, id="another of the group"),
        pytest.param(["alert.*"], False, id="another group"),
        pytest.param([], False, id="nothing"),
    ],
)
def test_subscription_matches(event_types, expected, new_event):
    destination = make_destination(event_types=event_types)

    event = publish(destination.organization, new_event("incident.opened"))

    assert event.deliveries.count() == expected


def test_rules_and_subscriptions_reach_each_once(new_event):
    organization = make_organization()
    by_rule = make_destination(organization=organization, label="a", event_types=[])
    both = make_destination(organization=organization, label="b")
    make_destination(organization=organization, label="c", event_types=[])

    event = publish(
        organization, new_event(destination_ids=[by_rule.pk, both.pk, both.pk])
    )

    assert list_targets(event) == [("a", "pending"), ("b", "pending")]


def test_other_organizations_get_nothing(new_event):
    foreign = make_destination()

    event = publish(make_organization(), new_event(destination_ids=[foreign.pk]))

    assert not event.deliveries.exists()


def test_networks_limit_who_gets_it(new_event):
    organization = make_organization()
    here, there = (make_network(organization=organization) for _ in range(2))
    make_destination(organization=organization, label="all")
    make_destination(organization=organization, label="here", networks=[here])
    make_destination(organization=organization, label="there", networks=[there])

    event = publish(organization, new_event(network_id=here.pk))
    of_none = publish(organization, new_event(network_id=None))

    assert list_targets(event) == [("all", "pending"), ("here", "pending")]
    assert list_targets(of_none) == [("all", "pending")]


def test_disabled_destination_is_skipped_with_reason(new_event):
    destination = make_destination(enabled=False)

    event = publish(destination.organization, new_event())

    delivery = event.deliveries.get()
    assert (delivery.status, delivery.reason) == ("skipped", "The webhook is disabled.")


def test_format_that_cannot_carry_it_is_skipped(new_event):
    destination = make_destination(format="network_alert", event_types=[])

    event = publish(
        destination.organization, new_event(destination_ids=[destination.pk])
    )

    delivery = event.deliveries.get()
    assert delivery.status == "skipped"
    assert delivery.reason == "The format network_alert cannot carry incident.opened."
    assert delivery.payload is None


def test_body_is_stored_once_a_format(new_event):
    organization = make_organization()
    for _ in range(3):
        make_destination(organization=organization)
    make_destination(organization=organization, format="network_alert")
    data = {"alert_name": "ALERT_WAN_DOWN", "network_name": "Main", "data": {"isp": 1}}

    event = publish(organization, new_event("alert.wan_down", data=data))

    assert event.deliveries.count() == 4
    bodies = {p.format: json.loads(p.body) for p in Payload.objects.all()}
    assert bodies["standard"]["data"] == data | {"trace": str(event.trace)}
    assert bodies["network_alert"]["metadata"]["alert_name"] == "ALERT_WAN_DOWN"
    assert len(bodies) == 2


def test_general_event_only_for_those_left_over(new_event):
    organization = make_organization()
    make_destination(organization=organization, label="both")
    make_destination(
        organization=organization, label="general", event_types=["service.*"]
    )

    event = publish(
        organization, new_event(), general=new_event("service.status_changed")
    )

    general = Event.objects.get(type="service.status_changed")
    assert list_targets(event) == [("both", "pending")]
    assert list_targets(general) == [("general", "pending")]


def test_general_event_for_nobody_leaves_no_trace(new_event):
    destination = make_destination()

    publish(
        destination.organization,
        new_event(),
        general=new_event("service.status_changed"),
    )

    assert list(Event.objects.values_list("type", flat=True)) == ["incident.opened"]


def test_roll_back_takes_everything_back(new_event):
    destination = make_destination()

    with transaction.atomic():
        publish(destination.organization, new_event())
        transaction.set_rollback(True)

    assert not Event.objects.exists()
    assert not Delivery.objects.exists()
    assert not OrmQ.objects.exists()


def test_bell_rings_once_while_nobody_answers(new_event):
    destination = make_destination()

    for _ in range(3):
        publish(destination.organization, new_event())

    assert OrmQ.objects.get().key == "deliveries"


def test_no_bell_while_a_pump_is_alive(new_event):
    destination = make_destination()
    Lifeline().begin()

    publish(destination.organization, new_event())

    assert not OrmQ.objects.exists()


def test_no_bell_when_nobody_is_told(new_event):
    publish(make_organization(), new_event())

    assert not OrmQ.objects.exists()
