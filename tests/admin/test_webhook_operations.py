"""What an operator does with webhooks: every kind, new secrets, replays."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from integrations_project.lib.signing import generate_ed25519_secret
from tests.admin.test_webhooks import LIST, fields, page_of, press, say
from tests.factories import make_delivery, make_destination, make_replay
from webhooks.models import Destination, Replay
from webhooks.tasks import run_replay

REPLAYS = reverse("admin:webhooks_replay_changelist")


def answer(client, row, tool: str, **values: object):
    name = f"admin:webhooks_{row._meta.model_name}_actions"
    url = reverse(name, args=[row.pk, tool])
    return client.post(url, {"confirmed": "1"} | values)


@pytest.fixture
def webhook(organization):
    return make_destination(organization=organization, secret="s3cret")


# Kinds


def test_add_an_email(root, organization):
    url = f"{LIST}add/?organization={organization.pk}&kind=email"
    page = root.get(url).content.decode()
    assert 'name="recipients"' in page
    assert 'name="auth_method"' not in page

    sent = {
        "label": "People",
        "recipients": "ops@example.com\nduty@example.com",
        "event_types": "incident.*",
        "format": "message",
        "timeout_seconds": "30",
        "max_in_flight": "10",
        "_save": "Save",
    }
    response = root.post(url, sent)

    assert response.status_code == 302, response.context["errors"]
    made = Destination.objects.get()
    assert (made.kind, made.recipients) == (
        "email",
        ["ops@example.com", "duty@example.com"],
    )
    assert root.get(page_of(made)).status_code == 200


def test_add_page_leads_to_each_kind(root, organization):
    page = root.get(f"{LIST}add/?organization={organization.pk}").content.decode()
    assert "<strong>Webhook</strong>" in page
    assert "kind=email" in page
    assert "kind=chat" in page


def test_chat_shows_no_address(root, organization):
    made = make_destination(
        organization=organization, kind="chat", url="tgram://…",
        service_url="tgram://123456789:c0nfidential/42",
    )  # fmt: skip
    page = root.get(page_of(made)).content.decode()
    assert "c0nfidential" not in page
    assert 'name="service_url"' in page


def test_every_setting_of_a_webhook_is_stored(root, organization, sink):
    sent = fields(
        url=sink.url,
        auth_method="oauth2",
        oauth2_token_url=sink.url,
        oauth2_client_id="me",
        oauth2_client_secret="c0nfidential",
        oauth2_scope="events",
        signature="hmac_hex",
        signature_header="X-Sig",
        secret="s3cret",
        rate_per_minute="90",
    )
    response = root.post(f"{LIST}add/?organization={organization.pk}", sent)
    assert response.status_code == 302, response.context["errors"]
    made = Destination.objects.get()
    assert (made.oauth2_client_secret, made.rate_per_minute) == ("c0nfidential", 90)
    assert made.signature_header == "X-Sig"
    assert "c0nfidential" not in root.get(page_of(made)).content.decode()


def test_page_tells_what_a_webhook_waits_for(root, webhook):
    now = timezone.now()
    webhook.breaker_opened_at, webhook.consecutive_failures = now, 12
    webhook.probe_at, webhook.probe_count = now + timedelta(minutes=1), 3
    webhook.save()
    page = root.get(page_of(webhook)).content.decode()
    assert "3 probes failed" in page
    assert "Waiting: 12 failed in a row" in page


def test_public_key_is_shown(root, webhook):
    webhook.signature, webhook.secret = "ed25519", ""
    webhook.save()
    answer(root, webhook, "rotate_secret", overlap_hours="0")
    page = root.get(page_of(webhook)).content.decode()
    assert "whpk_" in page
    assert "whsk_" not in page


# New secret


def test_new_secret_is_shown_once(root, webhook):
    asked = press(root, webhook, "rotate_secret")
    webhook.refresh_from_db()
    assert asked.status_code == 200
    assert webhook.secret == "s3cret"

    shown = answer(root, webhook, "rotate_secret", overlap_hours="24")

    webhook.refresh_from_db()
    assert webhook.secret in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    assert webhook.active_secrets(now=timezone.now()) == [webhook.secret, "s3cret"]
    page = root.get(page_of(webhook)).content.decode()
    assert webhook.secret not in page


def test_new_ed25519_key_shows_its_public_half(root, webhook):
    webhook.signature, webhook.secret = "ed25519", generate_ed25519_secret()
    webhook.save()

    shown = answer(root, webhook, "rotate_secret", overlap_hours="24").content.decode()

    webhook.refresh_from_db()
    assert webhook.public_key in shown
    assert webhook.secret not in shown


def test_leaked_secret_ends_at_once(root, webhook):
    answer(root, webhook, "rotate_secret", overlap_hours="0")
    webhook.refresh_from_db()
    assert webhook.active_secrets(now=timezone.now()) == [webhook.secret]


def test_overlap_must_be_chosen(root, webhook):
    response = answer(root, webhook, "rotate_secret", overlap_hours="")
    webhook.refresh_from_db()
    assert response.status_code == 422
    assert webhook.secret == "s3cret"


# Replay


def test_replay_leads_to_its_progress(root, superuser, webhook):
    for _ in range(3):
        make_delivery(destination=webhook, status="failed")
    assert press(root, webhook, "replay").status_code == 200

    response = answer(root, webhook, "replay", window="24h", statuses=["failed"])

    replay = Replay.objects.get()
    assert response["Location"] == page_of(replay)
    assert "0 of 3" in root.get(page_of(replay)).content.decode()
    run_replay(str(replay.pk))
    assert "3 of 3: 3 queued" in root.get(page_of(replay)).content.decode()
    assert AuditEntry.objects.get(action="replay.started").user == superuser


def test_refused_replay_says_why(root, webhook):
    response = answer(root, webhook, "replay", window="24h", statuses=["failed"])
    assert response.status_code == 422
    assert "nothing to send again" in response.content.decode()
    response = answer(root, webhook, "replay", window="never")
    assert response.status_code == 422


def test_disabled_webhook_offers_no_replay(root, webhook):
    webhook.enabled = False
    webhook.save()
    assert press(root, webhook, "replay").status_code == 403


def test_replay_is_cancelled(root, webhook):
    replay = make_replay(destination=webhook)
    press(root, replay, "cancel")
    replay.refresh_from_db()
    assert replay.status == "cancelled"
    assert "what was queued is still sent" in say(root, REPLAYS)
    assert press(root, replay, "cancel").status_code == 403


def test_replays_are_listed_and_found(root, webhook):
    replay = make_replay(destination=webhook)
    for query in ("", "?status__exact=running", f"?q={replay.pk}", f"?q={webhook.pk}"):
        assert str(replay.pk) in root.get(f"{REPLAYS}{query}").content.decode()


def test_replays_of_others_stay_hidden(staff, webhook):
    foreign = make_replay()
    make_replay(destination=webhook)
    assert str(foreign.pk) not in staff.get(REPLAYS).content.decode()
    assert press(staff, foreign, "cancel").status_code == 404


# Finding


@pytest.mark.parametrize(
    ("query", "is_found"),
    [
        ("state=waiting", True),
        ("state=failing", True),
        ("state=disabled", False),
        ("kind__exact=webhook", True),
        ("kind__exact=email", False),
    ],
)
def test_filters(root, webhook, query, is_found):
    webhook.consecutive_failures, webhook.breaker_opened_at = 10, timezone.now()
    webhook.save()
    page = root.get(f"{LIST}?{query}").content.decode()
    assert (f"{webhook.pk}/change/" in page) is is_found


def test_event_finds_where_it_was_sent(root, webhook):
    delivery = make_delivery(destination=webhook)
    make_destination(organization=webhook.organization, label="Another")
    page = root.get(f"{LIST}?q={delivery.event_id}").content.decode()
    assert webhook.label in page
    assert "Another" not in page
