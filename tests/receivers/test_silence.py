from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.datatypes import SYSTEM
from alerts.actions import change_service_status
from alerts.actions.status_snapshots import build_snapshot
from alerts.datatypes import MANUAL, StatusUpdate
from alerts.models import Incident, ServiceSource
from alerts.staleness import find_stale_since
from integrations_project.lib.ids import uuid7
from receivers import cache
from receivers.actions import pause_receiver, save_receiver, watch_silence
from receivers.models import Receipt, Receiver
from tests.factories import (
    make_api_key,
    make_destination,
    make_membership,
    make_status_page,
)
from webhooks.models import Event


@pytest.fixture
def watched(make_sender):
    sender = make_sender(
        expected_every_minutes=10,
        silent_status="degraded",
        auto_create_incidents="degraded",
    )
    age(sender, minutes=60)
    return sender


def age(sender, *, minutes):
    """Let everything so far have happened earlier."""
    moment = timezone.now() - timedelta(minutes=minutes)
    Receiver.objects.filter(pk=sender.receiver.pk).update(updated_at=moment)
    Receipt.objects.update(received_at=moment)
    cache.forget_specs()


def status_of(sender):
    sender.receiver.service.refresh_from_db()
    return sender.receiver.service.status


def test_silence_is_said_once_and_opens_an_incident(watched):
    assert watch_silence(now=timezone.now()) == 1
    assert watch_silence(now=timezone.now()) == 0
    assert status_of(watched) == "degraded"
    assert "60 min" in watched.receiver.service.status_message
    assert Incident.objects.get().status == "opened"


def test_a_post_ends_it_at_once(watched):
    watch_silence(now=timezone.now())
    cache.forget_specs()
    watched.post({"status": "operational"})
    assert status_of(watched) == "operational"
    assert Incident.objects.get().status == "resolved"
    assert watch_silence(now=timezone.now()) == 0


def test_what_a_sender_said_stays_said(watched):
    watched.post({"status": "down"})
    age(watched, minutes=60)
    watch_silence(now=timezone.now())
    cache.forget_specs()
    watched.post({"status": "down"})
    assert status_of(watched) == "down"


@pytest.mark.parametrize("body", [{"status": "purple"}, {"nothing": "here"}])
def test_any_authentic_post_is_a_sign_of_life(watched, body):
    watched.post(body)
    assert watch_silence(now=timezone.now()) == 0


def test_a_forged_post_is_none(make_sender):
    sender = make_sender(expected_every_minutes=10, hmac_secret="s3cret")
    age(sender, minutes=60)
    sender.post({"status": "operational"})
    assert watch_silence(now=timezone.now()) == 1
    assert status_of(sender) == "down"


def test_within_the_time_nothing_is_said(watched):
    watched.post({"status": "operational"})
    age(watched, minutes=9)
    assert watch_silence(now=timezone.now()) == 0


def test_a_switch_that_was_just_set_waits_a_whole_period(make_sender):
    sender = make_sender()
    sender.post({"status": "operational"})
    age(sender, minutes=60)
    sender.receiver.expected_every_minutes = 10
    save_receiver(sender.receiver, actor=SYSTEM)
    assert watch_silence(now=timezone.now()) == 0


@pytest.mark.parametrize("end", ["pause", "switch off"])
def test_it_ends_with_its_switch(watched, end):
    watch_silence(now=timezone.now())
    if end == "pause":
        pause_receiver(watched.receiver, actor=SYSTEM)
    else:
        watched.receiver.refresh_from_db()
        watched.receiver.expected_every_minutes = None
        save_receiver(watched.receiver, actor=SYSTEM)
    assert watch_silence(now=timezone.now()) == 1
    assert status_of(watched) == "operational"


def test_an_old_failure_is_no_sign_of_the_last_hour(watched):
    watched.post({"status": "operational"})
    age(watched, minutes=11)
    assert watch_silence(now=timezone.now()) == 1


def test_it_is_said_wherever_the_service_is_shown(client, watched):
    service = watched.receiver.service
    watch_silence(now=timezone.now())
    source = ServiceSource.objects.get(service=service)
    assert source.is_stale
    assert source.since == Receiver.objects.get().silent_since
    client.force_login(make_membership(organization=service.organization).user)
    for url in (service.get_absolute_url(), "/services/"):
        assert b"No news since" in client.get(url).content
    _, key = make_api_key(organization=service.organization)
    answer = client.get(
        f"/api/v1/services/{service.pk}", headers={"Authorization": f"Bearer {key}"}
    )
    assert answer.json()["stale"] is True
    assert answer.json()["stale_since"]
    page = make_status_page(services=[service])
    (group,) = build_snapshot(page, now=timezone.now())["groups"]
    (shown,) = group["components"]
    assert shown["stale_since"]


def test_news_ends_it(client, watched):
    watch_silence(now=timezone.now())
    cache.forget_specs()
    watched.post({"status": "operational"})
    service = watched.receiver.service
    assert find_stale_since(service) is None
    client.force_login(make_membership(organization=service.organization).user)
    assert b"No news since" not in client.get(service.get_absolute_url()).content


def test_during_maintenance_it_is_only_said(watched):
    service = watched.receiver.service
    say_maintenance(service)
    watch_silence(now=timezone.now())
    assert status_of(watched) == "maintenance"
    assert find_stale_since(service) is not None


def test_events_say_it(make_sender):
    sender = make_sender(expected_every_minutes=10)
    make_destination(organization=sender.receiver.organization)
    age(sender, minutes=60)
    watch_silence(now=timezone.now())
    event = Event.objects.get(type="service.status_changed")
    assert event.data["stale_since"]
    cache.forget_specs()
    sender.post({"status": "operational"})
    later = Event.objects.filter(type="service.status_changed").order_by("pk").last()
    assert later.data["stale_since"] is None


def say_maintenance(service):
    update = StatusUpdate(
        status="maintenance", source=MANUAL, trace=uuid7(), now=timezone.now()
    )
    change_service_status(service.pk, update, actor=SYSTEM)
