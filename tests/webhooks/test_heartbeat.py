"""What others can tell about the pumps."""

from __future__ import annotations

import datetime as dt
import os
import socket

import pytest
from django.utils import timezone
from django_q.models import OrmQ

from tests.factories import make_delivery, make_destination
from webhooks.engine import doorbell, heartbeat
from webhooks.engine.lifeline import Lifeline
from webhooks.models import Pump

pytestmark = pytest.mark.django_db


def begin():
    lifeline = Lifeline()
    lifeline.begin()
    return lifeline


def test_pump_is_fresh_while_it_beats():
    assert not heartbeat.is_pump_fresh()
    lifeline = begin()
    assert heartbeat.is_pump_fresh()

    Pump.objects.update(beat_at=timezone.now() - dt.timedelta(seconds=6))
    assert not heartbeat.is_pump_fresh()

    lifeline.beat(in_flight=3, has_progress=False)
    assert heartbeat.is_pump_fresh()
    assert heartbeat.fresh_pumps().get().in_flight == 3

    lifeline.hand_over()
    assert not heartbeat.is_pump_fresh()
    assert heartbeat.fresh_pumps().exists()

    lifeline.end()
    assert not heartbeat.fresh_pumps().exists()


def test_pumps_of_some_processes_are_asked_to_stop():
    lifeline = begin()

    assert heartbeat.ask_pumps_to_stop(process_ids=[1]) == 0
    assert not lifeline.beat(in_flight=0, has_progress=True)
    assert heartbeat.ask_pumps_to_stop(process_ids=[os.getpid()]) == 1
    assert lifeline.beat(in_flight=0, has_progress=True)


def test_progress_is_told_apart_from_life():
    lifeline = begin()
    before = heartbeat.last_progress_at()

    lifeline.beat(in_flight=0, has_progress=False)
    assert heartbeat.last_progress_at() == before
    lifeline.beat(in_flight=0, has_progress=True)
    assert heartbeat.last_progress_at() > before


def test_old_rows_are_removed():
    long_ago = timezone.now() - dt.timedelta(days=2)
    Pump.objects.create(
        host="h", process_id=1, started_at=long_ago, beat_at=long_ago,
        progress_at=long_ago,
    )  # fmt: skip

    begin()

    assert Pump.objects.get().host == socket.gethostname()


def test_oldest_due_work():
    assert heartbeat.oldest_due_age() is None
    make_delivery(due_at=timezone.now() + dt.timedelta(minutes=1))
    make_delivery(
        destination=make_destination(enabled=False),
        due_at=timezone.now() - dt.timedelta(hours=1),
    )
    assert not heartbeat.has_due_work()

    destination = make_destination()
    for minutes, priority in ((1, 0), (7, 1), (3, 0)):
        make_delivery(
            destination=destination,
            priority=priority,
            due_at=timezone.now() - dt.timedelta(minutes=minutes),
        )

    assert heartbeat.oldest_due_age().total_seconds() == pytest.approx(420, abs=30)


def test_sweep_calls_a_pump_only_when_none_is_alive():
    assert doorbell.sweep()
    assert doorbell.sweep()
    assert OrmQ.objects.count() == 1

    OrmQ.objects.all().delete()
    begin()
    assert not doorbell.sweep()
    assert not OrmQ.objects.exists()
