"""What becomes of held deliveries when their rule or service changes meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from accounts.datatypes import SYSTEM
from alerts.actions import delete_service, save_rule
from alerts.models import RuleState
from tests.factories import make_destination, make_rule, make_service
from webhooks.models import Delivery

FIVE_MINUTES = {"delay_seconds": 300}


def change(rule, **related):
    kept = {
        name: list(getattr(rule, name).all())
        for name in ("networks", "excluded_networks", "services", "targets")
    }
    save_rule(rule, actor=SYSTEM, **kept | related)


def test_target_that_is_taken_out_is_not_told(say, service, target):
    other = make_destination(organization=service.organization, event_types=[])
    rule = make_rule(targets=[target, other], label="Nights", **FIVE_MINUTES)
    say("down")
    change(rule, targets=[other])
    gone = Delivery.objects.get(destination=target)
    assert gone.status == "cancelled"
    assert gone.reason == "The rule “Nights”, which held it, has other targets now."
    assert Delivery.objects.get(destination=other).status == "pending"


def test_what_a_changed_rule_does_not_ask_for_is_not_told(say, service, target):
    rule = make_rule(targets=[target], label="Nights", **FIVE_MINUTES)
    say("down")
    elsewhere = make_service(organization=service.organization)
    change(rule, services=[elsewhere])
    delivery = Delivery.objects.get()
    assert delivery.status == "cancelled"
    assert delivery.reason == (
        "The rule “Nights”, which held it, does not ask for it any more."
    )
    assert not RuleState.objects.exists()
    say("operational")
    assert Delivery.objects.count() == 1


@pytest.mark.parametrize(
    "changed", [{"label": "Days"}, {"minimum_severity": "major"}], ids=str
)
def test_change_that_asks_for_it_still_holds_it_still(say, target, changed):
    rule = make_rule(targets=[target], **FIVE_MINUTES)
    say("down")
    for name, value in changed.items():
        setattr(rule, name, value)
    change(rule)
    assert Delivery.objects.get().status == "pending"
    assert RuleState.objects.count() == 1


def test_deleted_service_is_not_told_of(say, service, target):
    make_rule(targets=[target], **FIVE_MINUTES)
    say("down")
    name = service.name
    delete_service(service, actor=SYSTEM)
    delivery = Delivery.objects.get()
    assert delivery.status == "cancelled"
    assert delivery.reason == (
        f"The service {name} was deleted while a rule held this back."
    )
    assert not RuleState.objects.exists()


def test_rule_of_a_deleted_service_does_not_watch_every_service(service, target):
    other = make_service(organization=service.organization)
    alone = make_rule(targets=[target], services=[service])
    both = make_rule(targets=[target], services=[service, other])
    delete_service(service, actor=SYSTEM)
    alone.refresh_from_db()
    both.refresh_from_db()
    assert not alone.enabled
    assert both.enabled
    assert list(both.services.all()) == [other]


def wait_of(delivery):
    delivery.refresh_from_db()
    return round((delivery.due_at - timezone.now()).total_seconds() / 60)


def move(rule, **values):
    for name, value in values.items():
        setattr(rule, name, value)
    change(rule)


@pytest.mark.parametrize(("minutes", "wait"), [(2, 2), (60, 60), (0, 0)])
def test_held_delivery_follows_a_changed_delay(say, target, minutes, wait):
    rule = make_rule(targets=[target], label="Nights", **FIVE_MINUTES)
    say("down")
    delivery = Delivery.objects.get()
    move(rule, delay_seconds=minutes * 60)
    assert wait_of(delivery) == wait
    assert delivery.status == "pending"
    if minutes:
        assert delivery.reason.endswith(f"it must last {write_span_of(minutes)}.")
        assert RuleState.objects.get().told_at == delivery.due_at


def write_span_of(minutes):
    return "1 h" if minutes == 60 else f"{minutes} min"


def test_delay_counts_from_when_it_was_bad(say, target):
    rule = make_rule(targets=[target], delay_seconds=3600)
    say("down")
    RuleState.objects.update(since=F("since") - timedelta(minutes=10))
    move(rule, delay_seconds=15 * 60)
    assert wait_of(Delivery.objects.get()) == 5
    # What is over by now is told at once, and its recovery too.
    move(rule, delay_seconds=60)
    delivery = Delivery.objects.get()
    assert delivery.due_at <= timezone.now()
    Delivery.objects.update(status="delivered", attempt_count=1, reason="")
    say("operational")
    assert Delivery.objects.count() == 2


def test_of_two_rules_the_earliest_still_counts(say, target):
    make_rule(targets=[target], label="Early", **FIVE_MINUTES)
    late = make_rule(targets=[target], label="Late", delay_seconds=3600)
    say("down")
    delivery = Delivery.objects.get()
    move(late, delay_seconds=1800)
    assert wait_of(delivery) == 5
    move(late, delay_seconds=120)
    assert wait_of(delivery) == 2
    assert "“Late”" in delivery.reason


def test_held_delivery_follows_changed_hours(say, target):
    rule = make_rule(targets=[target], label="Nights", **FIVE_MINUTES)
    say("down")
    soon = timezone.now() + timedelta(hours=3)
    begins = soon.replace(minute=0, second=0, microsecond=0)
    hours = {
        "time_zone": "UTC",
        "windows": [
            {"days": [begins.weekday()], "from": f"{begins:%H:%M}", "to": "24:00"}
        ],
    }
    move(rule, active_hours=hours)
    delivery = Delivery.objects.get()
    assert delivery.due_at == begins
    assert delivery.reason.endswith("until its active hours begin.")


def test_repetition_follows_too(say, target):
    rule = make_rule(targets=[target], repeat_seconds=3600, **FIVE_MINUTES)
    say("down")
    move(rule, delay_seconds=600)
    state = RuleState.objects.get()
    assert state.next_repeat_at - state.told_at == timedelta(hours=1)


def test_what_was_told_stays_told(say, target):
    rule = make_rule(targets=[target], **FIVE_MINUTES)
    say("down")
    past = timezone.now() - timedelta(minutes=1)
    RuleState.objects.update(told_at=past)
    Delivery.objects.update(status="delivered", due_at=past, reason="")
    move(rule, delay_seconds=3600)
    assert RuleState.objects.get().told_at == past
    assert Delivery.objects.get().status == "delivered"
