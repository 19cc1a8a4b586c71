"""Recoveries while a pump claims, and two tasks that remind: real threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connections
from django.utils import timezone

from accounts.datatypes import SYSTEM
from alerts.actions import change_service_status, send_reminders
from alerts.datatypes import MANUAL, StatusUpdate
from alerts.models import RuleState
from integrations_project.lib.ids import uuid7
from tests.factories import make_destination, make_rule, make_service
from webhooks.models import Delivery, Event

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


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


def say(service, status):
    update = StatusUpdate(
        status=status, source=MANUAL, trace=uuid7(), now=timezone.now()
    )
    return change_service_status(service.pk, update, actor=SYSTEM)


def claim():
    """Take the held delivery as a pump whose clock is ahead would."""
    rows = Delivery.objects.filter(status="pending", reason__startswith="Held")
    return rows.update(status="sending", lease_owner=uuid4())


@pytest.mark.parametrize("attempt", range(8))
def test_claimed_or_cancelled_never_both(attempt):
    service = make_service()
    target = make_destination(organization=service.organization, event_types=[])
    make_rule(targets=[target], delay_seconds=60)
    say(service, "down")

    claimed, _ = run_together(claim, lambda: say(service, "operational"))

    statuses = list(Delivery.objects.order_by("id").values_list("status", flat=True))
    assert statuses == (["sending", "pending"] if claimed else ["cancelled"])
    assert not RuleState.objects.exists()


def test_two_tasks_remind_once():
    service = make_service()
    target = make_destination(organization=service.organization, event_types=[])
    for _ in range(3):
        make_rule(targets=[target], repeat_seconds=600)
    say(service, "down")
    later = timezone.now() + timedelta(minutes=11)

    counts = run_together(*[lambda: send_reminders(now=later)] * 4)

    assert sum(counts) == 3
    assert Event.objects.filter(type="service.reminder").count() == 3


def test_reminder_and_recovery_at_once():
    service = make_service()
    target = make_destination(organization=service.organization, event_types=[])
    make_rule(targets=[target], repeat_seconds=600)
    say(service, "down")
    later = timezone.now() + timedelta(minutes=11)

    run_together(lambda: send_reminders(now=later), lambda: say(service, "operational"))

    types = list(Event.objects.order_by("id").values_list("type", flat=True))
    assert types.count("service.status_changed") == 2
    assert types[-1] == "service.status_changed" or len(types) == 2
    assert not RuleState.objects.exists()
