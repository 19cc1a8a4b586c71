from __future__ import annotations

from uuid import uuid4

import pytest
from django.utils import timezone

from accounts.datatypes import SYSTEM
from alerts.actions import change_service_status, clear_source
from alerts.datatypes import MANUAL, StatusUpdate
from alerts.exceptions import ServiceGone, UnknownStatus
from alerts.models import Incident, ServiceSource, StatusChange
from integrations_project.lib.ids import uuid7
from tests.alerts.conftest import OTHER, PROBE
from tests.factories import make_incident
from webhooks.models import Event


def test_change_is_recorded_and_told(say, service):
    outcome = say("down", message="No answer")
    change = StatusChange.objects.get()
    assert (outcome.changed, outcome.status, outcome.reason) == (True, "down", "")
    assert (change.previous_status, change.status) == ("operational", "down")
    assert (change.source_kind, change.source_label) == ("manual", "Manual")
    event = Event.objects.get()
    assert event.type == "service.status_changed"
    assert event.data["message"] == "No answer"
    service.refresh_from_db()
    assert service.status_since == change.changed_at


def test_the_same_again_changes_nothing(say):
    say("down")
    outcome = say("down")
    assert (outcome.changed, outcome.source_changed) == (False, False)
    assert outcome.reason == "Manual said down before."
    assert StatusChange.objects.count() == Event.objects.count() == 1


def test_new_message_is_kept_without_a_change(say, service):
    say("down", message="Looking")
    outcome = say("down", message="Found it")
    service.refresh_from_db()
    assert outcome.changed is False
    assert service.status_message == "Found it"


def test_worst_source_holds_the_status(say, status_now):
    say("degraded", source=PROBE)
    say("down", source=OTHER)
    outcome = say("operational", source=OTHER)
    assert status_now() == "degraded"
    assert (outcome.changed, outcome.status) == (True, "degraded")


def test_held_status_says_who_holds_it(say):
    say("down", source=PROBE)
    say("degraded")
    outcome = say("operational")
    assert (outcome.changed, outcome.source_changed) == (False, True)
    assert outcome.reason == "API Gateway stays down, as Probe says."


def test_maintenance_of_anyone_shows(say, status_now):
    say("maintenance")
    say("down", source=PROBE)
    assert status_now() == "maintenance"
    say("operational")
    assert status_now() == "down"


def test_operational_forgets_the_source(say):
    say("down", source=PROBE, key="1")
    say("operational", source=PROBE, key="1")
    assert ServiceSource.objects.count() == 0


def test_open_incidents_of_others_note_the_change(say, service):
    incident = make_incident(services=[service])
    say("degraded", message="Slow")
    entry = incident.entries.get()
    assert entry.kind == "status"
    assert entry.message == "API Gateway: operational → degraded. Slow"


def test_person_opens_no_incident_by_status(say):
    say("down", auto_create="down")
    assert Incident.objects.count() == 0


def test_cleared_source_leaves_its_incident_open(say, status_now):
    say("down", source=PROBE, auto_create="down")
    clear_source(PROBE, trace=uuid7(), actor=SYSTEM, now=timezone.now())
    assert status_now() == "operational"
    assert Incident.objects.get().is_open


@pytest.mark.parametrize("status", ["", "DOWN", "unknown"])
def test_unknown_status_is_refused(say, status):
    with pytest.raises(UnknownStatus):
        say(status)


@pytest.mark.django_db
def test_deleted_service_is_told():
    update = StatusUpdate(
        status="down", source=MANUAL, trace=uuid7(), now=timezone.now()
    )
    with pytest.raises(ServiceGone):
        change_service_status(uuid4(), update, actor=SYSTEM)


def test_no_change_takes_two_statements(say, django_assert_max_num_queries):
    say("down", source=PROBE)
    with django_assert_max_num_queries(2):
        say("down", source=PROBE)
