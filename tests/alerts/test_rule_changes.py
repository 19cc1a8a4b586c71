"""What becomes of held deliveries when their rule or service changes meanwhile."""

from __future__ import annotations

import pytest

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
