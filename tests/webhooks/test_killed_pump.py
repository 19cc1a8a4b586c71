"""A real pump process is killed between claim and send: nothing is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from tests.factories import make_delivery, make_destination
from tests.postgres import with_database
from webhooks.engine import heartbeat
from webhooks.models import Delivery, Pump

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

#: Claims, and dies where it would send.
DYING_PUMP = """
import os, signal
import django
django.setup()
from webhooks.engine.desk import Desk
from webhooks.engine.pump import PumpRun

def die(desk):
    if desk.open_count:
        os.kill(os.getpid(), signal.SIGKILL)

Desk.send_waiting = die
PumpRun().run()
"""


def database_url():
    name = str(connection.settings_dict["NAME"])
    if connection.vendor == "sqlite":
        return f"sqlite:///{name}"
    return with_database(os.environ["DATABASE_URL"], name)


def run_dying_pump():
    return subprocess.run(
        [sys.executable, "-c", DYING_PUMP],
        env=os.environ | {"DATABASE_URL": database_url()},
        cwd=Path(__file__).parents[2], check=False, timeout=60,
    ).returncode  # fmt: skip


def test_killed_between_claim_and_send(sink, pump_once):
    destinations = [make_destination(url=sink.url) for _ in range(3)]
    deliveries = [
        make_delivery(destination=destination)
        for destination in destinations
        for _ in range(4)
    ]

    assert run_dying_pump() == -signal.SIGKILL

    assert set(Delivery.objects.values_list("status", flat=True)) == {"sending"}
    assert not sink.requests
    # What `serve` does when it sees a child die; else ten seconds pass.
    assert heartbeat.note_ended([Pump.objects.get().process_id]) == 1
    while Delivery.objects.exclude(status="delivered").exists():
        pump_once()
    sent = sorted(request.headers["webhook-id"] for request in sink.requests)
    assert sent == sorted(str(delivery.event_id) for delivery in deliveries)
    assert set(Delivery.objects.values_list("attempt_count", flat=True)) == {1}
