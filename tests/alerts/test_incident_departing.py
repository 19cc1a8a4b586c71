"""A service is deleted while incidents affect it."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.datatypes import Actor
from alerts.actions import (
    change_service_status,
    delete_service,
    link_service,
    open_incident,
)
from alerts.datatypes import IncidentPolicy, Source, StatusUpdate
from alerts.models import Incident
from integrations_project.lib.ids import uuid7
from tests.factories import make_destination, make_rule, make_service
from webhooks.models import Event

pytestmark = pytest.mark.django_db
ANNA = Actor(label="Anna")


@pytest.fixture
def service():
    service = make_service(name="Orders")
    make_destination(organization=service.organization)
    return service


def fail(service, **policy):
    update = StatusUpdate(
        status="down",
        source=Source(kind="receiver", id="probe", label="Probe"),
        incidents=IncidentPolicy(**{"auto_create": "down"} | policy),
        trace=uuid7(),
        now=timezone.now(),
    )
    change_service_status(service.pk, update, actor=ANNA)
    return Incident.objects.get()


def messages(incident):
    return [entry.message for entry in incident.entries.order_by("id")]


def test_last_service_ends_the_incident(service):
    incident = fail(service)
    delete_service(service, actor=ANNA)
    incident.refresh_from_db()
    assert incident.status == "resolved"
    said = "The service Orders was deleted. No other service is affected."
    assert messages(incident)[-1] == said
    assert incident.entries.latest("id").actor_label == "Anna"
    event = Event.objects.get(type="incident.resolved")
    assert event.data["services"][0]["name"] == "Orders"


def test_also_one_that_its_source_leaves_to_people(service):
    incident = fail(service, auto_resolve=False)
    delete_service(service, actor=ANNA)
    incident.refresh_from_db()
    assert incident.status == "resolved"


def test_other_services_keep_it_open(service):
    incident = fail(service)
    other = make_service(organization=service.organization, name="Mail")
    link_service(incident, other, actor=ANNA, now=timezone.now())
    delete_service(service, actor=ANNA)
    incident.refresh_from_db()
    assert incident.is_open
    assert messages(incident)[-1] == "The service Orders was deleted."
    delete_service(other, actor=ANNA)
    incident.refresh_from_db()
    assert not incident.is_open


def test_what_a_person_opened_stays_for_people(service):
    incident = open_incident(
        service.organization,
        title="Slow",
        severity="minor",
        services=[service],
        actor=ANNA,
        now=timezone.now(),
    )
    delete_service(service, actor=ANNA)
    incident.refresh_from_db()
    assert incident.is_open
    assert messages(incident)[-1] == "The service Orders was deleted."


def test_end_reaches_whom_a_rule_told(service):
    target = make_destination(organization=service.organization, event_types=[])
    make_rule(targets=[target], services=[service], event_types=["incident.*"])
    fail(service)
    delete_service(service, actor=ANNA)
    told = target.deliveries.order_by("id").values_list("event_type", flat=True)
    assert list(told) == ["incident.opened", "incident.resolved"]


def test_resolved_ones_are_left_alone(service):
    fail(service)
    update = StatusUpdate(
        status="operational",
        source=Source(kind="receiver", id="probe", label="Probe"),
        incidents=IncidentPolicy(auto_create="down"),
        trace=uuid7(),
        now=timezone.now(),
    )
    change_service_status(service.pk, update, actor=ANNA)
    incident = Incident.objects.get()
    before = messages(incident)
    delete_service(service, actor=ANNA)
    assert messages(incident) == before
