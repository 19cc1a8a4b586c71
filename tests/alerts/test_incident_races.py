"""Related failures at the same moment make one incident, with real threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from django.core.exceptions import ValidationError
from django.db import connections
from django.utils import timezone

from accounts.datatypes import SYSTEM
from alerts.actions import change_service_status, merge_incidents, resolve_incident
from alerts.datatypes import IncidentPolicy, Source, StatusUpdate
from alerts.models import Incident, IncidentService
from integrations_project.lib.ids import uuid7
from tests.factories import make_destination, make_organization, make_service
from webhooks.models import Delivery, Event

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
THREADS = 20


def together(calls):
    """Call from as many threads at the same moment; returns what they returned."""
    barrier = Barrier(len(calls))

    def run(call):
        try:
            connections["default"].ensure_connection()
            barrier.wait()
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        futures = [pool.submit(run, call) for call in calls]
        return [future.result() for future in futures]


def say(service, status, number=0):
    source = Source(kind="receiver", id=f"probe-{number}", label=f"Probe {number}")
    update = StatusUpdate(
        status=status,
        source=source,
        incidents=IncidentPolicy(auto_create="down"),
        trace=uuid7(),
        now=timezone.now(),
    )
    return change_service_status(service.pk, update, actor=SYSTEM)


def make_services(count):
    organization = make_organization()
    make_destination(organization=organization)
    return [make_service(organization=organization, group="Shop") for _ in range(count)]


def test_related_failures_open_one_incident():
    services = make_services(THREADS)
    outcomes = together([partial(say, s, "down", n) for n, s in enumerate(services)])
    incident = Incident.objects.get()
    happenings = sorted(outcome.incident_event for outcome in outcomes)
    assert happenings == ["opened"] + ["updated"] * (THREADS - 1)
    assert incident.affected.filter(resolved_at=None).count() == THREADS
    assert incident.entries.count() == THREADS
    assert Event.objects.count() == Delivery.objects.count() == THREADS
    data = Event.objects.latest("id").data
    assert len(data["affected"]) == THREADS
    assert len({e.data["updated_at"] for e in Event.objects.all()}) == THREADS


def test_all_recover_at_once():
    services = make_services(THREADS)
    for number, service in enumerate(services):
        say(service, "down", number)
    together([partial(say, s, "operational", n) for n, s in enumerate(services)])
    incident = Incident.objects.get()
    assert not incident.is_open
    assert incident.entries.filter(kind="resolved").count() == 1
    assert Event.objects.filter(type="incident.resolved").count() == 1
    assert not IncidentService.objects.filter(resolved_at=None).exists()


def test_people_and_sources_do_not_wait_for_each_other_in_a_circle():
    services = make_services(8)
    for _ in range(3):
        for number, service in enumerate(services[:4]):
            say(service, "down", number)
        joined = Incident.objects.get(status="opened")
        other = Incident.objects.create(
            organization=joined.organization,
            number=1000 + Incident.objects.count(),
            title="By hand",
            trace=uuid7(),
        )
        calls = [
            *(partial(say, s, "operational", n) for n, s in enumerate(services[:4])),
            *(partial(say, s, "down", n + 4) for n, s in enumerate(services[4:])),
            partial(merge, joined, other),
            partial(resolve_incident, other, actor=SYSTEM, now=timezone.now()),
        ]
        together(calls)
        over = Incident.objects.filter(status="resolved")
        assert not over.filter(
            affected__resolved_at__isnull=True, affected__isnull=False
        )
        for number, service in enumerate(services[4:]):
            say(service, "operational", number + 4)
        for incident in Incident.objects.filter(status="opened"):
            resolve_incident(incident, actor=SYSTEM, now=timezone.now())


def merge(into, other):
    try:
        return merge_incidents(into, [other], actor=SYSTEM, now=timezone.now())
    except ValidationError:
        return 0  # somebody resolved one of them first
