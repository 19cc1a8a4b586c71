"""Who is told when nobody takes an incident."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connections
from django.utils import timezone

from accounts.datatypes import SYSTEM
from alerts.actions import (
    acknowledge_incident,
    edit_incident,
    merge_incidents,
    open_incident,
    resolve_incident,
    take_due_steps,
)
from alerts.models import Escalation, OnCallPerson
from tests.alerts.conftest import PROBE
from tests.factories import (
    make_destination,
    make_membership,
    make_network,
    make_override,
    make_policy,
    make_rotation,
    make_schedule,
    make_service,
)
from webhooks.models import Delivery, Destination, Event

pytestmark = pytest.mark.django_db

NOW = timezone.now().replace(microsecond=0)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def pagers(organization):
    """Three destinations that subscribe to nothing."""
    return [
        make_destination(organization=organization, label=label, event_types=[])
        for label in ("First", "Second", "Third")
    ]


@pytest.fixture
def start(organization):
    """Open an incident, by default of a service that names no policy."""

    def start(*services, severity="major", now=NOW):
        return open_incident(
            organization,
            title="It is down",
            severity=severity,
            services=services or [make_service(organization=organization)],
            actor=SYSTEM,
            now=now,
        )

    return start


def told(incident):
    """Return whom deliveries of the escalation went to, in their order."""
    rows = Delivery.objects.filter(
        event__type="incident.escalated", event__subject_id=str(incident.pk)
    )
    return [row.destination.label for row in rows.order_by("id")]


def lines(incident):
    entries = incident.entries.filter(kind="escalated").order_by("id")
    return [entry.message for entry in entries]


def test_first_step_is_told_at_once(pagers, start):
    make_policy(steps=pagers, is_default=True)
    incident = start()
    assert told(incident) == ["First"]
    assert lines(incident) == ["Step 1: told First."]
    assert incident.escalation.next_at == NOW + 5 * MINUTE
    event = Event.objects.get(type="incident.escalated")
    assert event.trace == incident.trace
    assert event.data["number"] == incident.number


def test_later_steps_are_told_when_they_are_due(pagers, start):
    make_policy(steps=pagers, is_default=True)
    incident = start()
    assert take_due_steps(now=NOW + 4 * MINUTE) == 0
    assert take_due_steps(now=NOW + 5 * MINUTE) == 1
    assert take_due_steps(now=NOW + 10 * MINUTE) == 1
    assert told(incident) == ["First", "Second", "Third"]


def test_end_is_said(pagers, start):
    make_policy(steps=pagers[:1], is_default=True)
    incident = start()
    assert take_due_steps(now=NOW + 5 * MINUTE) == 0
    assert "nobody took the incident" in lines(incident)[-1]
    escalation = Escalation.objects.get(incident=incident)
    assert (escalation.next_at, bool(escalation.stopped_reason)) == (None, True)


def test_rounds_are_repeated(pagers, start):
    make_policy(steps=pagers[:2], is_default=True, repeat_count=1)
    incident = start()
    for minutes in (5, 10, 15, 20):
        take_due_steps(now=NOW + minutes * MINUTE)
    assert told(incident) == ["First", "Second"] * 2
    assert lines(incident)[2] == "Step 1, round 2: told First."
    assert "Every step was taken" in lines(incident)[-1]


def test_late_step_is_taken_once_and_the_next_waits(pagers, start):
    make_policy(steps=pagers, is_default=True)
    incident = start()
    late = NOW + timedelta(hours=3)
    assert take_due_steps(now=late) == 1
    assert take_due_steps(now=late + 4 * MINUTE) == 0
    assert told(incident) == ["First", "Second"]
    assert Escalation.objects.get().next_at == late + 5 * MINUTE


@pytest.mark.parametrize("act", [acknowledge_incident, resolve_incident])
def test_somebody_who_responds_stops_it(pagers, start, act):
    make_policy(steps=pagers, is_default=True)
    incident = start()
    act(incident, actor=SYSTEM, now=NOW + MINUTE)
    assert take_due_steps(now=NOW + 5 * MINUTE) == 0
    assert told(incident) == ["First"]
    assert lines(incident)[-1].startswith("Escalation stopped: ")


def test_a_merged_incident_is_stopped(pagers, start):
    make_policy(steps=pagers, is_default=True)
    target, other = start(), start()
    merge_incidents(target, [other], actor=SYSTEM, now=NOW + MINUTE)
    assert lines(other)[-1].startswith("Escalation stopped: ")
    assert take_due_steps(now=NOW + 5 * MINUTE) == 1
    assert told(target) == ["First", "Second"]


def test_edits_of_the_policy_do_not_reach_what_runs(pagers, start):
    policy = make_policy(steps=pagers, is_default=True)
    incident = start()
    policy.steps.all().delete()
    take_due_steps(now=NOW + 5 * MINUTE)
    policy.delete()
    take_due_steps(now=NOW + 10 * MINUTE)
    assert told(incident) == ["First", "Second", "Third"]


def test_a_webhook_that_is_gone_is_passed_over(pagers, start):
    make_policy(steps=pagers, is_default=True)
    incident = start()
    pagers[1].delete()
    assert take_due_steps(now=NOW + 5 * MINUTE) == 2
    assert told(incident) == ["First", "Third"]
    assert "Second does not exist any more" in lines(incident)[1]


def test_a_disabled_webhook_is_passed_over(pagers, start):
    make_policy(steps=pagers, is_default=True)
    Destination.objects.filter(pk=pagers[0].pk).update(enabled=False)
    incident = start()
    assert lines(incident) == [
        "Step 1: First was not told. The webhook is disabled.",
        "Step 2: told Second.",
    ]


def test_a_webhook_of_another_network_is_passed_over(organization, pagers, start):
    pagers[0].networks.set([make_network(organization=organization)])
    make_policy(steps=pagers[:1], is_default=True)
    incident = start()
    assert "networks that this incident is not in" in lines(incident)[0]


def test_subscribers_are_not_told_of_steps(organization, pagers, start):
    everything = make_destination(organization=organization)
    make_policy(steps=pagers, is_default=True)
    start()
    rows = Delivery.objects.filter(destination=everything)
    assert [row.event_type for row in rows] == ["incident.opened"]


def test_no_policy_means_no_escalation(pagers, start):
    make_policy(steps=pagers)
    assert not Escalation.objects.filter(incident=start()).exists()


def test_policy_for_worse_incidents_stands_back(pagers, start):
    make_policy(steps=pagers, is_default=True, minimum_severity="critical")
    incident = start(severity="major")
    assert told(incident) == []
    edit_incident(incident, severity="critical", actor=SYSTEM, now=NOW)
    assert told(incident) == ["First"]


def test_service_names_its_policy(organization, pagers, start):
    make_policy(steps=pagers[:1], is_default=True)
    own = make_policy(steps=pagers[1:])
    service = make_service(organization=organization, escalation_policy=own)
    assert told(start(service)) == ["Second"]


def test_strictest_of_several_is_taken(organization, pagers, start):
    lax = make_policy(steps=[pagers[0]])
    strict = make_policy(steps=[pagers[1], pagers[2]])
    services = [
        make_service(organization=organization, escalation_policy=policy)
        for policy in (lax, strict)
    ]
    incident = start(*services)
    assert incident.escalation.policy_label == strict.label


def test_a_status_that_opens_an_incident_escalates(service, say):
    pager = make_destination(organization=service.organization, event_types=[])
    make_policy(steps=[pager], is_default=True)
    incident = say("down", source=PROBE, auto_create="down").incident
    assert told(incident) == [pager.label]
    say("operational", source=PROBE)
    assert lines(incident)[-1] == "Escalation stopped: resolved."


def test_who_is_on_call_is_mailed(organization, start):
    ann = make_membership(organization=organization)
    schedule = make_schedule(organization=organization, name="Primary")
    make_rotation(schedule=schedule, people=[ann])
    make_policy(steps=[schedule, schedule], is_default=True)
    incident = start()
    assert lines(incident) == [f"Step 1: told {ann.user} (on call, Primary)."]
    mailbox = OnCallPerson.objects.get(user=ann.user).destination
    assert (mailbox.kind, mailbox.managed_by) == ("email", "on_call")
    assert mailbox.recipients == [ann.user.email]
    take_due_steps(now=NOW + 5 * MINUTE)
    assert Delivery.objects.filter(destination=mailbox).count() == 2


def test_mailbox_follows_a_changed_address(organization, start):
    ann = make_membership(organization=organization)
    schedule = make_schedule(organization=organization)
    make_rotation(schedule=schedule, people=[ann])
    make_policy(steps=[schedule], is_default=True)
    start()
    ann.user.email = "ann@elsewhere.example"
    ann.user.save()
    start()
    mailbox = Destination.objects.get(managed_by="on_call")
    assert mailbox.recipients == ["ann@elsewhere.example"]


def test_mailbox_that_was_disabled_is_tried_again(organization, start):
    schedule = make_rotation(organization=organization).schedule
    make_policy(steps=[schedule], is_default=True)
    start()
    Destination.objects.filter(managed_by="on_call").update(enabled=False)
    incident = start()
    assert told(incident)


def test_a_member_is_told_where_they_chose(organization, pagers, start):
    rotation = make_rotation(organization=organization)
    rotation.members.update(destination=pagers[2])
    make_policy(steps=[rotation.schedule], is_default=True)
    assert told(start()) == ["Third"]


def test_an_override_is_told_instead(organization, start):
    rotation = make_rotation(organization=organization)
    override = make_override(
        schedule=rotation.schedule, starts_at=NOW, ends_at=NOW + MINUTE
    )
    make_policy(steps=[rotation.schedule], is_default=True)
    assert str(override.user) in lines(start())[0]


def test_nobody_on_call_goes_to_the_next_step_at_once(organization, pagers, start):
    empty = make_schedule(organization=organization, name="Nights")
    make_policy(steps=[empty, pagers[0]], is_default=True)
    incident = start()
    assert lines(incident) == [
        "Step 1: nobody was told. Nobody is on call in Nights.",
        "Step 2: told First.",
    ]


def test_a_policy_that_tells_nobody_does_not_run_away(organization, start):
    empty = make_schedule(organization=organization)
    make_policy(steps=[empty, empty], is_default=True, repeat_count=10)
    incident = start()
    assert len(lines(incident)) == 2
    assert Escalation.objects.get(incident=incident).next_at == NOW + 5 * MINUTE


def test_somebody_who_left_is_not_told(organization, start):
    ann = make_membership(organization=organization)
    rotation = make_rotation(organization=organization, people=[ann])
    make_policy(steps=[rotation.schedule], is_default=True)
    ann.delete()
    incident = start()
    assert "Nobody is on call" in lines(incident)[0]


def test_one_broken_escalation_keeps_no_other_waiting(pagers, start, caplog):
    make_policy(steps=pagers, is_default=True)
    broken, sound = start(), start()
    Escalation.objects.filter(incident=broken).update(
        steps=[{"nothing": 1}, {"nothing": 1}], next_at=NOW
    )
    assert take_due_steps(now=NOW + 5 * MINUTE) == 1
    assert told(sound) == ["First", "Second"]
    assert "escalation failed" in caplog.text


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_tasks_take_a_step_once(pagers, start):
    make_policy(steps=pagers, is_default=True)
    incidents = [start() for _ in range(5)]
    barrier = Barrier(4)

    def run():
        barrier.wait()
        try:
            return take_due_steps(now=NOW + 5 * MINUTE)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        counts = [pool.submit(run) for _ in range(4)]
        assert sum(each.result() for each in counts) == len(incidents)
    for incident in incidents:
        assert told(incident) == ["First", "Second"]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_acknowledging_meanwhile_takes_the_step_or_stops_it(pagers, start):
    make_policy(steps=pagers, is_default=True)
    incidents = [start() for _ in range(6)]
    barrier = Barrier(2)

    def run(act):
        barrier.wait()
        try:
            act()
        finally:
            connections.close_all()

    def acknowledge():
        for incident in reversed(incidents):
            acknowledge_incident(incident, actor=SYSTEM, now=NOW)

    with ThreadPoolExecutor(2) as pool:
        both = [acknowledge, lambda: take_due_steps(now=NOW + 5 * MINUTE)]
        for each in [pool.submit(run, act) for act in both]:
            each.result()
    for incident in incidents:
        assert told(incident) in (["First"], ["First", "Second"])
        assert lines(incident)[-1].startswith("Escalation stopped")
        assert Escalation.objects.get(incident=incident).next_at is None
