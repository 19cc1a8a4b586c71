"""Maintenance and silences on the domain: begun, ended, and what rules tell."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.datatypes import SYSTEM
from alerts import actions
from alerts.models import (
    Escalation,
    Incident,
    IncidentEntry,
    RuleState,
    ServiceSource,
    Silenced,
    Window,
)
from tests.alerts.conftest import PROBE
from tests.alerts.windows import begin, end, told
from tests.factories import (
    make_destination,
    make_incident,
    make_network,
    make_policy,
    make_rule,
    make_service,
    make_window,
)
from webhooks.models import Delivery


@pytest.fixture
def rule(target):
    return make_rule(targets=[target])


def test_maintenance_shows_at_once_and_ends(service, status_now):
    window = begin(service)
    assert status_now() == "maintenance"
    assert Window.objects.get().active_until == window.ends_at
    end(window)
    assert status_now() == "operational"
    assert not ServiceSource.objects.exists()
    assert Window.objects.get().active_until is None


def test_what_broke_meanwhile_opens_afterwards(say, service, status_now, rule, target):
    window = begin(service)
    say("down", source=PROBE, auto_create="down", message="No answer")
    assert status_now() == "maintenance"
    assert not Incident.objects.exists()
    assert told(target) == []
    end(window)
    assert status_now() == "down"
    assert Incident.objects.get().title == "API Gateway is down"
    assert told(target) == ["incident.opened"]


def test_quiet_maintenance_is_told_to_nobody(service, rule, target):
    end(begin(service))
    assert told(target) == []


def test_known_failure_is_followed_to_its_end(say, service, rule, target):
    say("down", source=PROBE)
    window = begin(service)
    say("operational", source=PROBE)
    end(window)
    statuses = [d.event.data["status"] for d in Delivery.objects.order_by("pk")]
    assert statuses == ["down", "maintenance", "operational"]


def test_silence_tells_at_its_end_what_is_still_bad(say, service, rule, target):
    window = begin(service, kind="silence")
    say("down")
    assert told(target) == []
    end(window)
    assert told(target) == ["service.reminder"]
    assert not Silenced.objects.exists()
    say("operational")
    assert told(target) == ["service.reminder", "service.status_changed"]


def test_silence_tells_nothing_of_what_came_and_went(say, service, rule, target):
    window = begin(service, kind="silence")
    say("down")
    say("operational")
    end(window)
    assert told(target) == []


def test_recovery_reaches_who_was_told(say, service, rule, target):
    say("down")
    begin(service, kind="silence")
    say("operational")
    assert told(target) == ["service.status_changed"] * 2


def test_worse_during_a_silence_is_told_once_after_it(say, service, rule, target):
    say("degraded")
    window = begin(service, kind="silence")
    say("down")
    end(window)
    assert told(target) == ["service.status_changed", "service.reminder"]


def test_silenced_incident_is_told_once_with_its_service(say, service, target):
    make_rule(targets=[target])
    window = begin(service, kind="silence")
    say("down", source=PROBE, auto_create="down")
    (line,) = IncidentEntry.objects.filter(kind="silenced")
    assert line.message.startswith("Silenced by “Upgrade” until ")
    end(window)
    assert told(target) == ["incident.reminder"]


def test_silenced_incident_that_is_resolved_is_told_to_nobody(say, service, rule):
    window = begin(service, kind="silence")
    say("down", source=PROBE, auto_create="down")
    say("operational", source=PROBE)
    end(window)
    assert not Delivery.objects.exists()


def test_subscriptions_are_no_rules(say, service):
    subscriber = make_destination(organization=service.organization)
    begin(service, kind="silence")
    say("down")
    assert told(subscriber) == ["service.status_changed"]


def test_timeline_says_it_once_a_window(say, service):
    begin(service, kind="silence")
    say("down", source=PROBE, auto_create="down")
    incident = Incident.objects.get()
    now = timezone.now()
    actions.post_incident_update(incident, message="We look.", actor=SYSTEM, now=now)
    assert IncidentEntry.objects.filter(kind="silenced").count() == 1


def test_what_waits_is_held_back_and_told_afterwards(say, service, target):
    make_rule(targets=[target], delay_seconds=300)
    say("down")
    assert told(target) == ["service.status_changed"]
    window = begin(service, kind="silence")
    assert told(target) == []
    cancelled = Delivery.objects.get(status="cancelled")
    assert "Silenced by “Upgrade”" in cancelled.reason
    end(window)
    assert told(target) == ["service.reminder"]
    state = RuleState.objects.get()
    # The delay counts from when it became bad, not from the end of the silence.
    assert state.since < window.starts_at
    assert state.told_at == state.since + timedelta(seconds=300)


def test_only_rules_that_missed_it_are_told_again(say, service, target):
    patient = make_destination(organization=service.organization, event_types=[])
    make_rule(targets=[target])
    make_rule(targets=[patient], delay_seconds=300)
    say("down")
    window = begin(service, kind="silence")
    end(window)
    assert told(target) == ["service.status_changed"]
    assert told(patient) == ["service.reminder"]


def test_recovery_of_what_was_held_back_is_told_to_nobody(say, service, target):
    make_rule(targets=[target], delay_seconds=300)
    say("down")
    begin(service, kind="silence")
    say("operational")
    assert told(target) == []


def test_reminders_wait(say, service, target):
    make_rule(targets=[target], repeat_seconds=60)
    say("down")
    window = begin(service, kind="silence")
    later = timezone.now() + timedelta(minutes=5)
    assert actions.send_reminders(now=later) == 0
    end(window)
    assert actions.send_reminders(now=later + timedelta(minutes=5)) == 1


def test_escalation_waits_for_the_end(say, service):
    oncall = make_destination(organization=service.organization, event_types=[])
    make_policy(steps=[oncall], is_default=True)
    window = begin(service, kind="silence")
    say("down", source=PROBE, auto_create="down")
    assert told(oncall) == []
    assert Escalation.objects.get().next_at == window.ends_at
    end(window)
    actions.take_due_steps(now=timezone.now())
    assert told(oncall) == ["incident.escalated"]


def test_incident_of_more_than_the_scope_is_told(service, rule, target):
    other = make_service(organization=service.organization)
    begin(service, kind="silence")
    now = timezone.now()
    actions.open_incident(
        service.organization,
        title="Both",
        severity="major",
        services=[service, other],
        actor=SYSTEM,
        now=now,
    )
    assert told(target) == ["incident.opened"]


@pytest.mark.parametrize("inside", [True, False])
def test_alert_goes_by_its_network(service, rule, target, inside):
    network = make_network(organization=service.organization, label="Office")
    begin(service, kind="silence", networks=[network])
    actions.raise_alert(
        service.organization,
        actor=SYSTEM,
        now=timezone.now(),
        alert_name="ALERT_DEVICE_OFFLINE",
        network_name="Office" if inside else "Home",
        data={},
        timestamp=None,
    )
    assert bool(told(target)) is not inside


def test_two_silences_end_when_both_have(say, service, rule, target):
    first, second = begin(service, kind="silence"), begin(service, kind="silence")
    say("down")
    end(first)
    assert told(target) == []
    end(second)
    assert told(target) == ["service.reminder"]


def test_smaller_scope_tells_what_is_out_of_it(say, service, rule, target):
    other = make_service(organization=service.organization)
    window = begin(service, kind="silence", services=[service, other])
    say("down")
    actions.save_window(
        window, actor=SYSTEM, now=timezone.now(), networks=(), services=[other]
    )
    actions.run_windows(now=timezone.now())
    assert told(target) == ["service.reminder"]


def test_one_statement_when_no_window_is_on(say, service):
    make_window(services=[service])
    with CaptureQueriesContext(connection) as seen:
        say("down")
    asked = [q["sql"] for q in seen if "alerts_window" in q["sql"]]
    assert len(asked) == 1
    assert not [q["sql"] for q in seen if "alerts_silenced" in q["sql"]]


def test_manual_incident_without_services_is_silent_company_wide(service, rule, target):
    begin(service, kind="silence", company_wide=True)
    incident = make_incident(organization=service.organization)
    now = timezone.now()
    actions.acknowledge_incident(incident, actor=SYSTEM, now=now)
    assert told(target) == []
