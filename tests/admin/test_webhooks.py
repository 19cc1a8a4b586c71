"""Webhooks through the admin: the dashboard's form, Verify, and records."""

from __future__ import annotations

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry
from tests.factories import (
    make_attempt,
    make_delivery,
    make_destination,
    make_network,
    make_organization,
)
from tests.http_server import Answer
from webhooks.models import Delivery, Destination

LIST = reverse("admin:webhooks_destination_changelist")
DELIVERIES = reverse("admin:webhooks_delivery_changelist")


def add_url(organization) -> str:
    return f"{LIST}add/?organization={organization.pk}"


def page_of(row, page: str = "change") -> str:
    return reverse(f"admin:webhooks_{row._meta.model_name}_{page}", args=[row.pk])


def press(client, row, tool: str):
    name = f"admin:webhooks_{row._meta.model_name}_actions"
    return client.post(reverse(name, args=[row.pk, tool]))


def fields(**more: object) -> dict[str, object]:
    return {
        "label": "Production",
        "url": "https://hooks.example.com/in",
        "format": "standard",
        "auth_method": "none",
        "signature": "standard_webhooks",
        "timeout_seconds": "30",
        "max_in_flight": "10",
        "event_types": "incident.opened",
        "_save": "Save",
    } | more


def say(client, url: str) -> str:
    """Return the messages that the next page shows."""
    html: str = client.get(url).content.decode()
    return html.partition('<ul class="messagelist">')[2].partition("</ul>")[0]


def test_add(root, superuser, organization, sink):
    sent = fields(url=sink.url, auth_method="bearer", token="t0ken", secret="s3cret")
    response = root.post(add_url(organization), sent)
    assert response.status_code == 302, response.context["errors"]
    webhook = Destination.objects.get()
    assert webhook.organization == organization
    assert (webhook.label, webhook.token, webhook.secret) == (
        "Production",
        "t0ken",
        "s3cret",
    )
    entry = AuditEntry.objects.get(action="webhook.created")
    assert entry.user == superuser
    assert "s3cret" not in str(entry.changes)
    assert "s3cret" not in LogEntry.objects.get().change_message


def test_wrong_input_stays_on_the_page(root, organization):
    sent = fields(url="https://127.0.0.1.example:99999/", label="Kept label")
    response = root.post(add_url(organization), sent)
    assert response.status_code == 200
    html = response.content.decode()
    assert "Kept label" in html
    assert "errorlist" in html
    assert not Destination.objects.exists()


def test_edit_keeps_what_is_secret(root, organization, sink):
    webhook = make_destination(
        organization=organization, url=sink.url, secret="s3cret", label="Old"
    )
    response = root.post(page_of(webhook), fields(url=sink.url, label="New"))
    assert response.status_code == 302
    webhook.refresh_from_db()
    assert (webhook.label, webhook.secret) == ("New", "s3cret")


def test_another_host_clears_secrets_and_says_so(root, organization, make_sink):
    old, new = make_sink(), make_sink()
    webhook = make_destination(organization=organization, url=old.url, secret="s3cret")
    root.post(page_of(webhook), fields(url=new.url))
    webhook.refresh_from_db()
    assert webhook.secret == ""
    assert "signing secret was given for" in say(root, LIST)


def test_organization_cannot_be_changed(root, organization, sink):
    other = make_organization()
    webhook = make_destination(organization=organization, url=sink.url)
    root.post(page_of(webhook), fields(url=sink.url, organization=str(other.pk)))
    webhook.refresh_from_db()
    assert webhook.organization == organization


def test_networks_of_others_are_refused(root, organization, sink):
    foreign = make_network()
    sent = fields(url=sink.url, networks=[str(foreign.pk)])
    response = root.post(add_url(organization), sent)
    assert response.status_code == 200
    assert not Destination.objects.exists()


def test_delete(root, superuser, organization):
    webhook = make_destination(organization=organization)
    make_delivery(destination=webhook)
    asked = root.get(page_of(webhook, "delete")).content.decode()
    assert "1 delivery with requests and answers" in asked
    root.post(page_of(webhook, "delete"), {"post": "yes"})
    assert not Destination.objects.exists()
    assert AuditEntry.objects.get(action="webhook.deleted").user == superuser


def test_delete_several(root, organization):
    rows = [make_destination(organization=organization) for _ in range(2)]
    chosen = [str(row.pk) for row in rows]
    sent = {"action": "delete_selected", "_selected_action": chosen, "post": "yes"}
    root.post(LIST, sent)
    assert AuditEntry.objects.filter(action="webhook.deleted").count() == 2


# Verify


def test_verify_shows_request_and_answer(root, organization, sink):
    sink.play(Answer(body=b'{"hello": "there"}'))
    webhook = make_destination(organization=organization, url=sink.url, secret="s3cret")
    html = press(root, webhook, "verify").content.decode()
    assert "It works" in html
    assert "hello" in html
    assert "webhook-signature" in html
    assert "s3cret" not in html
    assert len(sink.requests) == 1
    assert not Delivery.objects.exists()


def test_verify_says_what_to_do(root, organization, sink):
    sink.play(Answer(status=401, body=b"who are you"))
    webhook = make_destination(organization=organization, url=sink.url)
    html = press(root, webhook, "verify").content.decode()
    assert "It did not arrive" in html
    assert "What to try:" in html
    assert "401" in html


def test_verify_is_a_post(root, organization, sink):
    webhook = make_destination(organization=organization, url=sink.url)
    url = reverse("admin:webhooks_destination_actions", args=[webhook.pk, "verify"])
    assert root.get(url).status_code == 405
    assert sink.requests == []


def test_verify_needs_the_token_of_the_form(superuser, organization, sink):
    client = Client(enforce_csrf_checks=True)
    client.force_login(superuser)
    webhook = make_destination(organization=organization, url=sink.url)
    assert press(client, webhook, "verify").status_code == 403
    assert sink.requests == []


def test_verify_selected(root, organization, sink):
    sink.always(Answer(status=500), path="/bad")
    good = make_destination(organization=organization, url=f"{sink.url}good")
    bad = make_destination(organization=organization, url=f"{sink.url}bad")
    chosen = [str(good.pk), str(bad.pk)]
    response = root.post(
        LIST, {"action": "verify_selected", "_selected_action": chosen}
    )
    results = [trial.result.delivered for trial in response.context["trials"]]
    assert sorted(results) == [False, True]
    assert len(sink.requests) == 2


def test_verify_selected_tells_of_the_limit(root, organization, sink):
    rows = [
        make_destination(organization=organization, url=sink.url) for _ in range(11)
    ]
    chosen = [str(row.pk) for row in rows]
    response = root.post(
        LIST, {"action": "verify_selected", "_selected_action": chosen}
    )
    assert "10 times a minute" in response.content.decode()
    assert len(sink.requests) == 10


def test_verify_without_saving(root, organization, sink):
    sent = fields(url=sink.url, label="Not yet", secret="s3cret", _verify="1")
    del sent["_save"]
    html = root.post(add_url(organization), sent).content.decode()
    assert "It works" in html
    assert "Not yet" in html
    assert "webhook-signature" in sink.requests[0].headers
    assert not Destination.objects.exists()


def test_verify_without_saving_leaves_what_is_stored(root, organization, make_sink):
    old, new = make_sink(), make_sink()
    webhook = make_destination(organization=organization, url=old.url, secret="s3cret")
    sent = fields(url=new.url, _verify="1")
    del sent["_save"]
    root.post(page_of(webhook), sent)
    assert "webhook-signature" not in new.requests[0].headers
    webhook.refresh_from_db()
    assert (webhook.url, webhook.secret) == (old.url, "s3cret")


# Enable, disable, send again


def test_disable_and_enable(root, organization):
    webhook = make_destination(organization=organization)
    delivery = make_delivery(destination=webhook)
    press(root, webhook, "disable")
    webhook.refresh_from_db()
    delivery.refresh_from_db()
    assert (webhook.enabled, delivery.status) == (False, "skipped")
    press(root, webhook, "enable")
    webhook.refresh_from_db()
    assert webhook.enabled


def test_send_again_says_what_was_left(root, organization):
    webhook = make_destination(organization=organization)
    ended = make_delivery(destination=webhook, status="delivered")
    busy = make_delivery(destination=webhook, status="sending")
    chosen = [ended.pk, busy.pk]
    sent = {"action": "redeliver_selected", "_selected_action": chosen}
    root.post(DELIVERIES, sent)
    ended.refresh_from_db()
    assert ended.status == "pending"
    told = say(root, LIST)
    assert "1 sent again, 1 left: This delivery is being sent right now" in told


def test_send_again_from_its_page(root, organization):
    delivery = make_delivery(
        destination=make_destination(organization=organization), status="failed"
    )
    assert press(root, delivery, "redeliver").url == page_of(delivery)
    delivery.refresh_from_db()
    assert delivery.status == "pending"


def test_delivery_leads_to_its_attempts(root, organization):
    delivery = make_delivery(destination=make_destination(organization=organization))
    attempt = make_attempt(delivery=delivery, status_code=503, error="Busy")
    html = root.get(page_of(delivery)).content.decode()
    assert f"/admin/webhooks/attempt/{attempt.pk}/change/" in html
    assert "503, 12 ms Busy" in html


@pytest.mark.parametrize("model", ["event", "delivery", "attempt", "pump"])
def test_records_cannot_be_written(root, organization, model):
    delivery = make_delivery(destination=make_destination(organization=organization))
    name = f"admin:webhooks_{model}"
    assert root.get(reverse(f"{name}_add")).status_code == 403
    rows = {"delivery": delivery, "event": delivery.event}
    if row := rows.get(model):
        assert root.post(page_of(row), {"status": "failed"}).status_code == 403
        assert root.post(page_of(row, "delete"), {"post": "yes"}).status_code == 403


def test_webhook_leads_to_its_deliveries(root, organization):
    webhook = make_destination(organization=organization)
    delivery = make_delivery(destination=webhook)
    make_delivery(destination=make_destination(organization=organization))
    url = f"{DELIVERIES}?destination__id__exact={webhook.pk}"
    assert url in root.get(page_of(webhook)).content.decode()
    assert list(root.get(url).context["cl"].result_list) == [delivery]


def test_found_by_trace_and_by_url(root, organization):
    webhook = make_destination(
        organization=organization, url="https://hooks.example.com/abc"
    )
    delivery = make_delivery(destination=webhook)
    make_delivery(destination=make_destination(organization=organization))
    for words in (delivery.trace, delivery.event_id, f"/deliveries/{delivery.pk}/"):
        found = root.get(DELIVERIES, {"q": str(words)}).context["cl"].result_list
        assert list(found) == [delivery], words
    found = root.get(LIST, {"q": "hooks.example.com/abc"}).context["cl"].result_list
    assert list(found) == [webhook]
