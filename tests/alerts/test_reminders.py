"""What is still bad is told again: how often, to whom, and until when."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from accounts.datatypes import SYSTEM
from alerts import tasks
from alerts.actions import (
    acknowledge_incident,
    open_incident,
    resolve_incident,
    send_reminders,
)
from alerts.models import RuleState
from tests.factories import make_destination, make_rule
from webhooks.models import Delivery, Event

TEN_MINUTES = {"repeat_seconds": 600}


@pytest.fixture
def incident(service):
    return lambda: open_incident(
        service.organization,
        actor=SYSTEM,
        now=timezone.now(),
        title="Broken",
        severity="major",
        services=[service],
    )


def remind(minutes):
    """Run the task so many minutes from now."""
    return send_reminders(now=timezone.now() + timedelta(minutes=minutes))


def reminded():
    return list(Event.objects.filter(type__endswith=".reminder").order_by("id"))


def test_service_is_repeated_while_it_is_bad(say, target, service):
    make_rule(targets=[target], **TEN_MINUTES)
    say("down", message="No answer")
    assert remind(9) == 0
    assert remind(10.1) == 1
    assert remind(10.1) == 0
    assert remind(20.1) == 1
    say("operational")
    assert remind(40) == 0
    one, two = reminded()
    assert one.type == "service.reminder"
    assert one.data["service"]["id"] == str(service.pk)
    assert one.data["status"] == "down"
    assert one.data["previous_status"] == "operational"
    assert one.data["message"] == "No answer"
    told = Delivery.objects.filter(event__in=[one, two], destination=target)
    assert told.count() == 2


def test_reminder_goes_to_the_rule_alone(say, target, service):
    make_destination(organization=service.organization, event_types=["*"])
    make_rule(targets=[target], **TEN_MINUTES)
    say("down")
    remind(11)
    (event,) = reminded()
    assert [d.destination for d in event.deliveries.all()] == [target]


def test_after_a_pause_one_is_sent(say, target):
    make_rule(targets=[target], **TEN_MINUTES)
    say("down")
    assert remind(60) == 1
    assert remind(60.1) == 0
    state = RuleState.objects.get()
    assert state.repeat_count == 1
    wait = state.next_repeat_at - timezone.now()
    assert timedelta(minutes=60) < wait <= timedelta(minutes=70)


def test_incident_is_repeated_until_acknowledged(incident, target):
    make_rule(targets=[target], event_types=["incident.*"], **TEN_MINUTES)
    opened = incident()
    assert remind(11) == 1
    (event,) = reminded()
    assert event.type == "incident.reminder"
    assert event.data["id"] == str(opened.pk)
    acknowledge_incident(opened, actor=SYSTEM, now=timezone.now())
    assert remind(21) == 0
    assert RuleState.objects.get().next_repeat_at is None


def test_resolved_incident_is_not_repeated(incident, target):
    make_rule(targets=[target], event_types=["incident.*"], **TEN_MINUTES)
    resolve_incident(incident(), actor=SYSTEM, now=timezone.now())
    assert remind(11) == 0
    assert not RuleState.objects.exists()


def test_repetition_begins_when_it_was_told(say, target):
    make_rule(targets=[target], delay_seconds=300, **TEN_MINUTES)
    say("down")
    assert remind(11) == 0
    assert remind(15.1) == 1


def test_rule_that_no_longer_asks_for_it_is_silent(say, target):
    make_rule(targets=[target], minimum_severity="major", **TEN_MINUTES)
    say("down")
    say("degraded")
    assert remind(11) == 0
    say("down")
    assert remind(21) == 1


def test_disabled_rule_is_silent(say, target):
    rule = make_rule(targets=[target], **TEN_MINUTES)
    say("down")
    type(rule).objects.update(enabled=False)
    assert remind(11) == 0


def test_outside_the_hours_it_waits_for_them(say, target):
    now = timezone.now()
    start, end = now - timedelta(hours=1), now + timedelta(minutes=30)
    window = {"days": [*range(7)], "from": f"{start:%H:%M}", "to": f"{end:%H:%M}"}
    hours = {"time_zone": "UTC", "windows": [window]}
    make_rule(targets=[target], active_hours=hours, repeat_seconds=3600)
    say("down")
    assert remind(61) == 0
    state = RuleState.objects.get()
    assert state.next_repeat_at > now + timedelta(hours=20)
    assert state.repeat_count == 0


def test_deleted_service_is_forgotten(say, target, service):
    make_rule(targets=[target], **TEN_MINUTES)
    say("down")
    type(service).objects.filter(pk=service.pk).delete()
    assert remind(11) == 0
    assert not RuleState.objects.exists()


def test_second_run_finds_it_moved(say, target, monkeypatch):
    """Two tasks have read the same state: the conditional update decides."""
    from alerts.actions import reminders

    make_rule(targets=[target], **TEN_MINUTES)
    say("down")
    move = reminders._move

    def overtaken(state, event, **options):
        RuleState.objects.update(next_repeat_at=F("next_repeat_at") + timedelta(1))
        return move(state, event, **options)

    monkeypatch.setattr(reminders, "_move", overtaken)
    assert remind(11) == 0
    assert reminded() == []


@pytest.mark.django_db
def test_task_runs():
    tasks.send_reminders()
