"""Rules that wait: held deliveries, what cancels them, and who hears of recoveries."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from accounts.datatypes import SYSTEM
from alerts.actions import (
    acknowledge_incident,
    open_incident,
    resolve_incident,
)
from alerts.models import RuleState
from tests.alerts.conftest import PROBE
from tests.factories import make_destination, make_rule
from webhooks.actions import redeliver
from webhooks.fate import describe_fate
from webhooks.models import Delivery

FIVE_MINUTES = {"delay_seconds": 300}


def pass_time(**span):
    """Let everything that waits or was remembered have begun earlier."""
    earlier = timedelta(**span)
    Delivery.objects.filter(status="pending").update(due_at=F("due_at") - earlier)
    for field in ("since", "told_at", "next_repeat_at"):
        RuleState.objects.update(**{field: F(field) - earlier})


def deliver():
    """Deliver what is due, as a pump would."""
    due = Delivery.objects.filter(status="pending", due_at__lte=timezone.now())
    return due.update(status="delivered", attempt_count=1, reason="")


def told(destination=None):
    rows = Delivery.objects.exclude(status="cancelled").order_by("id")
    if destination is not None:
        rows = rows.filter(destination=destination)
    return [(d.event_type, d.event.data.get("status")) for d in rows]


def test_delivery_is_held(say, target):
    make_rule(targets=[target], label="Nights", **FIVE_MINUTES)
    say("down")
    delivery = Delivery.objects.get()
    wait = delivery.due_at - timezone.now()
    assert timedelta(minutes=4, seconds=50) < wait <= timedelta(minutes=5)
    fate = describe_fate(delivery, now=timezone.now())
    assert fate.before == "Held until"
    assert fate.after == " by the rule “Nights”: it must last 5 min."
    assert fate.at == delivery.due_at


def test_recovered_before_nobody_is_told(say, target):
    make_rule(targets=[target], label="Nights", **FIVE_MINUTES)
    say("down")
    pass_time(minutes=2)
    say("operational")
    delivery = Delivery.objects.get()
    assert delivery.status == "cancelled"
    sentence = "Recovered after 2 min, before the 5 min of the rule “Nights” were over."
    assert delivery.reason == sentence
    assert not RuleState.objects.exists()


def test_recovered_after_is_told(say, target):
    make_rule(targets=[target], **FIVE_MINUTES)
    say("down")
    pass_time(minutes=6)
    deliver()
    say("operational")
    assert [status for _, status in told()] == ["down", "operational"]
    assert not RuleState.objects.exists()


def test_claimed_meanwhile_counts_as_told(say, target):
    """The pump took it: the recovery must follow, whatever the rule remembers."""
    make_rule(targets=[target], **FIVE_MINUTES)
    say("down")
    Delivery.objects.update(status="sending")
    say("operational")
    assert [status for _, status in told()] == ["down", "operational"]


def test_sent_by_hand_counts_as_told(say, target):
    make_rule(targets=[target], **FIVE_MINUTES)
    say("down")
    redeliver(Delivery.objects.get(), actor=SYSTEM, now=timezone.now())
    say("operational")
    assert [status for _, status in told()] == ["down", "operational"]


def test_worse_change_keeps_waiting_from_the_first(say, target):
    make_rule(targets=[target], label="Nights", **FIVE_MINUTES)
    say("degraded")
    pass_time(minutes=4)
    say("down")
    first, second = Delivery.objects.order_by("id")
    assert first.status == "cancelled"
    assert first.reason.startswith("A newer change took its place")
    assert second.due_at - timezone.now() <= timedelta(minutes=1)
    pass_time(minutes=2)
    deliver()
    say("operational")
    assert [status for _, status in told()] == ["down", "operational"]


def test_worse_change_after_telling_is_told_at_once(say, target):
    make_rule(targets=[target], **FIVE_MINUTES)
    say("degraded")
    pass_time(minutes=6)
    deliver()
    say("down")
    newest = Delivery.objects.order_by("-id")[0]
    assert newest.due_at <= timezone.now()


def test_better_than_the_rule_asks_for_ends_the_hold(say, target):
    rule = make_rule(targets=[target], minimum_severity="major", **FIVE_MINUTES)
    say("down")
    pass_time(minutes=1)
    say("degraded")
    delivery = Delivery.objects.get()
    assert delivery.status == "cancelled"
    assert delivery.reason == (
        "No longer what the rule asks for after 1 min, before the 5 min of the rule "
        f"“{rule.label}” were over."
    )
    say("operational")
    assert told() == []


def test_subscription_is_not_held(say, target):
    make_rule(targets=[target], **FIVE_MINUTES)
    target.event_types = ["service.*"]
    target.save()
    say("down")
    assert Delivery.objects.get().due_at <= timezone.now()
    say("operational")
    assert [status for _, status in told()] == ["down", "operational"]


def test_immediate_rule_wins(say, target):
    make_rule(targets=[target], **FIVE_MINUTES)
    make_rule(targets=[target], event_types=["service.status_changed"])
    say("down", source=PROBE, auto_create="down")
    delivery = Delivery.objects.get()
    assert delivery.event_type == "incident.opened"
    assert delivery.due_at <= timezone.now()


def test_shortest_delay_wins(say, target):
    make_rule(targets=[target], delay_seconds=300)
    make_rule(targets=[target], delay_seconds=60, label="Short")
    say("down")
    delivery = Delivery.objects.get()
    assert delivery.due_at - timezone.now() <= timedelta(minutes=1)
    assert "“Short”" in delivery.reason
    pass_time(minutes=2)
    deliver()
    say("operational")
    assert [status for _, status in told()] == ["down", "operational"]


def test_two_rules_tell_their_own(say, service, target):
    """One was told, the other not: only that one hears of the recovery."""
    other = make_destination(organization=service.organization, event_types=[])
    make_rule(targets=[target], delay_seconds=60)
    make_rule(targets=[other], delay_seconds=600)
    say("down")
    pass_time(minutes=2)
    deliver()
    say("operational")
    assert [status for _, status in told(target)] == ["down", "operational"]
    assert told(other) == []


def test_incident_and_its_change_are_held_together(say, target):
    make_rule(targets=[target], **FIVE_MINUTES)
    say("down", source=PROBE, auto_create="down")
    pass_time(minutes=1)
    say("operational", source=PROBE)
    delivery = Delivery.objects.get()
    assert delivery.status == "cancelled"
    assert delivery.reason.startswith("Resolved after 1 min")
    assert not RuleState.objects.exists()


def test_service_recovers_while_its_incident_stays(say, service, target):
    make_rule(targets=[target], **FIVE_MINUTES)
    say("down", source=PROBE, auto_create="down")
    pass_time(minutes=1)
    say("operational")
    assert Delivery.objects.get().status == "pending"


def test_incident_is_not_acknowledged_before_it_is_told(service, target):
    make_rule(targets=[target], event_types=["incident.*"], **FIVE_MINUTES)
    now = timezone.now()
    incident = open_incident(
        service.organization,
        actor=SYSTEM,
        now=now,
        title="Broken",
        severity="major",
        services=[service],
    )
    acknowledge_incident(incident, actor=SYSTEM, now=now)
    opened, acknowledged = Delivery.objects.order_by("id")
    assert abs(acknowledged.due_at - opened.due_at) < timedelta(seconds=2)
    resolve_incident(incident, actor=SYSTEM, now=now)
    assert told() == []


def test_rule_for_the_end_alone_tells_it(service, target):
    make_rule(targets=[target], event_types=["incident.resolved"], **FIVE_MINUTES)
    now = timezone.now()
    fields = {"title": "Broken", "severity": "major", "services": [service]}
    incident = open_incident(service.organization, actor=SYSTEM, now=now, **fields)
    resolve_incident(incident, actor=SYSTEM, now=now)
    assert [event_type for event_type, _ in told()] == ["incident.resolved"]


def test_recovery_reaches_those_who_were_told(say, target):
    """It fits neither the condition nor the severity, and is told all the same."""
    down = {"field": "status", "op": "equals", "value": "down"}
    make_rule(targets=[target], conditions=[down], minimum_severity="major")
    say("degraded")
    assert told() == []
    say("down")
    say("degraded")
    say("operational")
    assert [status for _, status in told()] == ["down", "operational"]


def test_recovery_of_what_was_not_told_is_not_told(say, target):
    make_rule(targets=[target], minimum_severity="major")
    say("degraded")
    say("operational")
    assert told() == []


def test_maintenance_ends_a_hold(say, target):
    make_rule(targets=[target], **FIVE_MINUTES)
    say("down")
    say("maintenance")
    assert Delivery.objects.get().reason.startswith("Under maintenance after")


def test_alerts_do_not_wait(service, target):
    from alerts.actions import raise_alert

    make_rule(targets=[target], **FIVE_MINUTES)
    raise_alert(
        service.organization,
        actor=SYSTEM,
        now=timezone.now(),
        alert_name="ALERT_DEVICE_BOOT",
        network_name="Main",
        data={},
        timestamp=None,
    )
    assert Delivery.objects.get().due_at <= timezone.now()
    assert not RuleState.objects.exists()


def hours_in(hours):
    """Active hours that begin in so many hours from now and last one."""
    start = (timezone.now() + timedelta(hours=hours)).replace(minute=0)
    end = start + timedelta(hours=1)
    window = {"days": [*range(7)], "from": f"{start:%H:%M}", "to": f"{end:%H:%M}"}
    return {"active_hours": {"time_zone": "UTC", "windows": [window]}}


def test_outside_the_hours_it_is_told_when_they_begin(say, target):
    make_rule(targets=[target], label="Office", **hours_in(3))
    say("down")
    delivery = Delivery.objects.get()
    wait = delivery.due_at - timezone.now()
    assert timedelta(hours=2) <= wait <= timedelta(hours=3)
    assert delivery.reason == "Held by the rule “Office”, until its active hours begin."
    say("operational")
    delivery.refresh_from_db()
    assert delivery.status == "cancelled"
    assert "before the active hours of the rule “Office” began" in delivery.reason
    assert Delivery.objects.count() == 1


def test_alert_outside_the_hours_is_not_told(service, target):
    from alerts.actions import raise_alert

    make_rule(targets=[target], **hours_in(3))
    raise_alert(
        service.organization,
        actor=SYSTEM,
        now=timezone.now(),
        alert_name="ALERT_DEVICE_BOOT",
        network_name="Main",
        data={},
        timestamp=None,
    )
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("count", [1, 40])
def test_statements_do_not_grow_with_rules(
    say, target, count, django_assert_max_num_queries
):
    for number in range(count):
        labels = {"delay_seconds": 60 + number, "minimum_severity": "minor"}
        make_rule(targets=[target], **labels)
    with django_assert_max_num_queries(32):
        say("down")
    with django_assert_max_num_queries(32):
        say("operational")
    assert told() == []


def test_what_a_vanished_rule_left_is_removed(say, service, target):
    """A rule that is deleted at this very moment may leave its memory behind."""
    rule = make_rule(targets=[target], delay_seconds=60)
    say("down")
    state = RuleState.objects.get()
    rule.delete()
    RuleState.objects.bulk_create([state])
    say("operational")
    assert not RuleState.objects.exists()
