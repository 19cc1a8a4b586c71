"""Windows that begin and end while others work: real threads."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.datatypes import SYSTEM
from alerts import actions
from alerts.models import Service, Silenced, StatusChange
from tests.alerts.test_rule_races import run_together, say
from tests.factories import make_destination, make_rule, make_service, make_window
from webhooks.models import Event

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
HOUR = timedelta(hours=1)


def statuses(service):
    rows = StatusChange.objects.filter(service=service).order_by("changed_at")
    return list(rows.values_list("status", flat=True))


def test_two_tasks_begin_and_end_once():
    service = make_service()
    now = timezone.now()
    window = make_window(services=[service], starts_at=now)
    later = window.ends_at + HOUR
    for moment in (now, later):
        counts = run_together(*[lambda at=moment: actions.run_windows(now=at)] * 3)
        assert sum(counts) == 1
    assert statuses(service) == ["maintenance", "operational"]


@pytest.mark.parametrize("attempt", range(6))
def test_failure_at_the_end_of_a_silence_is_told_once(attempt):
    service = make_service()
    target = make_destination(organization=service.organization, event_types=[])
    make_rule(targets=[target])
    now = timezone.now()
    window = make_window(services=[service], starts_at=now, kind="silence")
    actions.run_windows(now=now)

    run_together(
        lambda: say(service, "down"),
        lambda: actions.end_window(window, actor=SYSTEM, now=timezone.now()),
    )
    actions.run_windows(now=window.ends_at)

    told = Event.objects.filter(deliveries__isnull=False)
    assert told.count() == 1
    assert not Silenced.objects.exists()


@pytest.mark.parametrize("attempt", range(4))
def test_failure_at_the_end_of_maintenance_is_shown(attempt):
    service = make_service()
    now = timezone.now()
    window = make_window(services=[service], starts_at=now)
    actions.run_windows(now=now)
    run_together(
        lambda: say(service, "down"),
        lambda: actions.end_window(window, actor=SYSTEM, now=timezone.now()),
    )
    assert Service.objects.get().status == "down"


def test_service_made_while_a_window_begins_joins_it():
    first = make_service()
    organization = first.organization
    now = timezone.now()
    make_window(organization=organization, company_wide=True, starts_at=now)
    run_together(
        lambda: actions.run_windows(now=now),
        lambda: actions.create_service(organization, actor=SYSTEM, now=now, name="New"),
    )
    actions.run_windows(now=now)
    found = set(Service.objects.values_list("status", flat=True))
    assert found == {"maintenance"}
