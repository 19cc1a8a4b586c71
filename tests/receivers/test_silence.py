from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.datatypes import SYSTEM
from alerts.models import Incident
from receivers import cache
from receivers.actions import pause_receiver, save_receiver, watch_silence
from receivers.models import Receipt, Receiver


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
