from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from alerts.actions import list_uptime_days, roll_up_uptime
from alerts.models import DailyUptime, Preferences, UptimeProgress
from tests.factories import (
    make_incident,
    make_organization,
    make_service,
    make_status_change,
)

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
TODAY = NOW.replace(hour=0)


@pytest.fixture
def organization(db):
    return make_organization()


@pytest.fixture
def service(organization):
    return make_service(organization=organization, created_at=TODAY - 5 * DAY)


def make_outage(service, start, end, *, status="down"):
    make_status_change(service=service, status=status, changed_at=start)
    make_status_change(
        service=service,
        previous_status=status,
        status="operational",
        changed_at=end,
    )


def days_of(service, *, days=4, now=NOW):
    return list_uptime_days(service.organization, [service], days=days, now=now)[
        service.pk
    ]


def test_today_comes_from_changes(service):
    make_outage(service, NOW - HOUR, NOW - HOUR / 2)

    today = days_of(service)[-1]

    assert today.day == date(2026, 11, 21)
    assert today.seconds.down == 1800
    assert today.share == pytest.approx(1 - 1800 / (9 * 3600))
    assert today.status == "down"


def test_same_days_before_and_after_rolling_up(service):
    make_outage(service, TODAY - 30 * HOUR, TODAY - 20 * HOUR)
    make_incident(services=[service])
    before = days_of(service, days=10)

    roll_up_uptime(now=NOW)

    assert days_of(service, days=10) == before
    assert [day.seconds.down / 3600 for day in before[-4:]] == [0, 6, 4, 0]


def test_day_before_the_service_is_no_data(service):
    roll_up_uptime(now=NOW)

    first, *_, last = days_of(service, days=10)

    assert (first.share, first.status, first.seconds.unknown) == (None, "", 86_400)
    assert last.share == 1


def test_only_days_with_something_are_stored(service):
    make_outage(service, TODAY - 30 * HOUR, TODAY - 29 * HOUR)

    roll_up_uptime(now=NOW)

    stored = DailyUptime.objects.get()
    assert stored.day == date(2026, 11, 19)
    assert stored.down_seconds == 3600
    assert stored.operational_seconds == 23 * 3600


def test_day_of_creation_is_partly_unknown(organization):
    service = make_service(organization=organization, created_at=TODAY - 6 * HOUR)
    roll_up_uptime(now=NOW)

    yesterday = days_of(service)[-2]

    assert yesterday.seconds.unknown == 18 * 3600
    assert yesterday.seconds.operational == 6 * 3600


def test_incidents_of_the_day_are_counted_once(service):
    incident = make_incident(services=[service])
    incident.affected.update(linked_at=NOW - DAY)
    roll_up_uptime(now=NOW)

    assert [day.incident_count for day in days_of(service)] == [0, 0, 1, 0]


def test_twice_stores_the_same(service):
    make_outage(service, TODAY - 30 * HOUR, TODAY - 20 * HOUR)
    roll_up_uptime(now=NOW)
    stored = list(DailyUptime.objects.values("day", "down_seconds").order_by("day"))

    roll_up_uptime(now=NOW)

    again = list(DailyUptime.objects.values("day", "down_seconds").order_by("day"))
    assert again == stored


def test_catches_up_after_a_pause(service):
    roll_up_uptime(now=NOW)
    make_outage(service, NOW + DAY, NOW + 2 * DAY)

    roll_up_uptime(now=NOW + 5 * DAY)

    progress = UptimeProgress.objects.get()
    assert progress.last_day == date(2026, 11, 25)
    stored = DailyUptime.objects.values_list("down_seconds", flat=True)
    assert sorted(stored) == [9 * 3600, 15 * 3600]


def test_late_change_counts_the_day_again(service):
    roll_up_uptime(now=NOW)
    assert days_of(service)[-3].seconds.down == 0
    make_outage(service, TODAY - 30 * HOUR, TODAY - 29 * HOUR)

    roll_up_uptime(now=NOW)

    assert days_of(service)[-3].seconds.down == 3600


def test_late_recovery_counts_every_day_since(service):
    make_status_change(service=service, changed_at=TODAY - 3 * DAY)
    service.status = "down"
    service.save()
    roll_up_uptime(now=NOW)
    make_status_change(
        service=service,
        previous_status="down",
        status="operational",
        changed_at=TODAY - 2 * DAY,
    )
    service.status = "operational"
    service.save()

    roll_up_uptime(now=NOW)

    assert [day.seconds.down for day in days_of(service)] == [86_400, 0, 0, 0]


def test_another_zone_begins_anew(organization, service):
    make_outage(service, TODAY - 3 * HOUR, TODAY + HOUR)
    roll_up_uptime(now=NOW)
    Preferences.objects.create(organization=organization, time_zone="Asia/Tokyo")
    at_once = days_of(service)

    roll_up_uptime(now=NOW)

    # 21:00 to 01:00 in UTC is 06:00 to 10:00 in Tokyo.
    assert [day.seconds.down / 3600 for day in at_once] == [0, 0, 0, 4]
    assert days_of(service) == at_once
    assert not DailyUptime.objects.filter(down_seconds__gt=0).exists()


def test_long_day_has_25_hours(organization):
    now = datetime(2026, 10, 26, 12, tzinfo=UTC)
    service = make_service(
        organization=organization, status="down", created_at=now - 9 * DAY
    )
    Preferences.objects.create(organization=organization, time_zone="Europe/Berlin")
    roll_up_uptime(now=now)

    days = days_of(service, days=3, now=now)

    assert [day.seconds.down / 3600 for day in days] == [24, 25, 13]


def test_weights_are_the_organizations(organization, service):
    make_outage(service, TODAY - DAY, TODAY - 12 * HOUR, status="degraded")
    roll_up_uptime(now=NOW)
    assert days_of(service)[-2].share == 1

    Preferences.objects.create(organization=organization, degraded_weight="0.5")

    assert days_of(service)[-2].share == 0.75


def test_service_made_in_the_past_is_counted(service, organization):
    roll_up_uptime(now=NOW)
    late = make_service(organization=organization, created_at=TODAY - 30 * HOUR)

    roll_up_uptime(now=NOW)

    assert days_of(late)[-3].seconds.unknown == 18 * 3600


@pytest.mark.parametrize("count", [1, 30])
def test_queries_do_not_grow(organization, count, django_assert_num_queries):
    services = [make_service(organization=organization) for _ in range(count)]
    roll_up_uptime(now=NOW)

    with django_assert_num_queries(5):
        list_uptime_days(organization, services, days=90, now=NOW)


def test_no_service_has_no_days(organization):
    roll_up_uptime(now=NOW)

    assert list_uptime_days(organization, [], days=90, now=NOW) == {}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_store_once():
    service = make_service(created_at=TODAY - 40 * DAY)
    make_outage(service, TODAY - 30 * DAY, TODAY - 2 * DAY)

    def run():
        try:
            roll_up_uptime(now=NOW)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert DailyUptime.objects.count() == 28
