from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from alerts.actions import roll_up_uptime, watch_budgets
from alerts.error_budget import build_budget, find_burn, list_left
from alerts.models import Preferences, Service
from alerts.uptime import Interval, Policy, Seconds
from tests.factories import (
    make_destination,
    make_rule,
    make_service,
    make_status_change,
)
from webhooks.formats.samples import build_sample
from webhooks.models import Delivery, Event

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TYPE = "uptime.budget_burning"


def test_budget_of_three_nines():
    budget = build_budget(99.9, Seconds(down=648), Policy())

    assert budget.allowed_seconds == pytest.approx(2592)
    assert budget.left_seconds == pytest.approx(1944)
    assert budget.left_percent == pytest.approx(75)


def test_more_lost_than_allowed_is_below_nothing():
    budget = build_budget(99.9, Seconds(down=3888), Policy())

    assert budget.left_percent == pytest.approx(-50)


def test_weight_of_degraded_spares_the_budget():
    half = Policy(degraded_weight=0.5)

    assert build_budget(99, Seconds(degraded=100), half).lost_seconds == 50


def test_left_after_each_day():
    budget = build_budget(99.9, Seconds(down=1296), Policy())

    assert list_left(budget, [0, 648, 648]) == pytest.approx([100, 75, 50])


def down_for(minutes, *, ended=0):
    """Down so long, until so many minutes ago."""
    end = NOW - ended * MINUTE
    return [
        Interval("operational", NOW - timedelta(days=2), end - minutes * MINUTE),
        Interval("down", end - minutes * MINUTE, end),
        Interval("operational", end, None),
    ]


@pytest.mark.parametrize(
    ("intervals", "target", "window"),
    [
        pytest.param(down_for(0), 0.999, None, id="never down"),
        pytest.param(down_for(0.5), 0.999, None, id="30 s are not 14.4 times an hour"),
        pytest.param(down_for(1), 0.999, 1, id="60 s are"),
        pytest.param(down_for(1), 0.99, None, id="but not of one percent"),
        pytest.param(down_for(9), 0.99, 1, id="of which nine minutes are"),
        pytest.param(down_for(20, ended=6), 0.999, 6, id="over for 6 min: slow alone"),
        pytest.param(down_for(20, ended=31), 0.999, None, id="over for 31 min"),
        pytest.param(down_for(60), 0.9, None, id="14.4 times of 10 % cannot be"),
    ],
)
def test_alarm(intervals, target, window):
    burn = find_burn(intervals, now=NOW, target=target, policy=Policy())

    assert (burn and burn.window / timedelta(hours=1)) == window


def test_maintenance_burns_nothing():
    intervals = [Interval("maintenance", NOW - timedelta(days=1), None)]

    assert find_burn(intervals, now=NOW, target=0.999, policy=Policy()) is None


@pytest.fixture
def service(db):
    return make_service(
        name="API Gateway", uptime_target="99.9", created_at=NOW - timedelta(days=60)
    )


def fail(service, at=NOW - 2 * MINUTE):
    make_status_change(service=service, changed_at=at)
    Service.objects.filter(pk=service.pk).update(status="down", status_since=at)


def recover(service, at):
    make_status_change(
        service=service, previous_status="down", status="operational", changed_at=at
    )
    Service.objects.filter(pk=service.pk).update(status="operational", status_since=at)


def test_burning_is_told_once(service):
    destination = make_destination(
        organization=service.organization, event_types=["uptime.*"]
    )
    fail(service)

    assert watch_budgets(now=NOW) == 1
    assert watch_budgets(now=NOW + MINUTE) == 0

    delivery = Delivery.objects.get(destination=destination)
    data = delivery.event.data
    assert delivery.event.type == TYPE
    assert data["service"]["name"] == "API Gateway"
    assert data["burn_rate"] == pytest.approx(33.33)
    assert data["burn_window_seconds"] == 3600
    assert data["budget_left_seconds"] == pytest.approx(2592 - 120)
    assert data["budget_left_percent"] == pytest.approx(95.37)
    assert data["burning_since"] == "2026-11-21T12:00:00Z"
    assert data["message"] == (
        "API Gateway burns its error budget 33.3 times too fast over the last hour: "
        "99.995 % of the last 30 days, the target is 99.9 %, "
        "95 % of the budget is left."
    )
    service.refresh_from_db()
    assert service.budget_burning_since == NOW


def test_data_has_what_the_sample_shows(service):
    fail(service)
    watch_budgets(now=NOW)

    assert Event.objects.get().data.keys() == build_sample(TYPE).data.keys()


def test_a_rule_is_told(service):
    destination = make_destination(organization=service.organization, event_types=[])
    make_rule(targets=[destination], event_types=[TYPE], services=[service])
    fail(service)

    watch_budgets(now=NOW)

    assert Delivery.objects.filter(destination=destination, event_type=TYPE).exists()


def test_ends_and_begins_again(service):
    fail(service)
    watch_budgets(now=NOW)
    recover(service, NOW)

    later = NOW + timedelta(minutes=40)
    assert watch_budgets(now=later) == 0
    service.refresh_from_db()
    assert service.budget_burning_since is None

    fail(service, later)
    assert watch_budgets(now=later + 2 * MINUTE) == 1


def test_no_target_no_budget(service):
    Service.objects.update(uptime_target=None)
    fail(service)

    assert watch_budgets(now=NOW) == 0


def test_degraded_burns_by_its_weight(service):
    at = NOW - 30 * MINUTE
    make_status_change(service=service, status="degraded", changed_at=at)
    Service.objects.update(status="degraded")
    assert watch_budgets(now=NOW) == 0

    Preferences.objects.create(organization=service.organization, degraded_weight="0.5")

    assert watch_budgets(now=NOW) == 1


def test_rolled_up_days_are_in_the_budget(service):
    fail(service, NOW - timedelta(days=3))
    recover(service, NOW - timedelta(days=3) + 20 * MINUTE)
    roll_up_uptime(now=NOW)
    fail(service)

    watch_budgets(now=NOW)

    left = Event.objects.get().data["budget_left_seconds"]
    assert left == pytest.approx(2592 - 1200 - 120)


def test_quiet_services_cost_two_queries(service, django_assert_max_num_queries):
    with django_assert_max_num_queries(2):
        watch_budgets(now=NOW)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_tell_once():
    service = make_service(uptime_target="99.9", created_at=NOW - timedelta(days=60))
    fail(service)
    told = []

    def run():
        try:
            told.append(watch_budgets(now=NOW))
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(told) == Event.objects.count() == 1
