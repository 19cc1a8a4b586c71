"""The pages of services, incidents and rules."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from alerts.models import Incident, Rule, Service
from alerts.timeline import build_day_bars
from tests.factories import (
    make_destination,
    make_incident,
    make_network,
    make_rule,
    make_service,
    make_status_change,
)

pytestmark = pytest.mark.django_db


def test_service_is_created(client, sign_in, organization):
    sign_in()
    answer = client.post("/services/add/", {"name": "API Gateway"})
    service = Service.objects.get(organization=organization)
    assert answer.headers["Location"] == service.get_absolute_url()
    page = client.get(service.get_absolute_url()).content.decode()
    assert "API Gateway" in page
    assert "Operational" in page


def test_service_of_the_same_name_is_refused(client, sign_in, organization):
    sign_in()
    make_service(organization=organization, name="API Gateway")
    answer = client.post("/services/add/", {"name": "api gateway", "group": "Edge"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "There is already a service api gateway" in page
    assert 'value="Edge"' in page


def test_bad_labels_say_which_line(client, sign_in):
    sign_in()
    answer = client.post("/services/add/", {"name": "A", "labels": "team: x\nnonsense"})
    assert "Line 2 is no pair" in answer.content.decode()


def test_status_is_set_by_hand(client, sign_in, organization):
    sign_in()
    service = make_service(organization=organization)
    client.post(
        f"/services/{service.pk}/status/", {"status": "maintenance", "message": "Disk"}
    )
    service.refresh_from_db()
    assert service.status == "maintenance"
    assert "Disk" in client.get(f"/services/{service.pk}/history/").content.decode()


def test_unknown_status_changes_nothing(client, sign_in, organization):
    sign_in()
    service = make_service(organization=organization)
    client.post(f"/services/{service.pk}/status/", {"status": "broken"})
    service.refresh_from_db()
    assert service.status == "operational"


def test_network_admin_makes_services_in_their_networks(client, sign_in, organization):
    network = make_network(organization=organization)
    sign_in("network_admin", networks=[network])
    refused = client.post("/services/add/", {"name": "A"})
    assert "Choose one of the networks" in refused.content.decode()
    client.post("/services/add/", {"name": "A", "network": network.pk})
    assert Service.objects.get().network == network


def test_service_is_deleted_after_asking(client, sign_in, organization):
    sign_in()
    service = make_service(organization=organization)
    assert (
        "status changes"
        in client.get(f"/services/{service.pk}/delete/").content.decode()
    )
    assert Service.objects.exists()
    client.post(f"/services/{service.pk}/delete/")
    assert not Service.objects.exists()


def test_incident_is_opened_taken_and_resolved(client, sign_in, organization):
    sign_in("responder")
    service = make_service(organization=organization)
    client.post(
        "/incidents/add/",
        {"title": "Slow", "severity": "minor", "services": [service.pk]},
    )
    incident = Incident.objects.get()
    path = incident.get_absolute_url()
    client.post(f"{path}acknowledge/")
    client.post(f"{path}updates/", {"message": "We are looking."})
    client.post(f"{path}resolve/")
    incident.refresh_from_db()
    assert incident.acknowledged
    assert incident.status == "resolved"
    assert "We are looking." in client.get(path).content.decode()


def test_empty_update_is_refused(client, sign_in, organization):
    sign_in("responder")
    incident = make_incident(organization=organization)
    answer = client.post(f"{incident.get_absolute_url()}updates/", {"message": " "})
    assert answer.status_code == 422
    assert "Write what you want to say" in answer.content.decode()


def test_viewer_may_not_resolve(client, sign_in, organization):
    sign_in("viewer")
    incident = make_incident(organization=organization)
    answer = client.post(f"{incident.get_absolute_url()}resolve/")
    assert answer.status_code == 403
    assert "Responder" in answer.content.decode()
    incident.refresh_from_db()
    assert incident.is_open


@pytest.mark.parametrize("query", ["#1", "1", "slow", "#99999999999999999999"])
def test_incidents_are_searched(client, sign_in, organization, query):
    sign_in()
    make_incident(organization=organization, title="Slow")
    page = client.get("/incidents/", {"q": query}).content.decode()
    assert ("Slow" in page) is not query.endswith("999")


def test_rule_is_made_and_switched_off(client, sign_in, organization):
    sign_in()
    webhook = make_destination(organization=organization)
    answer = client.post(
        "/settings/integrations/notifications/add/",
        {
            "label": "Page",
            "event_types": "incident.opened, incident.resolved",
            "company_wide": "on",
            "enabled": "on",
            "targets": [webhook.pk],
        },
    )
    assert answer.status_code == 302
    rule = Rule.objects.get()
    assert set(rule.event_types) == {"incident.opened", "incident.resolved"}
    client.post(f"/settings/integrations/notifications/{rule.pk}/toggle/")
    rule.refresh_from_db()
    assert not rule.enabled
    assert list(rule.targets.all()) == [webhook]


def test_rule_errors_come_together(client, sign_in):
    sign_in()
    answer = client.post(
        "/settings/integrations/notifications/add/", {"event_types": "bogus"}
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    for sentence in ("Give the rule a name", "no event type", "at least one webhook"):
        assert sentence in page


def test_rule_refuses_a_format_that_cannot_carry_it(client, sign_in, organization):
    sign_in()
    webhook = make_destination(
        organization=organization, format="network_alert", event_types=["alert.*"]
    )
    answer = client.post(
        "/settings/integrations/notifications/add/",
        {
            "label": "Page",
            "event_types": "incident.opened",
            "company_wide": "on",
            "targets": [webhook.pk],
        },
    )
    assert answer.status_code == 422
    assert webhook.label in answer.content.decode()


def test_viewer_reads_a_rule(client, sign_in, organization):
    sign_in("viewer")
    rule = make_rule(organization=organization)
    page = client.get(rule.get_absolute_url())
    assert page.status_code == 200
    assert "Save" not in page.content.decode()
    assert client.post(rule.get_absolute_url(), {"label": "x"}).status_code == 403


def test_bars_show_the_worst_of_each_hour():
    now = timezone.now()
    service = make_service(created_at=now - timedelta(days=3))
    make_status_change(service=service, changed_at=now - timedelta(minutes=90))
    make_status_change(
        service=service,
        previous_status="down",
        status="operational",
        changed_at=now - timedelta(minutes=80),
    )
    cells = build_day_bars([service], now=now)[service.pk]
    assert [cell["status"] for cell in cells[-3:]] == [
        "operational",
        "down",
        "operational",
    ]


def test_bars_know_nothing_before_the_service_was_made():
    now = timezone.now()
    service = make_service(created_at=now - timedelta(minutes=30))
    cells = build_day_bars([service], now=now)[service.pk]
    assert [cell["status"] for cell in cells[-2:]] == ["", "operational"]


def test_lists_cost_the_same_for_many_rows(
    client, sign_in, organization, django_assert_max_num_queries
):
    sign_in()
    for _ in range(30):
        make_incident(
            organization=organization,
            services=[make_service(organization=organization)],
        )
    for path in ("/services/", "/incidents/"):
        with django_assert_max_num_queries(12):
            client.get(path)
