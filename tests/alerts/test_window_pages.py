"""The pages of silences and maintenance, and what others say of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.datatypes import SYSTEM
from alerts import actions
from alerts.models import Window
from tests.factories import (
    make_incident,
    make_membership,
    make_network,
    make_service,
    make_window,
)

pytestmark = pytest.mark.django_db
LIST = "/alerts/windows/"


@pytest.fixture
def service():
    return make_service(name="API Gateway")


@pytest.fixture
def page(client, service):
    client.force_login(make_membership(organization=service.organization).user)
    return client


def values(service, **fields):
    return {
        "kind": "maintenance",
        "title": "Upgrade",
        "time_zone": "Europe/Berlin",
        "starts_at": "2030-05-06T22:00",
        "ends_at": "2030-05-06T23:30",
        "recurrence": "once",
        "services": [service.pk],
        "is_public": "on",
    } | fields


def text(answer):
    return " ".join(answer.content.decode().split())


def test_added_in_words_of_its_zone(page, service):
    answer = page.post(f"{LIST}add/", values(service), follow=True)
    assert "“Upgrade” is saved: Mon 6 May 2030, 22:00 to 23:30." in text(answer)
    assert "Upcoming" in text(answer)
    window = Window.objects.get()
    assert window.starts_at == datetime(2030, 5, 6, 20, tzinfo=UTC)
    assert list(window.services.all()) == [service]
    detail = text(page.get(window.get_absolute_url()))
    assert 'value="2030-05-06T22:00"' in detail


def test_saving_again_keeps_seconds(page, service):
    now = timezone.now().replace(microsecond=1234)
    window = make_window(services=[service], starts_at=now, time_zone="Europe/Berlin")
    local = timezone.localtime(now, timezone.get_fixed_timezone(60))
    sent = values(
        service,
        starts_at=local.strftime("%Y-%m-%dT%H:%M"),
        ends_at=(local + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M"),
        title="Other",
    )
    page.post(window.get_absolute_url(), sent)
    stored = Window.objects.get()
    assert (stored.title, stored.starts_at) == ("Other", now)
    assert stored.active_until == window.ends_at


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"services": []}, "Choose services, networks or labels"),
        ({"ends_at": "2030-05-06T21:00"}, "Choose an end after the start."),
        ({"starts_at": "soon"}, "Enter a day and a time"),
        ({"title": ""}, "Give it a title"),
        ({"starts_at": "2020-01-01T10:00", "ends_at": "2020-01-01T11:00"}, "is over"),
        ({"recurrence": "weekly", "weekdays": ["1"]}, "The first time is a Monday"),
    ],
)
def test_refused_beside_the_field(page, service, fields, sentence):
    answer = page.post(f"{LIST}add/", values(service, **fields))
    assert answer.status_code == 422
    assert sentence in text(answer)


def test_preview_says_when_it_is_on(page, service):
    tomorrow = timezone.now() + timedelta(days=1)
    begin = tomorrow.replace(hour=22, minute=0)
    sent = values(
        service,
        title="",
        services=[],
        recurrence="daily",
        time_zone="UTC",
        starts_at=begin.strftime("%Y-%m-%dT%H:%M"),
        ends_at=begin.strftime("%Y-%m-%dT23:30"),
    )
    answer = text(page.post(f"{LIST}preview/", sent))
    assert answer.count("22:00 to 23:30") >= 28
    wrong = page.post(f"{LIST}preview/", sent | {"starts_at": ""})
    assert "Enter when it begins." in text(wrong)
    assert not Window.objects.exists()


def test_quick_silence_of_a_service_and_its_end(page, service):
    answer = page.post(f"/services/{service.pk}/silence/", {"for": "1h"}, follow=True)
    assert "Rules say nothing of API Gateway until" in text(answer)
    assert "Silenced until" in text(answer)
    window = Window.objects.get()
    assert window.kind == "silence"
    assert window.ends_at - window.starts_at == timedelta(hours=1)
    assert "Silenced until" in text(page.get("/services/"))
    assert "On now" in text(page.get(LIST))
    page.post(f"{LIST}{window.pk}/end/")
    assert "Silenced until" not in text(page.get(service.get_absolute_url()))
    again = page.post(f"{LIST}{window.pk}/end/", follow=True)
    assert "nothing to end" in text(again)


def test_quick_silence_until_tomorrow(page, service):
    page.post(f"/services/{service.pk}/silence/", {"for": "tomorrow"})
    assert Window.objects.get().ends_at.hour == 9
    unknown = page.post(f"/services/{service.pk}/silence/", {"for": "ever"})
    assert unknown.status_code == 404


def test_quick_silence_of_an_incident(page, service):
    incident = make_incident(services=[service])
    page.post(f"/incidents/{incident.pk}/silence/", {"for": "4h"})
    assert list(Window.objects.get().services.all()) == [service]


def test_maintenance_is_said_on_the_service(page, service):
    now = timezone.now()
    window = make_window(services=[service], starts_at=now, title="Upgrade")
    actions.run_windows(now=now)
    shown = text(page.get(service.get_absolute_url()))
    assert "Under maintenance until" in shown
    assert "Upgrade" in shown
    assert "Upgrade" in text(page.get("/services/"))
    page.post(f"{LIST}{window.pk}/cancel/")
    assert "Past" in text(page.get(LIST))


def test_deleted_after_asking(page, service):
    window = make_window(services=[service])
    assert "Delete “" in text(page.get(f"{LIST}{window.pk}/delete/"))
    page.post(f"{LIST}{window.pk}/delete/")
    assert not Window.objects.exists()


def test_network_admin_keeps_to_their_networks(client, service):
    organization = service.organization
    network = make_network(organization=organization)
    own = make_service(organization=organization, network=network)
    person = make_membership(
        organization=organization, role="network_admin", networks=[network]
    )
    client.force_login(person.user)
    assert client.post(f"{LIST}add/", values(own)).status_code == 302
    window = Window.objects.get()
    assert client.post(f"{LIST}{window.pk}/cancel/").status_code == 302
    # A service of no network, everything, and labels reach further.
    for fields in (
        {"services": [service.pk]},
        {"company_wide": "on"},
        {"labels": "team: web"},
    ):
        answer = client.post(f"{LIST}add/", values(own) | fields)
        assert "Only an Admin reaches every network" in text(answer)
    foreign = make_window(services=[service])
    for verb in ("end", "cancel", "delete"):
        assert client.post(f"{LIST}{foreign.pk}/{verb}/").status_code == 403
    refused = client.post(f"/services/{service.pk}/silence/", {"for": "1h"})
    assert refused.status_code == 403


def test_viewer_only_reads(client, service):
    person = make_membership(organization=service.organization, role="viewer")
    client.force_login(person.user)
    window = make_window(services=[service])
    assert client.get(LIST).status_code == 200
    assert "Save</button>" not in text(client.get(window.get_absolute_url())).replace(
        'aria-hidden="true">Save</button>', ""
    )
    assert client.post(window.get_absolute_url(), values(service)).status_code == 403


def test_statements_of_the_list_do_not_grow(
    page, service, django_assert_max_num_queries
):
    for _ in range(30):
        make_window(services=[service])
    with django_assert_max_num_queries(14):
        page.get(LIST)


def test_saved_by_somebody_else_meanwhile(page, service):
    now = timezone.now()
    window = make_window(services=[service], starts_at=now)
    actions.run_windows(now=now)
    # An edit of stale values does not switch it off.
    stale = Window.objects.get()
    stale.active_until = None
    actions.save_window(stale, actor=SYSTEM, now=now, networks=(), services=[service])
    assert Window.objects.get().active_until == window.ends_at
