"""Slots and runs are taken once, whoever takes them, on both databases."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from integrations_project.lib.ids import uuid7
from monitors.actions.jobs import create_job
from monitors.models import Host, Job, Runner, Schedule
from monitors.runner import claim
from monitors.runner.claim import Room, claim_jobs
from monitors.runner.lifeline import Lifeline
from monitors.runner.slots import take_slots
from tests.factories import make_monitor, make_strategy

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE = timedelta(seconds=60)


def make_job(strategy=None, *, url="https://a.example/", **fields):
    job = create_job(strategy or make_strategy(), url=url, now=timezone.now())
    if fields:
        Job.objects.filter(pk=job.pk).update(**fields)
    return job


def take(limit=50, owner=None, **room):
    jobs, _ = claim_jobs(owner or uuid7(), Room(limit=limit, **room))
    return [job.pk for job in jobs]


def together(work, count):
    """Do something in threads that begin at the same moment; returns the results."""
    barrier = threading.Barrier(count)
    results = [None] * count

    def run(number):
        try:
            connection.ensure_connection()
            barrier.wait()
            results[number] = work()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(each,)) for each in range(count)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return results


# races


def test_each_slot_is_taken_once_by_many():
    strategy = make_strategy()
    due = timezone.now() - timedelta(seconds=1)
    for number in range(40):
        url = f"https://{number}.example/"
        make_monitor(strategy=strategy, urls=[url], next_run_at=due)
    assert sum(together(take_slots, 4)) >= 40
    while take_slots():
        continue
    slots = Counter(Job.objects.values_list("schedule", "slot_at"))
    assert len(slots) == 40
    assert set(slots.values()) == {1}


def test_each_run_is_claimed_once_by_many():
    strategy = make_strategy()
    for number in range(40):
        make_job(strategy, url=f"https://{number}.example/")
    claimed = together(take, 4)
    while found := take():
        claimed.append(found)
    counts = Counter(pk for each in claimed for pk in each)
    assert len(counts) == 40
    assert set(counts.values()) == {1}


def test_one_fetch_a_host_by_many():
    strategy = make_strategy()
    for number in range(20):
        make_job(strategy, url=f"https://a.example/{number}")
    assert sum(len(each) for each in together(take, 4)) == 1
    assert Job.objects.filter(status="running").count() == 1


# hosts


def test_host_that_wants_to_be_left_alone_waits():
    make_job()
    Host.objects.create(
        origin="https://a.example", next_at=timezone.now() + timedelta(seconds=30)
    )
    assert take() == []
    assert not claim.has_due_work()
    Host.objects.update(next_at=timezone.now())
    assert len(take()) == 1


def test_many_pages_of_one_host_hide_nobody():
    strategy = make_strategy()
    for number in range(20):
        make_job(strategy, url=f"https://a.example/{number}")
    other = make_job(strategy, url="https://b.example/")
    assert len(take()) == 2
    assert Job.objects.get(pk=other.pk).status == "running"


def test_own_network_is_read_at_several_places_at_once():
    strategy = make_strategy()
    for number in range(12):
        make_job(strategy, url=f"http://127.0.0.1:8099/{number}")
    assert len(take()) == claim.OWN_AT_A_TIME
    assert not Host.objects.exists()
    assert len(take(busy={"http://127.0.0.1:8099": 7})) == 1


# leases


def test_lease_that_ended_is_another_ones_run():
    job = make_job()
    first = take()
    assert first == [job.pk]
    assert claim.take_back_lost(uuid7()) == []
    assert take() == []
    Job.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    assert claim.take_back_lost(uuid7()) == []
    job.refresh_from_db()
    assert (job.status, job.lost_count) == ("pending", 1)
    assert take() == first  # its host is free again, too


def test_runs_of_a_dead_runner_are_taken_back_at_once():
    lifeline = Lifeline()
    lifeline.begin()
    make_job()
    take(owner=lifeline.id)
    claim.take_back_lost(uuid7())
    assert Job.objects.get().status == "running"
    row = Runner.objects.get()
    assert Runner.objects.all().note_ended([row.process_id]) == 1
    claim.take_back_lost(uuid7())
    assert Job.objects.get().status == "pending"


def test_third_loss_is_the_last():
    job = make_job(lost_count=2)
    take()
    Job.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    owner = uuid7()
    (hopeless,) = claim.take_back_lost(owner)
    assert (hopeless.pk, hopeless.lease_owner) == (job.pk, owner)
    assert hopeless.lost_count == 3


def test_what_is_given_back_counts_nothing():
    job = make_job()
    owner = uuid7()
    take(owner=owner)
    assert claim.give_back(uuid7(), [job.pk]) == 0
    assert claim.give_back(owner, [job.pk]) == 1
    job.refresh_from_db()
    assert (job.status, job.lost_count, job.started_at) == ("pending", 0, None)
    assert take() == [job.pk]


def test_claims_that_nobody_knows_of_are_given_back():
    owner = uuid7()
    known = make_job()
    take(owner=owner)
    unknown = make_job(url="https://b.example/")
    take(owner=owner)
    assert claim.give_back_but(owner, [known.pk]) == 1
    assert Job.objects.get(status="pending").pk == unknown.pk


def test_given_back_run_does_not_shorten_a_wait():
    job = make_job()
    owner = uuid7()
    take(owner=owner)
    until = timezone.now() + timedelta(seconds=40)
    Host.objects.update(next_at=until)
    claim.give_back(owner, [job.pk])
    assert Host.objects.get().next_at == until


def test_renewed_lease_lasts():
    job = make_job()
    owner = uuid7()
    take(owner=owner)
    Job.objects.update(due_at=timezone.now() + timedelta(seconds=2))
    assert claim.renew(uuid7(), [job.pk]) == 0
    assert claim.renew(owner, [job.pk]) == 1
    assert Job.objects.get().due_at > timezone.now() + timedelta(seconds=50)


# slots


def test_slot_makes_nothing_while_a_run_is_open():
    slot_at = timezone.now() - timedelta(seconds=1)
    monitor = make_monitor(interval_seconds=60, next_run_at=slot_at)
    create_job(monitor.strategy, url="x", schedule=monitor, now=timezone.now())
    assert take_slots() == 1
    assert monitor.jobs.count() == 1
    monitor.refresh_from_db()
    assert (monitor.skipped_at, monitor.next_run_at) == (slot_at, slot_at + MINUTE)
    assert "was left out" in monitor.last_error


def test_paused_schedule_takes_no_slot():
    make_monitor(enabled=False, next_run_at=timezone.now())
    assert take_slots() == 0


def test_slot_that_is_there_already_is_not_made_twice():
    slot_at = timezone.now() - timedelta(seconds=1)
    monitor = make_monitor(interval_seconds=60, next_run_at=slot_at)
    take_slots()
    Job.objects.update(status="completed")
    Schedule.objects.update(next_run_at=slot_at)
    take_slots()
    assert monitor.jobs.count() == 1


@pytest.mark.django_db
@given(
    interval=st.integers(60, 86_400),
    late=st.integers(0, 40 * 86_400),
    pages=st.integers(1, 4),
)
def test_one_run_a_page_and_the_grid_is_kept(interval, late, pages):
    Schedule.objects.all().delete()  # those of the examples before come due again
    slot_at = timezone.now() - timedelta(seconds=late)
    monitor = make_monitor(
        urls=[f"https://a.example/{number}" for number in range(pages)],
        interval_seconds=interval,
        next_run_at=slot_at,
    )
    before = timezone.now()
    assert take_slots() == 1
    after = timezone.now()
    monitor.refresh_from_db()
    assert monitor.jobs.count() == pages
    assert before < monitor.next_run_at <= after + timedelta(seconds=interval)
    assert (monitor.next_run_at - slot_at).total_seconds() % interval == 0
