"""Services join an incident and become normal, one by one."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.datatypes import SYSTEM, Actor
from alerts.actions import link_service, open_incident, unlink_service
from alerts.exceptions import IncidentResolved
from alerts.models import Incident
from tests.alerts.conftest import PROBE
from tests.factories import make_incident, make_service
from webhooks.models import Event

pytestmark = pytest.mark.django_db
ANNA = Actor(label="Anna")


def link(incident, *services):
    return link_service(incident, services, actor=ANNA, now=timezone.now())


def unlink(incident, service=None):
    return unlink_service(incident, service, actor=ANNA, now=timezone.now())


def last_type():
    return Event.objects.latest("id").type


def make_services(count, **fields):
    first = make_service(name="A", **fields)
    names = "BCDEFGHIJKLMNOP"[: count - 1]
    organization = first.organization
    others = [make_service(organization=organization, name=name) for name in names]
    return [first, *others]


def test_services_join():
    first, second, third = make_services(3)
    incident = make_incident(services=[first])
    assert link(incident, second, third) is True
    assert incident.affected.filter(resolved_at=None).count() == 3
    entry = incident.entries.get()
    assert (entry.kind, entry.message) == ("linked", "B and C joined.")
    assert last_type() == "incident.updated"
    assert len(Event.objects.get().data["services"]) == 3


def test_service_that_is_in_it_changes_nothing():
    (service,) = make_services(1)
    incident = make_incident(services=[service])
    assert link(incident, service) is False
    assert not Event.objects.exists()


def test_foreign_service_is_refused():
    incident = make_incident()
    with pytest.raises(ValidationError, match="this organization"):
        link(incident, make_service())


def test_nothing_joins_what_is_over():
    (service,) = make_services(1)
    incident = make_incident(
        organization=service.organization, status="resolved", resolved_at=timezone.now()
    )
    with pytest.raises(IncidentResolved):
        link(incident, service)
    with pytest.raises(IncidentResolved):
        unlink(incident)


def test_one_service_becomes_normal():
    first, second = make_services(2)
    incident = make_incident(services=[first, second])
    assert unlink(incident, first) is True
    assert incident.is_open
    assert incident.entries.get().message == "A is marked as normal."
    assert last_type() == "incident.updated"
    assert unlink(incident, first) is False


def test_all_of_them_become_normal_and_people_resolve_theirs():
    incident = make_incident(services=make_services(2))
    unlink(incident)
    assert incident.is_open
    assert not incident.affected.filter(resolved_at=None).exists()


def test_last_normal_one_ends_what_a_source_opened(service):
    incident = open_incident(
        service.organization,
        title="Down",
        severity="major",
        services=[service],
        source=PROBE,
        actor=SYSTEM,
        now=timezone.now(),
    )
    unlink(incident, service)
    assert not incident.is_open
    kinds = [entry.kind for entry in incident.entries.all()]
    assert kinds == ["opened", "unlinked", "resolved"]
    assert last_type() == "incident.resolved"


def test_source_that_leaves_resolving_to_people_is_heard(service):
    incident = open_incident(
        service.organization,
        title="Down",
        severity="major",
        services=[service],
        source=PROBE,
        stays_open=True,
        actor=SYSTEM,
        now=timezone.now(),
    )
    unlink(incident)
    assert incident.is_open


def test_service_may_join_again(say, service):
    say("down", source=PROBE, auto_create="down")
    incident = Incident.objects.get()
    other = make_service(organization=service.organization)
    link(incident, other)
    unlink(incident, other)
    link(incident, other)
    links = incident.affected.filter(service=other)
    assert [each.resolved_at is None for each in links.order_by("pk")] == [False, True]


def test_many_services_are_named_shortly():
    services = make_services(14)
    incident = make_incident(organization=services[0].organization)
    link(incident, *services)
    assert incident.entries.get().message.endswith("I, J and 4 more joined.")


def test_person_marks_normal_what_a_source_still_reports(say, service):
    say("down", source=PROBE, auto_create="down")
    unlink(Incident.objects.get())
    say("operational", source=PROBE)
    assert Incident.objects.get().entries.filter(kind="resolved").count() == 1
    say("down", source=PROBE, auto_create="down")
    assert Incident.objects.count() == 2
