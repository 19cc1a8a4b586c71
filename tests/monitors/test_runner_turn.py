"""A runner's turn: it takes what is due, hands over, stops, and outlives a bad run."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from django_q.models import OrmQ

from monitors.actions.jobs import create_job
from monitors.models import Host, Job, Runner, Schedule
from monitors.runner.lifeline import Lifeline
from monitors.runner.turn import Turn
from tests.factories import make_monitor, make_strategy
from tests.http_server import Answer

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = Answer(
    body=b"<h1>Prices</h1><p>Basic</p>", headers=[("Content-Type", "text/html")]
)


@pytest.fixture
def site(sink):
    sink.always(PAGE)
    sink.always(Answer(status=404), path="/robots.txt")
    return sink


class Running(threading.Thread):
    """A turn in a thread of its own, as in a worker."""

    def __init__(self, **options):
        super().__init__()
        self.options = options
        self.summary = None
        self.start()

    def run(self):
        try:
            self.summary = Turn(**self.options).run()
        finally:
            connection.close()

    def finish(self, seconds=15):
        self.join(seconds)
        assert self.summary is not None
        return self.summary


def wait_until(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def run_once():
    return Turn(is_resident=False).run()


def make_due(site, *, late=timedelta(), **fields):
    return make_monitor(
        **{"urls": [site.url], "interval_seconds": 60} | fields,
        next_run_at=timezone.now() - late,
    )


def test_due_slot_runs_once(site):
    monitor = make_due(site)
    slot_at = monitor.next_run_at
    assert run_once().recorded_count == 1
    job = Job.objects.get()
    assert (job.status, job.slot_at, job.schedule) == ("completed", slot_at, monitor)
    monitor.refresh_from_db()
    assert monitor.next_run_at == slot_at + timedelta(seconds=60)
    assert run_once().recorded_count == 0


def test_each_page_of_a_slot_runs(site):
    make_due(site, urls=[f"{site.url}{name}" for name in "abc"])
    assert run_once().recorded_count == 3
    assert {job.url[-1] for job in Job.objects.all()} == {"a", "b", "c"}


def test_what_was_missed_is_one_run(site):
    monitor = make_due(site, late=timedelta(hours=5, seconds=7))
    assert run_once().recorded_count == 1
    monitor.refresh_from_db()
    ahead = (monitor.next_run_at - timezone.now()).total_seconds()
    assert 0 < ahead <= 60


def test_resident_notices_new_work_by_itself(site):
    turn = Running(turn_seconds=3)
    wait_until(Runner.objects.takers().exists)
    create_job(make_strategy(), url=site.url, now=timezone.now())
    assert not OrmQ.objects.exists()
    begun = time.monotonic()
    wait_until(lambda: Job.objects.filter(status="completed").exists())
    assert time.monotonic() - begun < 2
    turn.finish()


def test_turn_ends_with_a_call_for_a_successor():
    Turn(turn_seconds=0.1).run()
    row = Runner.objects.get()
    assert OrmQ.objects.get().key == "monitors"
    assert row.is_handing_over
    assert row.finished_at is not None


def test_runner_that_falls_behind_calls_for_help(monkeypatch):
    monkeypatch.setattr("monitors.runner.crew.MAX_THREADS", 0)
    create_job(make_strategy(), url="https://a.example/", now=timezone.now())
    OrmQ.objects.all().delete()
    turn = Running(turn_seconds=30)
    wait_until(OrmQ.objects.exists)
    Runner.objects.all().ask_to_stop()
    turn.finish()
    assert OrmQ.objects.get().key == "monitors"


def test_superfluous_runner_ends_at_once():
    Lifeline().begin()
    begun = time.monotonic()
    Turn(turn_seconds=10).run()
    assert time.monotonic() - begun < 2


def test_drains_what_it_began_after_a_successor_came(site):
    site.always(Answer(delay_seconds=2, body=PAGE.body, headers=PAGE.headers))
    make_due(site)
    turn = Running(turn_seconds=0.5)
    wait_until(lambda: Job.objects.filter(status="running").exists())
    Lifeline().begin()
    assert turn.finish().recorded_count == 1
    assert Job.objects.get().status == "completed"


def test_stops_when_asked_and_gives_its_runs_back(site):
    site.always(Answer(instead="never"), path="/")
    make_due(site)
    turn = Running(turn_seconds=30)
    wait_until(lambda: Job.objects.filter(status="running").exists())
    Runner.objects.all().ask_to_stop()
    summary = turn.finish()
    assert summary.was_stopped
    assert summary.given_back_count == 1
    job = Job.objects.get()
    assert (job.status, job.lost_count, job.lease_owner) == ("pending", 0, None)


def test_slow_site_piles_nothing_up(site, make_sink):
    slow = make_sink()
    slow.always(Answer(instead="never"), path="/")
    slow.always(Answer(status=404), path="/robots.txt")
    late, quick = make_due(slow), make_due(site)
    turn = Running(turn_seconds=60)
    wait_until(lambda: late.jobs.filter(status="running").exists())
    for count in (1, 2, 3):
        wait_until(lambda n=count: quick.jobs.filter(status="completed").count() == n)
        Schedule.objects.update(next_run_at=timezone.now())
    wait_until(lambda: quick.jobs.filter(status="completed").count() == 4)
    Runner.objects.all().ask_to_stop()
    turn.finish()
    late.refresh_from_db()
    assert late.jobs.count() == 1
    assert late.skipped_at is not None
    assert "was left out" in late.last_error


def test_row_that_should_not_be_stops_nobody(site):
    strategy = make_strategy()
    type(strategy).objects.filter(pk=strategy.pk).update(parameters=["no", "object"])
    create_job(strategy, url=site.url, now=timezone.now())
    broken = make_due(site, cron_expression="61 * * * *", interval_seconds=None)
    fine = make_due(site, urls=[f"{site.url}fine"])
    run_once()
    assert Job.objects.get(strategy=strategy).error_code == "internal"
    assert fine.jobs.get().status == "completed"
    broken.refresh_from_db()
    assert broken.next_run_at is None
    assert "It runs no more" in broken.last_error


def test_run_that_cannot_be_recorded_is_given_up(site, monkeypatch):
    def fail(*_args, **_options):
        raise RuntimeError("a bug")

    create_job(make_strategy(), url=site.url, now=timezone.now())
    for _ in range(3):
        with monkeypatch.context() as patch:
            patch.setattr("monitors.runner.settling.record_success", fail)
            run_once()
        assert Job.objects.get().status == "running"
        Job.objects.update(due_at=timezone.now() - timedelta(seconds=1))
        Host.objects.update(next_at=timezone.now())
    run_once()
    job = Job.objects.get()
    assert (job.status, job.error_code) == ("failed", "lost")
    assert "lost 3 times" in job.error
