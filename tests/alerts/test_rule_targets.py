"""Targets at URLs of their own: what is kept for them, and whose secrets they have."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from accounts.datatypes import SYSTEM, Actor
from alerts.actions import FurtherTarget, delete_rule, save_rule
from alerts.models import Rule, RuleTarget
from tests.factories import make_destination, make_network, make_rule
from webhooks.actions import (
    disable_destination,
    enable_destination,
    rotate_secret,
    save_destination,
)
from webhooks.models import Delivery, Destination

PERSON = Actor(label="Ada")
HOST = "http://127.0.0.1:47999"
OTHER_HOST = "http://127.0.0.1:47998"


@pytest.fixture
def webhook(service):
    return make_destination(
        organization=service.organization,
        label="Ops",
        url=f"{HOST}/ops",
        event_types=[],
        secret="a secret of this host",
        headers={"X-Team": "ops", "X-Api-Key": "key"},
    )


def save(rule, *, further=None, targets=()):
    return save_rule(
        rule,
        actor=PERSON,
        networks=[],
        excluded_networks=[],
        services=[],
        targets=targets,
        further_targets=further,
    )


def new_rule(webhook, *urls, label="All"):
    rule = Rule(organization=webhook.organization, label=label, event_types=["*"])
    return save(rule, further=[FurtherTarget(webhook, f"{HOST}/{url}") for url in urls])


def kept():
    return Destination.objects.exclude(managed_by="")


def test_url_is_told_with_the_settings(say, webhook):
    new_rule(webhook, "one", "two")
    assert {row.url for row in kept()} == {f"{HOST}/one", f"{HOST}/two"}
    one = kept().get(url=f"{HOST}/one")
    assert one.shares_with == webhook
    assert (one.secret, one.headers) == (webhook.secret, webhook.headers)
    assert one.label == "Ops: 127.0.0.1:47999/one"
    say("down")
    told = set(Delivery.objects.values_list("destination__url", flat=True))
    assert told == {f"{HOST}/one", f"{HOST}/two"}


def test_two_rules_tell_a_url_once(say, webhook):
    new_rule(webhook, "one")
    new_rule(webhook, "one", label="Again")
    assert kept().count() == 1
    say("down")
    assert Delivery.objects.count() == 1


def test_settings_follow_the_webhook(webhook):
    new_rule(webhook, "one")
    network = make_network(organization=webhook.organization)
    webhook.format = "cloudevents"
    webhook.rate_per_minute = 30
    webhook.secret = "another secret"
    save_destination(
        webhook, actor=PERSON, networks=[network], entered_secrets={"secret"}
    )
    one = kept().get()
    assert (one.format, one.rate_per_minute) == ("cloudevents", 30)
    assert one.secret == "another secret"
    assert one.is_gated
    assert list(one.networks.all()) == [network]
    new_secret = rotate_secret(webhook, actor=PERSON, now=webhook.created_at)
    assert kept().get().secret == new_secret


def test_disabling_follows_the_webhook(webhook):
    new_rule(webhook, "one")
    disable_destination(webhook, actor=PERSON)
    assert not kept().get().enabled
    enable_destination(webhook, actor=PERSON)
    assert kept().get().enabled


def test_own_failure_stays_its_own(webhook):
    new_rule(webhook, "one")
    disable_destination(webhook, actor=SYSTEM, reason="410")
    assert kept().get().enabled
    one = kept().get()
    disable_destination(one, actor=SYSTEM, reason="410 of its own")
    webhook.label = "Operations"
    save_destination(webhook, actor=PERSON, entered_secrets=())
    one.refresh_from_db()
    assert not one.enabled
    assert one.disabled_reason == "410 of its own"


def test_secret_goes_to_no_other_host(webhook):
    rule = Rule(organization=webhook.organization, label="All", event_types=["*"])
    with pytest.raises(ValidationError, match="secrets, which are sent only to") as it:
        save(rule, further=[FurtherTarget(webhook, f"{OTHER_HOST}/x")])
    assert list(it.value.message_dict) == ["targets"]
    assert not kept().exists()


def test_other_host_without_secrets(webhook):
    webhook.secret, webhook.headers = "", {"X-Team": "ops"}
    webhook.save()
    rule = Rule(organization=webhook.organization, label="All", event_types=["*"])
    save(rule, further=[FurtherTarget(webhook, f"{OTHER_HOST}/x")])
    webhook.secret = "given for this host alone"
    save_destination(webhook, actor=PERSON, entered_secrets={"secret"})
    assert kept().get().secret == ""
    assert kept().get().enabled


def test_webhook_that_moves_takes_its_secrets_along(webhook):
    new_rule(webhook, "one")
    webhook.url = f"{OTHER_HOST}/ops"
    webhook.secret = "for the new host"
    save_destination(webhook, actor=PERSON, entered_secrets={"secret"})
    one = kept().get()
    assert (one.secret, one.headers) == ("", {"X-Team": "ops"})
    assert not one.enabled
    assert "has moved to another host" in one.disabled_reason


@pytest.mark.parametrize(
    "url", ["", "ftp://127.0.0.1/x", "http://10.0.0.1/x", "nothing"]
)
def test_refused_addresses(webhook, url):
    rule = Rule(organization=webhook.organization, label="All", event_types=["*"])
    with pytest.raises(ValidationError):
        save(rule, further=[FurtherTarget(webhook, url)])


def test_chat_has_no_further_urls(service):
    chat = make_destination(organization=service.organization, kind="email")
    rule = Rule(organization=service.organization, label="All", event_types=["*"])
    with pytest.raises(ValidationError, match="only a webhook's settings"):
        save(rule, further=[FurtherTarget(chat, f"{HOST}/x")])


def test_kept_destination_is_no_target(webhook):
    new_rule(webhook, "one")
    rule = Rule(organization=webhook.organization, label="More", event_types=["*"])
    with pytest.raises(ValidationError, match="kept by Signalpost itself"):
        save(rule, targets=[kept().get()])


def test_unused_one_goes_and_used_one_stays_readable(say, webhook):
    rule = new_rule(webhook, "one", "two")
    save(rule, further=[FurtherTarget(webhook, f"{HOST}/one")])
    assert kept().get().url == f"{HOST}/one"
    say("down")
    delete_rule(rule, actor=PERSON)
    one = kept().get()
    assert not one.enabled
    assert one.disabled_reason == "No rule sends anything to this URL any more."
    delivery = Delivery.objects.get()
    assert (delivery.destination, delivery.status) == (one, "skipped")
    webhook.label = "Operations"
    save_destination(webhook, actor=PERSON, entered_secrets=())
    assert not kept().get().enabled
    new_rule(webhook, "one")
    assert kept().get().enabled
    assert kept().get().pk == one.pk


def test_left_out_they_stay(webhook):
    rule = new_rule(webhook, "one")
    rule.label = "Renamed"
    save(rule, targets=[webhook])
    assert RuleTarget.objects.count() == 1
    save(rule, targets=[webhook], further=[])
    assert RuleTarget.objects.count() == 0


def test_deleted_rule_cancels_what_it_held(say, service):
    target = make_destination(organization=service.organization, event_types=[])
    rule = make_rule(targets=[target], label="Nights", delay_seconds=300)
    say("down")
    delete_rule(rule, actor=PERSON)
    delivery = Delivery.objects.get()
    assert delivery.status == "cancelled"
    assert delivery.reason == "The rule “Nights”, which held it, was deleted."
    say("operational")
    assert Delivery.objects.count() == 1


def test_what_another_rule_holds_too_stays(say, service):
    target = make_destination(organization=service.organization, event_types=[])
    rule = make_rule(targets=[target], delay_seconds=300)
    make_rule(targets=[target], delay_seconds=600)
    say("down")
    rule.enabled = False
    save(rule, targets=[target])
    assert Delivery.objects.get().status == "pending"
