"""Two who end a run, pull a change or count failures at once: real threads."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.datatypes import SYSTEM
from alerts.models import Service, ServiceSource
from monitors.actions.pulling import list_changes
from monitors.actions.recording import record_failure
from monitors.actions.retention import prune_runs
from monitors.actions.schedules import delete_schedule, pause_schedule
from monitors.fetching import PageUnavailable
from monitors.models import Job, Schedule
from tests.alerts.test_rule_races import run_together
from tests.factories import make_monitor, make_run, make_service
from tests.monitors.test_recording import NOW, PAGE, make_running, succeed
from webhooks.models import Event

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def fail(job):
    record_failure(job, error=PageUnavailable(), status_code=None, now=NOW)


def load(job):
    return Job.objects.select_related("schedule", "strategy").get(pk=job.pk)


@pytest.mark.parametrize("attempt", range(8))
def test_run_ends_once(attempt):
    job = make_running()
    other = load(job)

    run_together(lambda: succeed(job), lambda: fail(other))

    assert Job.objects.get().status in ("completed", "failed")
    assert Event.objects.count() == 1


@pytest.mark.parametrize("attempt", range(4))
def test_change_is_pulled_once(attempt):
    monitor = make_monitor()
    for _ in range(5):
        make_run(monitor=monitor, has_changes=True)

    def pull():
        found = list_changes(
            monitor, filter_text="", mark_seen=True, now=timezone.now()
        )
        return [each.job.pk for each in found.changes]

    first, second = run_together(pull, pull)

    assert sorted(first + second) == sorted(Job.objects.values_list("pk", flat=True))


def test_pages_that_fail_at_once_are_all_counted():
    service = make_service()
    urls = [f"{PAGE}/{number}" for number in range(6)]
    monitor = make_monitor(
        organization=service.organization,
        service=service,
        urls=urls,
        is_batch=True,
        failure_threshold=1,
    )
    jobs = [load(make_running(monitor, url=url)) for url in urls]

    run_together(*[lambda job=job: fail(job) for job in jobs])

    assert set(Schedule.objects.get().failures) == set(urls)
    assert Service.objects.get().status == "down"
    assert ServiceSource.objects.count() == 1


@pytest.mark.parametrize("end", [delete_schedule, pause_schedule])
@pytest.mark.parametrize("attempt", range(4))
def test_nothing_is_said_after_the_end_of_a_monitor(end, attempt):
    service = make_service()
    monitor = make_monitor(
        organization=service.organization, service=service, failure_threshold=1
    )
    make_running(monitor)
    job = Job.objects.select_related("schedule", "strategy").get()
    schedule = Schedule.objects.get()

    run_together(
        lambda: fail(job), lambda: end(schedule, actor=SYSTEM, now=timezone.now())
    )

    assert Job.objects.get().status == "failed"
    assert Service.objects.get().status == "operational"
    assert not ServiceSource.objects.exists()


def test_two_tidy_at_once():
    monitor = make_monitor()
    old = timezone.now() - timedelta(days=40)
    for _ in range(20):
        make_run(monitor=monitor, completed_at=old)

    def tidy():
        return prune_runs(now=timezone.now())

    run_together(tidy, tidy)

    assert Job.objects.count() == 1
