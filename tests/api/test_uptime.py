"""Uptime of services over REST, and what an organization decides about it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from alerts.models import Preferences, Service
from tests import factories
from tests.api.test_resources import assert_problem

HOUR = timedelta(hours=1)


@pytest.fixture
def now():
    return timezone.now().replace(minute=0, second=0, microsecond=0)


@pytest.fixture
def service(organization, now):
    """A service that was down for an hour, two days ago."""
    service = factories.make_service(
        organization=organization, created_at=now - timedelta(days=120)
    )
    for status, before, hours in (
        ("down", "operational", 48),
        ("operational", "down", 47),
    ):
        factories.make_status_change(
            service=service,
            previous_status=before,
            status=status,
            changed_at=now - hours * HOUR,
        )
    return service


def iso(moment):
    return moment.isoformat().replace("+00:00", "Z")


def test_range_is_exact(api, service, now):
    since, until = iso(now - 50 * HOUR), iso(now - 46 * HOUR)

    shown = api.get(f"services/{service.pk}/uptime?since={since}&until={until}").json()

    assert shown["share"] == 0.75
    assert shown["text"] == "75.00 %"
    assert shown["seconds"]["down"] == 3600
    assert shown["counted_seconds"] == 4 * 3600
    assert shown["formula"] == "10,800 s up ÷ 14,400 s counted = 75.00 %"
    assert shown["not_counted"] == ""
    assert (shown["target"], shown["is_met"], shown["budget"]) == (None, None, None)


@pytest.mark.parametrize("window", ["7d", "30d", "90d"])
def test_window_holds_the_hour(api, service, window):
    shown = api.get(f"services/{service.pk}/uptime?window={window}").json()

    assert shown["seconds"]["down"] == 3600
    assert shown["time_zone"] == "UTC"
    assert 0 < shown["share"] < 1


def test_today_begins_at_midnight(api, service):
    shown = api.get(f"services/{service.pk}/uptime?window=today").json()

    assert shown["since"].endswith("T00:00:00.000000Z")
    assert shown["share"] == 1


def test_thirty_days_without_asking(api, service):
    path = f"services/{service.pk}/uptime"

    assert (
        api.get(path).json()["since"] == api.get(f"{path}?window=30d").json()["since"]
    )


def test_month(api, service, now):
    at = now - 48 * HOUR
    shown = api.get(f"services/{service.pk}/uptime?month={at:%Y-%m}").json()

    assert shown["since"] == f"{at:%Y-%m}-01T00:00:00.000000Z"
    assert shown["seconds"]["down"] == 3600


def test_time_before_it_existed_is_no_data(api, service, now):
    since, until = iso(now - timedelta(days=200)), iso(now - timedelta(days=199))

    shown = api.get(f"services/{service.pk}/uptime?since={since}&until={until}").json()

    assert (shown["share"], shown["percent"], shown["text"]) == (None, None, "no data")
    assert shown["formula"] == "no data"
    assert shown["not_counted"] == "Not counted: 86,400 s without data."


def test_month_to_come_is_no_data(api, service):
    shown = api.get(f"services/{service.pk}/uptime?month=9000-01").json()

    assert shown["share"] is None
    assert shown["since"] == shown["until"]


def test_budget_of_a_target(api, service):
    shown = api.patch(f"services/{service.pk}", {"uptime_target": 99.5}).json()
    assert shown["uptime_target"] == 99.5

    shown = api.get(f"services/{service.pk}/uptime").json()

    assert shown["target"] == 99.5
    assert shown["is_met"] is True
    assert shown["budget"] == {
        "window_days": 30,
        "allowed_seconds": 12_960,
        "lost_seconds": 3600,
        "left_seconds": 9360,
        "left_percent": 72.22,
        "burning_since": None,
    }


def test_missed_target_says_so(api, service):
    Service.objects.update(uptime_target="99.9")

    assert api.get(f"services/{service.pk}/uptime").json()["is_met"] is False


@pytest.mark.parametrize(
    "target", [100, 10, -1, True, "much", [], {}, 99.99999, "1e999999", "NaN", "inf"]
)
def test_wrong_target_is_said(api, service, target):
    response = api.patch(f"services/{service.pk}", {"uptime_target": target})

    assert list(assert_problem(response, 400)["errors"]) == ["uptime_target"]


def test_target_that_is_no_aim_says_what_is(api, service):
    response = api.patch(f"services/{service.pk}", {"uptime_target": 10})

    errors = assert_problem(response, 400)["errors"]
    assert errors == {"uptime_target": ["Aim at 50 % at least."]}


def test_target_is_taken_away(api, service, now):
    Service.objects.update(uptime_target="99.9", budget_burning_since=now)

    shown = api.patch(f"services/{service.pk}", {"uptime_target": None}).json()

    assert shown["uptime_target"] is None
    service.refresh_from_db()
    assert service.budget_burning_since is None


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        pytest.param("window=1y", ["window"], id="window"),
        pytest.param("month=2026-13", ["month"], id="month"),
        pytest.param("month=0001-01", ["month"], id="year 1"),
        pytest.param("month=2026", ["month"], id="no month"),
        pytest.param("since=yesterday", ["since"], id="since"),
        pytest.param("since=2026-01-01T00:00:00Z&until=x", ["until"], id="until"),
        pytest.param("until=2026-01-01T00:00:00Z", ["since"], id="until alone"),
        pytest.param("since=9000-01-01T00:00:00Z", ["since"], id="to come"),
        pytest.param("window=7d&month=2026-01", ["window", "month"], id="two"),
        pytest.param("windows=7d", ["windows"], id="unknown"),
        pytest.param("window=7d&window=30d", ["window"], id="repeated"),
        pytest.param("window=%00", ["window"], id="zero byte"),
    ],
)
def test_wrong_time_is_said(api, service, query, fields):
    response = api.get(f"services/{service.pk}/uptime?{query}")

    assert list(assert_problem(response, 400)["errors"]) == fields


def test_range_since_ever(api, service):
    path = f"services/{service.pk}/uptime?since=0001-01-01T00:00:00Z"

    assert api.get(path).json()["seconds"]["down"] == 3600


def test_foreign_service_is_not_found(api):
    assert_problem(api.get(f"services/{factories.make_service().pk}/uptime"), 404)


def test_weights_are_shown_and_counted(api, organization, service, now):
    Preferences.objects.create(
        organization=organization, down_weight="0.5", maintenance="up"
    )
    since, until = iso(now - 50 * HOUR), iso(now - 46 * HOUR)

    shown = api.get(f"services/{service.pk}/uptime?since={since}&until={until}").json()

    assert shown["share"] == 0.875
    assert shown["weights"] == {"degraded": 1, "down": 0.5, "maintenance": "up"}
    assert shown["formula"] == (
        "(10,800 s up + 0.5 × 3,600 s down) ÷ 14,400 s counted = 87.50 %"
    )


def test_preferences_are_the_defaults_first(api):
    assert api.get("preferences").json() == {
        "time_zone": "UTC",
        "degraded_weight": 1,
        "down_weight": 0,
        "maintenance": "excluded",
        "related_by": "group",
        "related_label": "",
        "join_minutes": 5,
    }


def test_preferences_are_changed_in_part(make_api, organization):
    api = make_api("admin")
    body = {"time_zone": "Asia/Tokyo", "degraded_weight": 0.25}

    shown = api.patch("preferences/", body).json()

    assert (shown["time_zone"], shown["degraded_weight"]) == ("Asia/Tokyo", 0.25)
    assert api.get("preferences/").json() == shown
    api.patch("preferences", {"related_by": "none"})
    stored = Preferences.objects.get(organization=organization)
    assert (stored.time_zone, stored.related_by) == ("Asia/Tokyo", "none")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        pytest.param({"time_zone": "Mars/Base"}, "time_zone", id="zone"),
        pytest.param({"time_zone": 3}, "time_zone", id="number"),
        pytest.param({"time_zone": None}, "time_zone", id="null"),
        pytest.param({"degraded_weight": 1.5}, "degraded_weight", id="weight"),
        pytest.param({"degraded_weight": 0.12345}, "degraded_weight", id="places"),
        pytest.param({"related_by": "label"}, "related_label", id="label"),
        pytest.param({"join_minutes": -1}, "join_minutes", id="minutes"),
        pytest.param({"maintenance": "maybe"}, "maintenance", id="maintenance"),
        pytest.param({"colour": "red"}, "colour", id="unknown"),
    ],
)
def test_wrong_preferences_are_said(make_api, body, field):
    api = make_api("admin")
    problem = assert_problem(api.patch("preferences", body), 400)

    assert list(problem["errors"]) == [field]


def test_preferences_need_the_scope_admin(make_api):
    problem = assert_problem(make_api("write").patch("preferences", {}), 403)

    assert "admin" in problem["detail"]
