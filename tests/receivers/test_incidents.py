"""From a POST to incidents, events and deliveries: the main job."""

from __future__ import annotations

import pytest
from django.db import OperationalError, connection

from accounts.datatypes import SYSTEM
from alerts.models import Incident, Service, StatusChange
from receivers.actions import delete_receiver, save_receiver
from receivers.models import Receipt
from tests.factories import make_destination, make_organization, make_service
from webhooks.models import Delivery, Event


def event_types():
    return list(Event.objects.order_by("id").values_list("type", flat=True))


def status_of(service):
    return Service.objects.get(pk=service.pk).status


def test_down_opens_and_up_resolves(make_sender):
    sender = make_sender(auto_create_incidents="down", incident_severity="critical")
    opened = sender.post({"status": "down", "message": "No answer"})
    incident = Incident.objects.get()
    assert opened.json()["items"][0]["incident"] == str(incident.pk)
    assert (incident.title, incident.number) == ("API Gateway is down", 1)
    assert (incident.severity, incident.source_label) == ("critical", "Deploy pipeline")
    assert incident.entries.get().message == "No answer"

    resolved = sender.post({"status": "up", "message": "Back"})
    incident.refresh_from_db()
    assert resolved.json()["items"][0]["incident"] == str(incident.pk)
    assert (incident.status, incident.is_open) == ("resolved", False)
    assert [e.kind for e in incident.entries.all()] == ["opened", "resolved"]
    assert event_types() == ["incident.opened", "incident.resolved"]


def test_one_trace_joins_everything(make_sender):
    sender = make_sender(auto_create_incidents="down")
    make_destination(
        organization=sender.receiver.organization, event_types=["incident.*"]
    )
    sender.post({"status": "down"})
    traces = {
        model.objects.get().trace
        for model in (Receipt, StatusChange, Incident, Event, Delivery)
    }
    assert len(traces) == 1


@pytest.mark.parametrize(
    ("policy", "status", "count"),
    [
        ("never", "down", 0),
        ("down", "degraded", 0),
        ("down", "down", 1),
        ("down", "maintenance", 0),
        ("degraded", "degraded", 1),
        ("degraded", "down", 1),
    ],
)
def test_policy_decides_what_opens(make_sender, policy, status, count):
    make_sender(auto_create_incidents=policy).post({"status": status})
    assert Incident.objects.count() == count


def test_getting_worse_keeps_one_incident(make_sender):
    sender = make_sender(auto_create_incidents="degraded")
    sender.post({"status": "degraded"})
    sender.post({"status": "down"})
    incident = Incident.objects.get()
    assert [e.kind for e in incident.entries.all()] == ["opened", "status"]
    assert event_types() == ["incident.opened", "service.status_changed"]


def test_getting_worse_belongs_to_the_open_incident(make_sender):
    sender = make_sender(auto_create_incidents="degraded")
    sender.post({"status": "degraded"})
    worse = sender.post({"status": "down"})
    incident = Incident.objects.get()
    assert worse.json()["items"][0]["incident"] == str(incident.pk)
    assert Receipt.objects.get(pk=worse.json()["receipt"]).incident == incident
    assert [e.kind for e in incident.entries.all()] == ["opened", "status"]
    assert event_types() == ["incident.opened", "service.status_changed"]


def test_auto_resolve_may_be_off(make_sender):
    sender = make_sender(auto_create_incidents="down", auto_resolve_incidents=False)
    sender.post({"status": "down"})
    sender.post({"status": "up"})
    assert Incident.objects.get().is_open


def test_only_own_incidents_are_resolved(make_sender):
    service = make_service(name="API Gateway")
    first = make_sender(service=service, auto_create_incidents="down")
    second = make_sender(service=service, auto_create_incidents="down")
    first.post({"status": "down"})
    second.post({"status": "down"})
    response = first.post({"status": "up"})
    (item,) = response.json()["items"]
    assert (item["result"], item["reason"]) == ("processed", "held_by_other")
    assert Incident.objects.get(source_id=first.receiver.pk).is_open is False
    assert Incident.objects.get(source_id=second.receiver.pk).is_open is True
    assert status_of(service) == "down"


def test_a_key_holds_one_problem_each(make_sender):
    sender = make_sender(key_field="id", auto_create_incidents="degraded")
    service = sender.receiver.service
    sender.post({"id": 1, "status": "down"})
    sender.post({"id": 2, "status": "degraded"})
    assert Incident.objects.count() == 2
    sender.post({"id": 1, "status": "up"})
    assert status_of(service) == "degraded"
    sender.post({"id": 2, "status": "up"})
    assert status_of(service) == "operational"
    assert not Incident.objects.filter(status="opened").exists()


def test_deleting_the_receiver_frees_the_service(make_sender):
    sender = make_sender()
    service = sender.receiver.service
    sender.post({"status": "down"})
    delete_receiver(sender.receiver, actor=SYSTEM)
    assert status_of(service) == "operational"
    assert event_types() == ["service.status_changed"] * 2


def test_another_service_frees_the_first(make_sender):
    sender = make_sender()
    receiver, first = sender.receiver, sender.receiver.service
    sender.post({"status": "down"})
    receiver.service = make_service(organization=first.organization)
    save_receiver(receiver, actor=SYSTEM)
    assert status_of(first) == "operational"


def test_specific_event_replaces_the_general_one(make_sender):
    sender = make_sender(auto_create_incidents="down")
    organization = sender.receiver.organization
    both = make_destination(organization=organization, event_types=["*"])
    general = make_destination(
        organization=organization, event_types=["service.status_changed"]
    )
    make_destination(event_types=["*"])
    sender.post({"status": "down", "message": "No answer"})
    told = {d.destination_id: d.event_type for d in Delivery.objects.all()}
    assert told == {both.pk: "incident.opened", general.pk: "service.status_changed"}


def test_event_says_what_changed(sender):
    sender.post({"status": "degraded", "message": "Slow"})
    event = Event.objects.get()
    told = {
        "status": "degraded",
        "previous_status": "operational",
        "message": "Slow",
        "receipt": str(sender.last_receipt().pk),
    }
    assert event.data.items() >= told.items()
    service = {"id": str(sender.receiver.service_id), "name": "API Gateway"}
    assert event.data["service"].items() >= service.items()


@pytest.mark.django_db(transaction=True)
def test_nothing_is_left_when_the_receipt_fails(make_sender):
    sender = make_sender(auto_create_incidents="down")

    def fail(execute, sql, *rest):
        if sql.startswith('INSERT INTO "receivers_receipt"'):
            raise OperationalError("disk full")
        return execute(sql, *rest)

    with connection.execute_wrapper(fail):
        response = sender.post({"status": "down"})
    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert status_of(sender.receiver.service) == "operational"
    assert (Incident.objects.count(), Event.objects.count()) == (0, 0)


def test_limited_receiver_sees_its_networks_only(make_sender):
    organization = make_organization()
    network = organization.networks.create(label="Main Office")
    inside = make_service(organization=organization, network=network, name="In")
    make_service(organization=organization, name="Out")
    sender = make_sender(
        organization=organization,
        networks=[network],
        service_name_field="name",
        create_unknown_services=True,
    )
    assert sender.post({"name": "in", "status": "down"}).status_code == 200
    refused = sender.post({"name": "out", "status": "down"})
    assert (refused.status_code, refused.json()["code"]) == (400, "service_unknown")
    sender.post({"name": "New", "status": "down"})
    assert Service.objects.get(name="New").network == network
    assert status_of(inside) == "down"


def test_recovery_that_names_only_its_key_finds_its_service(make_sender):
    sender = make_sender(
        organization=make_organization(),
        service=None,
        preset="pagerduty_events",
        create_unknown_services=True,
        auto_create_incidents="down",
    )
    payload = {"summary": "5 % fail", "component": "Shop", "severity": "critical"}
    alert = {"routing_key": "r", "event_action": "trigger", "dedup_key": "api-errors"}
    sender.post(alert | {"payload": payload})
    recovered = sender.post(alert | {"event_action": "resolve"})

    item = recovered.json()["items"][0]
    assert (item["service"], item["status"]) == ("Shop", "operational")
    assert [service.name for service in Service.objects.all()] == ["Shop"]
    assert Incident.objects.get().status == "resolved"


def test_recovery_under_an_unknown_key_is_no_other_services(make_sender):
    sender = make_sender(
        organization=make_organization(), service_name_field="name", key_field="key"
    )
    shop = make_service(organization=sender.receiver.organization, name="Shop")
    sender.post({"status": "down", "name": "Shop", "key": "a"})

    unknown = sender.post({"status": "up", "name": "Nobody", "key": "b"})
    assert unknown.status_code == 400
    assert status_of(shop) == "down"
