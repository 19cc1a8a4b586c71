"""`/api/v1/windows`."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from alerts.models import Service, Window
from tests.factories import make_network, make_service, make_window

pytestmark = pytest.mark.django_db
URL = "/api/v1/windows"


@pytest.fixture
def service(organization):
    return make_service(organization=organization, name="API Gateway")


def iso(moment):
    return moment.isoformat()


def body(service, **fields):
    now = timezone.now()
    return {
        "title": "Upgrade",
        "starts_at": iso(now),
        "ends_at": iso(now + timedelta(hours=1)),
        "services": [str(service.pk)],
    } | fields


def test_begins_at_once_and_is_ended(api, service):
    made = api.post(URL, body(service))
    assert made.status_code == 201, made.json()
    shown = made.json()
    assert shown["kind"] == "maintenance"
    assert shown["active_until"] == shown["ends_at"]
    assert shown["next"] is None
    assert Service.objects.get().status == "maintenance"
    ended = api.post(f"{URL}/{shown['id']}/end", {})
    assert ended.status_code == 200
    assert ended.json()["active_until"] is None
    assert Service.objects.get().status == "operational"
    again = api.post(f"{URL}/{shown['id']}/end", {})
    assert again.status_code == 409
    assert again.json()["code"] == "window_off"


def test_recurring_says_its_next_time(api, service):
    begin = timezone.now() + timedelta(days=1)
    made = api.post(
        URL,
        body(
            service,
            kind="silence",
            recurrence="weekly",
            time_zone="Europe/Berlin",
            starts_at=iso(begin),
            ends_at=iso(begin + timedelta(hours=2)),
        ),
    ).json()
    assert made["next"] == {"starts_at": made["starts_at"], "ends_at": made["ends_at"]}
    assert len(made["weekdays"]) == 1
    cancelled = api.post(f"{URL}/{made['id']}/cancel", {}).json()
    assert cancelled["next"] is None
    assert cancelled["cancelled_at"]


def test_changed_and_deleted(api, service):
    window = make_window(services=[service])
    network = make_network(organization=service.organization)
    changed = api.patch(
        f"{URL}/{window.pk}", {"networks": [str(network.pk)], "services": []}
    )
    assert changed.status_code == 200, changed.json()
    assert changed.json()["networks"] == [str(network.pk)]
    assert api.delete(f"{URL}/{window.pk}").status_code == 204
    assert not Window.objects.exists()


def test_what_was_answered_may_be_sent_back(api, service):
    window = make_window(services=[service], recurrence="daily")
    shown = api.get(f"{URL}/{window.pk}").json()
    answer = api.put(f"{URL}/{window.pk}", shown)
    assert answer.status_code == 200, answer.json()


def test_listed_by_kind(api, service):
    make_window(services=[service])
    silence = make_window(services=[service], kind="silence")
    found = api.get(f"{URL}?kind=silence").json()
    assert [each["id"] for each in found["results"]] == [str(silence.pk)]


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"services": []}, "services"),
        ({"kind": "nap"}, "kind"),
        ({"time_zone": "Mars"}, "time_zone"),
        ({"weekdays": [9], "recurrence": "weekly"}, "weekdays"),
        ({"weekdays": "Monday"}, "weekdays"),
        ({"ends_at": "2020-01-01T00:00:00Z"}, "ends_at"),
        ({"recurs_until": "someday"}, "recurs_until"),
        ({"labels": [1]}, "labels"),
        ({"nonsense": 1}, "nonsense"),
    ],
)
def test_refused_with_a_sentence(api, service, fields, name):
    answer = api.post(URL, body(service, **fields))
    assert answer.status_code == 400
    assert name in answer.json()["errors"]
    assert not Window.objects.exists()
