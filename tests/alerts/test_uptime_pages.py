"""Uptime on the pages of services, and the page of preferences."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from alerts.models import Preferences, Service
from tests.factories import (
    make_organization,
    make_service,
    make_status_change,
    make_status_page,
    make_user,
)

pytestmark = pytest.mark.django_db
PAGE = "/settings/preferences/"
GOOD = {
    "time_zone": "Europe/Berlin",
    "degraded_weight": "0.5",
    "down_weight": "0",
    "maintenance": "excluded",
    "related_by": "group",
    "related_label": "",
    "join_minutes": "5",
}


@pytest.fixture
def service(organization):
    """A service that was down for 20 minutes, three days ago."""
    now = timezone.now()
    service = make_service(
        organization=organization, name="API", created_at=now - timedelta(days=40)
    )
    at = now.replace(hour=12) - timedelta(days=3)
    for status, before, minutes in (
        ("down", "operational", 0),
        ("operational", "down", 20),
    ):
        make_status_change(
            service=service,
            previous_status=before,
            status=status,
            changed_at=at + timedelta(minutes=minutes),
        )
    return service


def read(client, url):
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def test_service_shows_uptime_with_its_formula(client, sign_in, service):
    sign_in()
    page = read(client, service.get_absolute_url())

    assert "API, last 90 days: 99.9" in page
    assert "down 20 min" in page
    assert "s up ÷" in page
    assert "s counted = 99.9" in page
    assert "No data for 49 of them." in page
    assert "No target." in page


def test_service_shows_what_is_left_of_its_budget(client, sign_in, service):
    sign_in()
    Service.objects.update(uptime_target="99.9")

    page = read(client, service.get_absolute_url())

    assert "43.2 min" in page
    assert "23.2 min" in page
    assert "Error budget day by day" in page
    assert "from 100 % to 54 % left now." in page
    assert "20 min lost, 54 % left" in page


def test_overspent_budget_says_by_how_much(client, sign_in, service):
    sign_in()
    Service.objects.update(uptime_target="99.99", budget_burning_since=timezone.now())

    page = read(client, service.get_absolute_url())

    assert "Overspent by" in page
    assert "Burns too fast since" in page


def test_new_service_has_no_data(client, sign_in, organization):
    sign_in()
    now = timezone.now()
    fresh = make_service(organization=organization, created_at=now + timedelta(hours=1))

    assert "no data" in read(client, fresh.get_absolute_url())


def test_target_is_set_in_the_form(client, sign_in, service):
    sign_in()
    url = f"/services/{service.pk}/edit/"
    refused = client.post(url, {"name": "API", "uptime_target": "100"})
    assert "Aim at 99.9999 % at most." in refused.content.decode()

    client.post(url, {"name": "API", "uptime_target": "99.95"})

    service.refresh_from_db()
    assert float(service.uptime_target) == 99.95


def test_list_shows_the_share(client, sign_in, service):
    sign_in()

    assert re.search(r">99\.9\d %<", read(client, "/services/"))


def test_list_asks_no_more_for_more_services(
    client, sign_in, organization, django_assert_max_num_queries
):
    sign_in()
    for _ in range(30):
        make_service(organization=organization)

    with django_assert_max_num_queries(16):
        read(client, "/services/")


def test_preferences_are_saved_and_audited(client, sign_in, organization):
    sign_in()
    assert "Europe/Berlin" in read(client, PAGE)

    answer = client.post(PAGE, GOOD | {"time_zone": "europe/berlin"})

    assert answer.headers["Location"] == PAGE
    stored = Preferences.objects.get(organization=organization)
    assert stored.time_zone == "Europe/Berlin"
    entry = AuditEntry.objects.get(action="preferences.updated")
    assert entry.changes == {
        "time_zone": ["UTC", "Europe/Berlin"],
        "degraded_weight": [1, 0.5],
    }


def test_same_preferences_leave_no_audit(client, sign_in, organization):
    sign_in()
    client.post(PAGE, GOOD)
    client.post(PAGE, GOOD)

    assert AuditEntry.objects.filter(action="preferences.updated").count() == 1


def test_preferences_show_on_status_pages_at_once(client, sign_in, organization):
    sign_in()
    page = make_status_page(organization=organization, revision=3)
    foreign = make_status_page(organization=make_organization(), revision=3)

    client.post(PAGE, GOOD)

    page.refresh_from_db()
    foreign.refresh_from_db()
    assert (page.revision, foreign.revision) == (4, 3)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        pytest.param({"time_zone": "Mars/Base"}, "no such time zone", id="zone"),
        pytest.param({"time_zone": ""}, "Choose a time zone", id="no zone"),
        pytest.param({"time_zone": "../etc/passwd"}, "no such time zone", id="path"),
        pytest.param({"degraded_weight": "2"}, "less than or equal to 1", id="weight"),
        pytest.param({"related_by": "label"}, "Name the label", id="label"),
        pytest.param({"join_minutes": "9999"}, "A day at most", id="minutes"),
        pytest.param({"maintenance": "maybe"}, "not one of the", id="maintenance"),
    ],
)
def test_wrong_preferences_are_said(client, sign_in, organization, given, sentence):
    sign_in()
    answer = client.post(PAGE, GOOD | given)

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not Preferences.objects.exists()


def test_others_read_preferences(client, sign_in, organization):
    sign_in("viewer")

    assert "An Admin can change these." in read(client, PAGE)
    assert client.post(PAGE, GOOD).status_code == 403


def test_admin_saves_by_the_same_action(client, organization):
    user = make_user(is_staff=True, is_superuser=True)
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    add = f"/admin/alerts/preferences/add/?organization={organization.pk}"

    refused = client.post(add, GOOD | {"time_zone": "Mars/Base"})
    assert "no such time zone" in refused.content.decode()
    client.post(add, GOOD)

    assert Preferences.objects.get().organization == organization
    client.post(
        f"/admin/alerts/preferences/{organization.pk}/change/",
        GOOD | {"maintenance": "up"},
    )
    assert Preferences.objects.get().maintenance == "up"
    assert AuditEntry.objects.filter(action="preferences.updated").count() == 2
