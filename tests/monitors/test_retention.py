"""Runs are kept as long as their organization says, and some in any case."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.datatypes import SYSTEM
from accounts.models import AuditEntry
from monitors.actions import retention
from monitors.actions.retention import find_retention, prune_runs, save_retention
from monitors.models import Job, Retention
from tests.factories import make_monitor, make_organization, make_run

NOW = timezone.now()

pytestmark = pytest.mark.django_db


@pytest.fixture
def monitor():
    return make_monitor()


def add(monitor, days, **fields):
    """Make a run that ended so many days ago."""
    return make_run(monitor=monitor, completed_at=NOW - timedelta(days=days), **fields)


def left():
    return set(Job.objects.all())


def test_old_runs_without_a_change_go(monitor):
    add(monitor, 31)
    add(monitor, 31, status="failed")
    recent = add(monitor, 29)

    assert prune_runs(now=NOW) == 2
    assert left() == {recent}
    assert prune_runs(now=NOW) == 0


def test_last_completed_run_of_each_page_stays(monitor):
    add(monitor, 50)
    last = add(monitor, 40)
    other_page = add(monitor, 45, url="https://example.com/other")
    add(monitor, 35, status="failed")

    assert prune_runs(now=NOW) == 2
    assert left() == {last, other_page}


def test_changes_stay_longer_with_what_they_are_shown_against(monitor):
    add(monitor, 101)
    before = add(monitor, 100)
    change = add(monitor, 99, has_changes=True, previous=before)
    add(monitor, 98, previous=change)
    last = add(monitor, 1)

    assert prune_runs(now=NOW) == 2
    assert left() == {before, change, last}
    change.refresh_from_db()
    assert change.previous == before


def test_old_changes_go_in_the_end(monitor):
    before = add(monitor, 400)
    add(monitor, 399, has_changes=True, previous=before)
    last = add(monitor, 1)

    assert prune_runs(now=NOW) == 2
    assert left() == {last}


def test_runs_without_a_monitor_go(monitor):
    make_run(strategy=monitor.strategy, completed_at=NOW - timedelta(days=31))

    assert prune_runs(now=NOW) == 1


def test_unfinished_runs_stay(monitor):
    for status in ("pending", "running"):
        add(monitor, 31, status=status)

    assert prune_runs(now=NOW) == 0


def test_each_organization_has_its_own_days(monitor, monkeypatch):
    monkeypatch.setattr(retention, "CHUNK", 2)
    for days in (9, 8, 7, 6, 5):
        add(monitor, days)
    other = make_monitor()
    kept = {add(other, 9), add(other, 8)}
    Retention.objects.create(organization=monitor.organization, run_days=5)

    assert prune_runs(now=NOW) == 4
    assert kept < left()


def test_decision_is_stored_and_in_the_audit_log():
    organization = make_organization()
    decided = find_retention(organization)
    assert (decided.run_days, decided.change_days) == (30, 365)

    decided.run_days = 7
    save_retention(decided, actor=SYSTEM)

    assert find_retention(organization).run_days == 7
    entry = AuditEntry.objects.get(action="monitor.retention_updated")
    assert entry.changes == {"run_days": [30, 7]}


@pytest.mark.parametrize("days", [0, 3651])
def test_days_have_bounds(days):
    decided = Retention(organization=make_organization(), change_days=days)

    with pytest.raises(ValidationError):
        save_retention(decided, actor=SYSTEM)
