"""Replays at the same moment, with real threads on PostgreSQL."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections
from django.utils import timezone

from accounts.datatypes import SYSTEM
from tests.factories import make_delivery, make_destination, make_replay
from webhooks.actions import redeliver, replay_runs, start_replay
from webhooks.exceptions import NotReplayable
from webhooks.models import Delivery, Replay

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
THREADS = 4


def run_together(*jobs):
    barrier = Barrier(len(jobs))

    def run(job):
        barrier.wait()
        try:
            return job()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return [future.result() for future in [pool.submit(run, job) for job in jobs]]


def test_one_of_many_starts():
    destination = make_destination()
    make_delivery(destination=destination, status="failed")

    def start():
        try:
            return start_replay(destination, actor=SYSTEM, now=timezone.now()).status
        except NotReplayable as error:
            return error.code

    answers = run_together(*[start] * THREADS)

    assert sorted(answers) == ["not_replayable"] * (THREADS - 1) + ["running"]
    assert Replay.objects.count() == 1


def test_workers_of_one_replay_share_it(monkeypatch):
    monkeypatch.setattr(replay_runs, "BATCH", 3)
    destination = make_destination()
    deliveries = [
        make_delivery(destination=destination, status="failed") for _ in range(40)
    ]
    replay = make_replay(destination=destination, total_count=40, until=timezone.now())

    def send_again():
        redeliver(deliveries[-1], actor=SYSTEM, now=timezone.now())

    run_together(*[lambda: replay_runs.run_replay(replay.pk)] * THREADS, send_again)

    replay.refresh_from_db()
    assert (replay.status, replay.total_count) == ("finished", 40)
    # The last one was sent again by hand, before or after its turn.
    assert replay.queued_count + replay.left_out_count == 40
    assert replay.queued_count >= 39
    assert Delivery.objects.filter(status="pending", is_manual=True).count() == 40
