"""A real worker is killed in the middle of a bulk replay: another goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from accounts.datatypes import SYSTEM
from tests.factories import make_delivery, make_destination
from tests.webhooks.test_killed_pump import database_url
from webhooks.actions import resume_replays, run_replay, start_replay
from webhooks.models import Delivery, Replay

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

#: Works through batches of three, and dies in the third one, before its commit.
DYING_WORKER = """
import os, signal, sys
import django
django.setup()
from webhooks.actions import replay_runs
from webhooks.engine import doorbell
from webhooks.tasks import run_replay

rung = []

def ring():
    rung.append(True)
    if len(rung) == 3:
        os.kill(os.getpid(), signal.SIGKILL)

replay_runs.BATCH = 3
doorbell.ring = ring
run_replay(sys.argv[1])
"""


def run_dying_worker(replay):
    return subprocess.run(
        [sys.executable, "-c", DYING_WORKER, str(replay.pk)],
        env=os.environ | {"DATABASE_URL": database_url()},
        cwd=Path(__file__).parents[2], check=False, timeout=60,
    ).returncode  # fmt: skip


def test_killed_in_the_middle_of_a_batch(sink, pump_once):
    destination = make_destination(url=sink.url)
    deliveries = [
        make_delivery(destination=destination, status="failed") for _ in range(10)
    ]
    replay = start_replay(destination, actor=SYSTEM, now=timezone.now())

    assert run_dying_worker(replay) == -signal.SIGKILL

    replay.refresh_from_db()
    assert (replay.status, replay.queued_count) == ("running", 6)
    assert Delivery.objects.filter(status="pending").count() == 6
    # Six are sent, and one of them fails again, before the sweep finds the replay.
    pump_once()
    Delivery.objects.filter(pk=deliveries[0].pk).update(status="failed")
    Replay.objects.update(beat_at=timezone.now() - timedelta(minutes=1))
    assert resume_replays() == 1
    run_replay(replay.pk)

    replay.refresh_from_db()
    assert (replay.status, replay.queued_count, replay.left_out_count) == (
        "finished", 10, 0,
    )  # fmt: skip
    pump_once()
    sent = Counter(request.headers["webhook-id"] for request in sink.requests)
    assert sent == Counter(str(delivery.event_id) for delivery in deliveries)
