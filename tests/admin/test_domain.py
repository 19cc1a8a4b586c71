"""Services, incidents, rules and receivers through the admin."""

from __future__ import annotations

import pytest
from django.urls import reverse

from accounts.models import AuditEntry
from alerts.models import Incident, Rule, Service, StatusChange
from receivers.models import Receipt, Receiver
from tests.factories import (
    make_destination,
    make_incident,
    make_receipt,
    make_receiver,
    make_rule,
    make_service,
)

SERVICES = reverse("admin:alerts_service_changelist")
INCIDENTS = reverse("admin:alerts_incident_changelist")
RULES = reverse("admin:alerts_rule_changelist")
RECEIVERS = reverse("admin:receivers_receiver_changelist")


def page_of(row, page: str = "change") -> str:
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_{page}"
    return reverse(name, args=[row.pk])


def press(client, row, tool: str, **data: str):
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_actions"
    return client.post(reverse(name, args=[row.pk, tool]), data)


def test_add_service(root, superuser, organization):
    sent = {"name": "API Gateway", "labels": "team: payments"}
    response = root.post(f"{SERVICES}add/?organization={organization.pk}", sent)
    assert response.status_code == 302
    service = Service.objects.get()
    assert (service.organization, service.labels) == (
        organization,
        {"team": "payments"},
    )
    assert AuditEntry.objects.get(action="service.created").user == superuser


def test_service_name_is_taken(root, organization):
    make_service(organization=organization, name="API Gateway")
    sent = {"name": "api gateway", "description": "typed before"}
    response = root.post(f"{SERVICES}add/?organization={organization.pk}", sent)
    html = response.content.decode()
    assert "There is already a service api gateway" in html
    assert "typed before" in html


def test_edit_and_delete_service(root, organization):
    service = make_service(organization=organization, name="Old", status="down")
    root.post(page_of(service), {"name": "New", "status": "operational"})
    service.refresh_from_db()
    assert (service.name, service.status) == ("New", "down")
    root.post(page_of(service, "delete"), {"post": "yes"})
    assert not Service.objects.exists()
    assert AuditEntry.objects.filter(action="service.deleted").exists()


def test_set_status_tells_everybody(root, organization):
    service = make_service(organization=organization)
    make_destination(organization=organization)
    asked = press(root, service, "set_status_of_one")
    assert 'name="message"' in asked.content.decode()
    given = {"set": "1", "status": "down", "message": "Cable cut"}
    press(root, service, "set_status_of_one", **given)
    service.refresh_from_db()
    assert (service.status, service.status_message) == ("down", "Cable cut")
    assert StatusChange.objects.count() == 1
    assert organization.events.get().type == "service.status_changed"


def test_set_status_of_several(root, organization):
    rows = [make_service(organization=organization) for _ in range(2)]
    sent = {"action": "set_status", "_selected_action": [str(r.pk) for r in rows]}
    assert "Set status" in root.post(SERVICES, sent).content.decode()
    root.post(SERVICES, sent | {"set": "1", "status": "maintenance"})
    assert Service.objects.filter(status="maintenance").count() == 2


def test_unknown_status_is_asked_for_again(root, organization):
    service = make_service(organization=organization)
    given = {"set": "1", "status": "nonsense"}
    response = press(root, service, "set_status_of_one", **given)
    assert response.status_code == 200
    assert "Select a valid choice" in response.content.decode()


def test_acknowledge_and_resolve(root, superuser, organization):
    incident = make_incident(organization=organization)
    press(root, incident, "acknowledge")
    incident.refresh_from_db()
    assert incident.acknowledged
    assert incident.acknowledged_by == str(superuser)
    press(root, incident, "resolve")
    incident.refresh_from_db()
    assert not incident.is_open
    html = root.get(page_of(incident)).content.decode()
    assert f"Acknowledged by {superuser}" in html
    assert f"Resolved by {superuser}" in html


def test_resolve_several_says_what_was_left(root, organization):
    rows = [
        make_incident(organization=organization),
        make_incident(organization=organization, status="resolved"),
    ]
    chosen = [str(row.pk) for row in rows]
    root.post(INCIDENTS, {"action": "resolve_selected", "_selected_action": chosen})
    html = root.get(INCIDENTS).content.decode()
    assert "1 resolved, 1 left: resolved already." in html


def test_incident_is_a_record(root, organization):
    incident = make_incident(organization=organization)
    assert root.post(page_of(incident), {"title": "x"}).status_code == 403
    assert root.post(page_of(incident, "delete"), {"post": "y"}).status_code == 403
    assert Incident.objects.count() == 1


def test_add_edit_and_delete_rule(root, organization):
    target = make_destination(organization=organization)
    sent = {
        "label": "On-call",
        "enabled": "on",
        "event_types": "incident.opened",
        "company_wide": "on",
        "targets": [str(target.pk)],
    }
    root.post(f"{RULES}add/?organization={organization.pk}", sent)
    rule = Rule.objects.get()
    assert list(rule.targets.all()) == [target]
    root.post(page_of(rule), sent | {"label": "Renamed"})
    rule.refresh_from_db()
    assert rule.label == "Renamed"
    root.post(page_of(rule, "delete"), {"post": "yes"})
    assert not Rule.objects.exists()


def test_every_field_of_a_rule(root, organization):
    webhook = make_destination(organization=organization, label="Ops webhook")
    url = f"{webhook.url}/further"
    sent = {
        "label": "On-call",
        "enabled": "on",
        "event_types": "incident.*",
        "company_wide": "on",
        "labels": "team: payments",
        "minimum_severity": "major",
        "conditions": '[{"field": "title", "op": "regex", "value": "^db"}]',
        "ignored_names": '[{"match": "exact", "value": "test"}]',
        "active_hours": "",
        "delay_seconds": "300",
        "repeat_seconds": "3600",
        "further_targets": f"Ops webhook {url}",
    }
    root.post(f"{RULES}add/?organization={organization.pk}", sent)
    rule = Rule.objects.get()
    assert (rule.labels, rule.minimum_severity) == ({"team": "payments"}, "major")
    assert rule.conditions[0]["value"] == "^db"
    assert (rule.delay_seconds, rule.repeat_seconds) == (300, 3600)
    assert rule.active_hours == {}
    assert [t.url for t in rule.further_targets.all()] == [url]
    page = root.get(page_of(rule)).content.decode()
    assert f"{webhook.pk} {url}" in page
    wrong = {"conditions": '[{"op": "is"}]', "further_targets": "Nobody http://x"}
    page = root.post(page_of(rule), sent | wrong).content.decode()
    assert "Condition 1: op is one of" in page
    assert "names no webhook" in page


def test_rule_takes_no_foreign_webhook(root, organization):
    rule = make_rule(targets=[make_destination(organization=organization)])
    sent = {
        "label": rule.label,
        "event_types": "*",
        "company_wide": "on",
        "targets": [str(make_destination().pk)],
    }
    assert root.post(page_of(rule), sent).status_code == 200


# Receivers


def receiver_fields(**more: object) -> dict[str, object]:
    return {
        "name": "Deploys",
        "status_field": "status",
        "message_field": "message",
        "mapping_mode": "extend",
        "unmapped": "ignore",
        "signature_header": "X-Webhook-Signature",
        "auto_create_incidents": "never",
        "incident_severity": "major",
        "auto_resolve_incidents": "on",
    } | more


@pytest.fixture
def receiver(organization):
    service = make_service(organization=organization)
    return make_receiver(service=service, hmac_secret="s3cret-hmac")


def test_add_receiver(root, superuser, organization):
    service = make_service(organization=organization)
    sent = receiver_fields(
        service=str(service.pk), mapping_down="broken, gone", hmac_secret="s3cret-hmac"
    )
    response = root.post(f"{RECEIVERS}add/?organization={organization.pk}", sent)
    assert response.status_code == 302
    receiver = Receiver.objects.get()
    assert receiver.mapping == {"down": ["broken", "gone"]}
    assert len(receiver.token) == 64
    assert AuditEntry.objects.get(action="receiver.created").user == superuser
    html = root.get(page_of(receiver)).content.decode()
    assert f"/api/webhooks/incoming/{receiver.token}" in html
    assert "s3cret-hmac" not in html


def test_receiver_takes_no_foreign_service(root, organization):
    sent = receiver_fields(service=str(make_service().pk))
    response = root.post(f"{RECEIVERS}add/?organization={organization.pk}", sent)
    assert response.status_code == 200
    assert not Receiver.objects.exists()


def test_edit_receiver_keeps_its_secret(root, receiver):
    sent = receiver_fields(service=str(receiver.service_id), name="Renamed")
    assert root.post(page_of(receiver), sent).status_code == 302
    receiver.refresh_from_db()
    assert (receiver.name, receiver.hmac_secret) == ("Renamed", "s3cret-hmac")


def test_remove_the_secret_of_a_receiver(root, receiver):
    sent = receiver_fields(service=str(receiver.service_id), remove_secret="on")
    root.post(page_of(receiver), sent)
    receiver.refresh_from_db()
    assert receiver.hmac_secret == ""


def test_pause_resume_and_new_url(root, receiver):
    before = receiver.token
    press(root, receiver, "pause")
    receiver.refresh_from_db()
    assert not receiver.enabled
    press(root, receiver, "resume")
    press(root, receiver, "rotate_token")
    receiver.refresh_from_db()
    assert receiver.enabled
    assert receiver.token != before
    assert AuditEntry.objects.filter(action="receiver.token_rotated").count() == 1


def test_delete_receiver(root, receiver):
    root.post(page_of(receiver, "delete"), {"post": "yes"})
    assert not Receiver.objects.exists()
    assert AuditEntry.objects.filter(action="receiver.deleted").exists()


def test_receiver_is_found_by_its_url(root, receiver):
    make_receiver(organization=receiver.organization)
    url = f"http://127.0.0.1:8000/api/webhooks/incoming/{receiver.token}"
    found = root.get(RECEIVERS, {"q": url}).context["cl"].result_list
    assert list(found) == [receiver]


def test_replay_receipt(root, receiver):
    body = '{"status": "down"}'
    receipt = make_receipt(receiver=receiver, body=body, body_size=len(body))
    press(root, receipt, "replay")
    assert Receipt.objects.count() == 2
    receiver.service.refresh_from_db()
    assert receiver.service.status == "down"


def test_refused_receipt_is_not_replayed(root, receiver):
    receipt = make_receipt(receiver=receiver, result="auth_failed")
    press(root, receipt, "replay")
    assert Receipt.objects.count() == 1
    assert "0 replayed, 1 left" in root.get(RECEIVERS).content.decode()


def test_receipt_is_a_record(root, receiver):
    receipt = make_receipt(receiver=receiver)
    assert root.post(page_of(receipt), {"detail": "x"}).status_code == 403
    assert root.post(page_of(receipt, "delete"), {"post": "y"}).status_code == 403
