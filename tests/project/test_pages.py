"""The overview, the trace and the search."""

from __future__ import annotations

import pytest

from integrations_project.lib.ids import uuid7
from tests.factories import (
    make_attempt,
    make_delivery,
    make_destination,
    make_event,
    make_incident,
    make_membership,
    make_monitor,
    make_organization,
    make_receipt,
    make_receiver,
    make_run,
    make_service,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def organization(client):
    membership = make_membership(organization=make_organization())
    client.force_login(membership.user, "django.contrib.auth.backends.ModelBackend")
    return membership.organization


def test_empty_overview_does_the_first_thing(client, organization):
    assert 'action="/services/add/"' in client.get("/").content.decode()


def test_overview_says_what_is_wrong(client, organization):
    service = make_service(organization=organization, status="down")
    make_incident(organization=organization, title="All broken", services=[service])
    make_destination(organization=organization, label="Pager", consecutive_failures=3)
    page = client.get("/").content.decode()
    for words in ("Something is wrong", "All broken", "Pager", "3 in a row"):
        assert words in page


def test_overview_counts_deliveries(client, organization):
    make_service(organization=organization)
    destination = make_destination(organization=organization)
    for status in ("delivered", "delivered", "delivered", "failed"):
        make_attempt(delivery=make_delivery(destination=destination, status=status))
    context = client.get("/").context
    assert context["figures"].success_rate == 75
    assert context["median_ms"] == 12


def test_overview_is_of_one_organization(client, organization):
    make_service(organization=organization)
    make_service(name="Foreign service")
    assert "Foreign service" not in client.get("/").content.decode()


def test_person_without_organization_is_told_what_to_do(client):
    client.force_login(make_user(), "django.contrib.auth.backends.ModelBackend")
    answer = client.get("/")
    assert answer.status_code == 403
    assert "Ask an Admin" in answer.content.decode()


def test_trace_joins_post_change_incident_and_attempts(client, organization):
    make_destination(organization=organization, label="Pager")
    receiver = make_receiver(organization=organization, auto_create_incidents="down")
    answer = client.post(
        f"/api/webhooks/incoming/{receiver.token}",
        b'{"status": "down"}',
        content_type="application/json",
    )
    receipt = receiver.receipts.get(pk=answer.json()["receipt"])
    titles = [
        entry["title"]
        for entry in client.get(f"/traces/{receipt.trace}/").context["trace"].entries
    ]
    assert titles[0].endswith("received a POST")
    assert "operational → down" in titles[1]
    assert titles[2].startswith("Incident #1 opened")
    assert titles[3] == "Event incident.opened"
    assert "Pager" in titles[4]


def test_trace_begins_with_the_run_of_a_monitor(client, organization):
    monitor = make_monitor(organization=organization, name="Prices")
    run = make_run(monitor=monitor, has_changes=True)
    make_event(
        organization=organization,
        type="monitor.job_completed",
        trace=run.trace,
        data={"job_id": str(run.pk)},
    )

    entries = client.get(f"/traces/{run.trace}/").context["trace"].entries

    assert [entry["title"] for entry in entries] == [
        "Prices found a change",
        "Event monitor.job_completed",
    ]
    assert entries[0]["url"] == run.get_absolute_url()


def test_unknown_and_foreign_traces_look_alike(client, organization):
    foreign = make_receipt()
    for trace in (foreign.trace, uuid7()):
        answer = client.get(f"/traces/{trace}/")
        assert answer.status_code == 404
        assert "Nothing has this trace" in answer.content.decode()


def test_search_finds_names(client, organization):
    make_service(organization=organization, name="API Gateway")
    assert "API Gateway" in client.get("/search/?q=gate").content.decode()


def test_search_leads_to_what_an_id_names(client, organization):
    receipt = make_receipt(receiver=make_receiver(organization=organization))
    incident = make_incident(organization=organization)
    delivery = make_delivery(destination=make_destination(organization=organization))
    for query, path in (
        (receipt.pk, receipt.get_absolute_url()),
        (receipt.trace, f"/traces/{receipt.trace}/"),
        (f"#{incident.number}", incident.get_absolute_url()),
        (delivery.pk, delivery.get_absolute_url()),
        (delivery.event_id, f"/traces/{delivery.trace}/"),
    ):
        assert client.get("/search/", {"q": query}).headers["Location"] == path


@pytest.mark.parametrize("query", ["", "'\"<>", "#", "9" * 40, "\x00", "%"])
def test_search_survives_anything(client, organization, query):
    assert client.get("/search/", {"q": query}).status_code == 200


def test_search_finds_nothing_foreign(client, organization):
    service = make_service(name="Foreign service")
    for query in ("Foreign", service.pk):
        page = client.get("/search/", {"q": query}).content.decode()
        assert "Nothing found" in page
