from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.datatypes import SYSTEM, Actor
from alerts.actions import (
    acknowledge_incident,
    edit_incident,
    open_incident,
    post_incident_update,
    resolve_incident,
)
from alerts.exceptions import IncidentResolved
from alerts.models import Incident
from alerts.snapshots import build_incident_snapshot
from tests.alerts.conftest import PROBE
from tests.factories import make_incident, make_service
from webhooks.models import Event

ANNA = Actor(label="Anna")
FIELDS = [
    "id",
    "number",
    "title",
    "status",
    "severity",
    "acknowledged",
    "acknowledged_at",
    "acknowledged_by",
    "opened_at",
    "resolved_at",
    "updated_at",
    "services",
    "receiver",
    "monitors",
    "labels",
    "updates",
    "url",
    "source_kind",
    "source_label",
]


def open_it(service, **fields):
    defaults = {"title": "It burns", "severity": "major", "services": [service]}
    return open_incident(
        service.organization, actor=ANNA, now=timezone.now(), **defaults | fields
    )


def types():
    return list(Event.objects.order_by("id").values_list("type", flat=True))


def test_opened_incident_is_numbered_and_told(service):
    first = open_it(service, message="Look", labels={"team": "edge"})
    second = open_it(service)
    assert (first.number, second.number) == (1, 2)
    assert [s["name"] for s in Event.objects.first().data["services"]] == [service.name]
    entry = first.entries.get()
    assert (entry.kind, entry.message, entry.actor_label) == ("opened", "Look", "Anna")
    assert first.labels == {"team": "edge"}


def test_event_carries_the_incident_as_the_api_shows_it(service):
    incident = open_it(service)
    event = Event.objects.get()
    assert event.data == build_incident_snapshot(incident)
    assert set(FIELDS) <= set(event.data)
    assert event.data["url"] == f"http://127.0.0.1:8000/incidents/{incident.pk}/"
    assert event.data["opened_at"].endswith("Z")


def test_numbers_count_in_each_organization(service):
    open_it(service)
    assert open_it(make_service()).number == 1


def test_source_has_one_open_incident_for_a_service(service):
    first = open_it(service, source=PROBE)
    assert open_it(service, source=PROBE) == first
    assert types() == ["incident.opened"]
    resolve_incident(first, actor=ANNA, now=timezone.now())
    assert open_it(service, source=PROBE).number == 2


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", " "),
        ("title", "x" * 201),
        ("severity", "worst"),
        ("severity", ""),
        ("labels", {"team": "x" * 10_000}),
    ],
)
def test_bad_fields_are_refused(service, field, value):
    with pytest.raises(ValidationError) as caught:
        open_it(service, **{field: value})
    assert field in caught.value.message_dict
    assert Incident.objects.count() == 0


def test_foreign_service_is_refused(service):
    with pytest.raises(ValidationError, match="this organization"):
        open_it(service, services=[make_service()])


def test_service_named_twice_is_linked_once(service):
    assert open_it(service, services=[service, service]).affected.count() == 1


def test_acknowledge(service):
    incident = open_it(service)
    assert acknowledge_incident(incident, actor=ANNA, now=timezone.now()) is True
    assert (incident.acknowledged, incident.acknowledged_by) == (True, "Anna")
    assert types() == ["incident.opened", "incident.acknowledged"]
    assert Event.objects.latest("id").data["acknowledged"] is True


def test_second_acknowledge_changes_nothing(service):
    incident = open_it(service)
    acknowledge_incident(incident, actor=ANNA, now=timezone.now())
    assert acknowledge_incident(incident, actor=SYSTEM, now=timezone.now()) is False
    assert incident.acknowledged_by == "Anna"
    assert len(types()) == 2


def test_resolved_incident_cannot_be_acknowledged(service):
    incident = make_incident(services=[service], status="resolved")
    with pytest.raises(IncidentResolved):
        acknowledge_incident(incident, actor=ANNA, now=timezone.now())


def test_second_resolve_changes_nothing(service):
    incident = open_it(service)
    results = [
        resolve_incident(incident, actor=ANNA, now=timezone.now(), message="Done")
        for _ in range(2)
    ]
    assert results == [True, False]
    assert types() == ["incident.opened", "incident.resolved"]
    assert incident.entries.filter(kind="resolved").count() == 1
    assert incident.affected.filter(resolved_at=None).count() == 0


def test_update_is_posted_and_told(service):
    incident = open_it(service)
    post_incident_update(incident, message=" Soon ", actor=ANNA, now=timezone.now())
    assert incident.entries.last().message == "Soon"
    assert types()[-1] == "incident.updated"


@pytest.mark.parametrize("message", ["", "  ", "x" * 5001])
def test_empty_update_is_refused(service, message):
    incident = make_incident(services=[service])
    with pytest.raises(ValidationError):
        post_incident_update(incident, message=message, actor=ANNA, now=timezone.now())


def test_edit_tells_only_what_is_different(service):
    incident = open_it(service)
    now = timezone.now()
    assert edit_incident(incident, actor=ANNA, now=now, severity="major") is False
    assert edit_incident(incident, actor=ANNA, now=now, severity="critical") is True
    assert incident.severity == "critical"
    assert incident.entries.last().message == "Changed: severity."
    assert types() == ["incident.opened", "incident.updated"]
