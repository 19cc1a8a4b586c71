"""Which webhooks an event reaches: subscriptions, rules, and each only once."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from accounts.datatypes import SYSTEM
from accounts.models import AuditEntry
from alerts.actions import delete_rule, save_rule
from alerts.models import Rule
from tests.alerts.conftest import PROBE
from tests.factories import make_destination, make_network, make_rule, make_service
from webhooks.models import Delivery


def reached():
    return {d.destination_id: d.event_type for d in Delivery.objects.all()}


def test_rule_sends_to_its_targets(say, target):
    make_rule(targets=[target], event_types=["service.*"])
    say("down")
    assert reached() == {target.pk: "service.status_changed"}


def test_rule_and_subscription_reach_a_webhook_once(say, target):
    make_rule(targets=[target], event_types=["*"])
    make_rule(targets=[target], event_types=["incident.opened"])
    target.event_types = ["service.status_changed"]
    target.save()
    say("down", source=PROBE, auto_create="down")
    assert reached() == {target.pk: "incident.opened"}


@pytest.mark.parametrize(
    "fields",
    [
        {"enabled": False},
        {"event_types": ["incident.*"]},
        {"company_wide": False},
    ],
)
def test_other_rules_are_silent(say, target, fields):
    make_rule(targets=[target], **fields)
    say("down")
    assert reached() == {}


def test_rule_of_another_organization_is_silent(say, service):
    make_rule(targets=[make_destination(event_types=[])])
    say("down")
    assert reached() == {}


def test_rule_for_services(say, service, target):
    other = make_service(organization=service.organization)
    rule = make_rule(targets=[target], services=[other])
    say("down")
    assert reached() == {}
    rule.services.add(service)
    say("operational")
    assert target.pk in reached()


def test_rule_for_networks(say, service, target):
    network = make_network(organization=service.organization)
    make_rule(targets=[target], excluded_networks=[network])
    service.network = network
    service.save()
    say("down")
    assert reached() == {}
    make_rule(targets=[target], company_wide=False, networks=[network])
    say("operational")
    assert target.pk in reached()


def save(rule, **related):
    names = ("networks", "excluded_networks", "services", "targets")
    everything = {name: related.get(name, ()) for name in names}
    return save_rule(rule, actor=SYSTEM, **everything)


def new_rule(target, **fields):
    defaults = {"label": "All", "event_types": ["*"]}
    return Rule(organization=target.organization, **defaults | fields)


def test_saving_writes_the_audit_log(target):
    rule = save(new_rule(target), targets=[target])
    rule.label = "Everything"
    save(rule, targets=[target])
    save(rule, targets=[target])
    delete_rule(rule, actor=SYSTEM)
    actions = list(AuditEntry.objects.order_by("id").values_list("action", flat=True))
    assert actions == ["rule.created", "rule.updated", "rule.deleted"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"event_types": []}, "event_types"),
        ({"event_types": ["Incident"]}, "event_types"),
        ({"event_types": ["incident.exploded"]}, "event_types"),
        ({"event_types": ["incidents.*"]}, "event_types"),
        ({"label": ""}, "label"),
        ({"company_wide": False}, "networks"),
    ],
)
def test_wrong_rules_are_refused(target, fields, field):
    with pytest.raises(ValidationError) as caught:
        save(new_rule(target, **fields), targets=[target])
    assert list(caught.value.message_dict) == [field]
    assert Rule.objects.count() == 0


def test_rule_needs_own_targets(target):
    with pytest.raises(ValidationError, match="at least one webhook"):
        save(new_rule(target))
    with pytest.raises(ValidationError, match="this organization"):
        save(new_rule(target), targets=[make_destination()])


@pytest.mark.parametrize(
    ("format_name", "carried", "refused"),
    [
        ("network_alert", "alert.*", "incident.*"),
        ("incident", "incident.*", "*"),
        ("content_change", "monitor.job_failed", "alert.device_boot"),
        ("status_event", "service.*", "incident.opened"),
        ("status_update", "service.status_changed", "destination.*"),
    ],
)
def test_format_that_cannot_carry_is_refused(target, format_name, carried, refused):
    target.format = format_name
    target.save()
    with pytest.raises(ValidationError, match=f"{format_name}, which cannot carry"):
        save(new_rule(target, event_types=[carried, refused]), targets=[target])
    save(new_rule(target, event_types=[carried]), targets=[target])


@pytest.mark.parametrize("name", ["standard", "cloudevents", "slack", "template"])
def test_format_that_carries_everything(target, name):
    target.format = name
    target.save()
    save(new_rule(target, event_types=["*"]), targets=[target])
    assert target.rules.count() == 1
