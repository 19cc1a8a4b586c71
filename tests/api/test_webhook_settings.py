"""What a webhook can be set to over REST: kinds, secrets, signatures, limits."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests import factories
from tests.api.test_resources import assert_problem
from tests.http_server import Answer
from tests.lib.signature_vectors import HEX, STANDARD_V1, STANDARD_V1A

URL = "http://127.0.0.1:47999/hook"


@pytest.fixture
def webhook(organization):
    return factories.make_destination(organization=organization, secret="s3cret")


def test_every_secret_stays_inside(api, organization):
    response = api.post(
        "webhooks",
        {
            "label": "Ops",
            "url": URL,
            "auth_method": "oauth2",
            "oauth2_token_url": "http://127.0.0.1:47999/token",
            "oauth2_client_id": "me",
            "oauth2_client_secret": "very hidden",
            "oauth2_scope": "events",
            "secret": "also hidden",
            "signature": "hmac_hex",
            "signature_header": "X-Sig",
            "rate_per_minute": 120,
        },
    )
    assert response.status_code == 201, response.content
    body = response.json()
    assert b"hidden" not in response.content
    assert body["stored_secrets"] == ["secret", "oauth2_client_secret"]
    assert (body["oauth2_client_id"], body["oauth2_scope"]) == ("me", "events")
    assert (body["signature_header"], body["rate_per_minute"]) == ("X-Sig", 120)
    assert organization.destinations.get().oauth2_client_secret == "very hidden"


@pytest.mark.parametrize(
    ("signature", "secret"),
    [
        pytest.param(signature, vector.values[0], id=f"{signature}-{vector.id}")
        for signature, vectors in (
            ("standard_webhooks", STANDARD_V1 + HEX),
            ("ed25519", STANDARD_V1A),
            ("hmac_hex", STANDARD_V1 + HEX),
        )
        for vector in vectors
    ],
)
def test_every_published_secret_can_be_stored(api, organization, signature, secret):
    values = {"label": "Ops", "url": URL, "signature": signature, "secret": secret}

    response = api.post("webhooks", values)

    assert response.status_code == 201, response.content
    assert organization.destinations.get().secret == secret


@pytest.mark.parametrize("waits", [[], "", None])
def test_empty_retry_schedule_takes_the_default(api, organization, waits):
    values = {"label": "Ops", "url": URL, "retry_schedule": waits}

    made = api.post("webhooks", values)

    assert made.status_code == 201, made.content
    assert made.json()["retry_schedule"] is None
    path = f"webhooks/{made.json()['id']}"
    assert api.patch(path, {"retry_schedule": [5]}).status_code == 200
    assert api.patch(path, {"retry_schedule": waits}).status_code == 200
    assert organization.destinations.get().retry_schedule is None


def test_email_needs_recipients_and_no_url(api):
    body = {"label": "Ops", "kind": "email", "recipients": ["ops@example.com"]}
    response = api.post("webhooks", body)
    assert response.status_code == 201, response.content
    shown = response.json()
    assert (shown["kind"], shown["recipients"]) == ("email", ["ops@example.com"])
    again = api.put(f"webhooks/{shown['id']}", shown | {"label": "New"})
    assert again.status_code == 200, again.content
    problem = assert_problem(api.post("webhooks", body | {"recipients": []}), 400)
    assert "recipients" in problem["errors"]


def test_webhook_needs_a_url(api):
    problem = assert_problem(api.post("webhooks", {"label": "Ops"}), 400)
    assert list(problem["errors"]) == ["url"]


def test_kind_is_fixed(api, webhook):
    path = f"webhooks/{webhook.pk}"
    assert api.patch(path, {"kind": "webhook"}).status_code == 200
    body = {"kind": "email", "recipients": ["ops@example.com"]}
    problem = assert_problem(api.patch(path, body), 400)
    assert "fixed" in problem["errors"]["kind"][0]


def test_unknown_kind_names_the_kinds(api):
    response = api.post("webhooks", {"label": "Ops", "url": URL, "kind": "fax"})
    problem = assert_problem(response, 400)
    assert "webhook, email, chat" in problem["errors"]["kind"][0]


def test_generated_pair_shows_its_public_half(api):
    body = {
        "label": "Ops",
        "url": URL,
        "signature": "ed25519",
        "generate_secret": True,
    }
    made = api.post("webhooks", body).json()
    assert made["secret"].startswith("whsk_")
    assert made["public_key"].startswith("whpk_")
    shown = api.get(f"webhooks/{made['id']}").json()
    assert shown["public_key"] == made["public_key"]
    assert "secret" not in shown


@pytest.mark.parametrize(
    ("signature", "prefix"),
    [
        ("standard_webhooks", "whsec_"),
        ("ed25519", "whsk_"),
        ("hmac_hex", "whsec_"),
        ("hmac_sha256_prefixed", "whsec_"),
        ("shared_secret", "whsec_"),
    ],
)
def test_rotated_secret_fits_the_signature(api, webhook, signature, prefix):
    webhook.signature = signature
    webhook.save()
    body = api.post(f"webhooks/{webhook.pk}/rotate-secret").json()
    assert body["secret"].startswith(prefix)


def test_verify_takes_an_empty_object(api, webhook, sink):
    webhook.url = sink.url
    webhook.save()
    assert api.post(f"webhooks/{webhook.pk}/verify", {}).json()["delivered"] is True


def test_verify_tries_changes_without_saving(api, webhook, sink):
    webhook.url = sink.url
    webhook.save()
    body = {"auth_method": "bearer", "token": "abc", "headers": {"X-Team": "ops"}}
    response = api.post(f"webhooks/{webhook.pk}/verify", body)
    assert response.json()["delivered"] is True, response.content
    sent = sink.requests[0].headers
    assert (sent["Authorization"], sent["X-Team"]) == ("Bearer abc", "ops")
    assert "webhook-signature" in sent
    webhook.refresh_from_db()
    assert (webhook.auth_method, webhook.token, webhook.headers) == ("none", "", {})


def test_verify_keeps_secrets_from_another_host(api, webhook, sink):
    webhook.headers = {"X-Api-Key": "hidden", "X-Team": "ops"}
    webhook.auth_method, webhook.token = "bearer", "hidden"
    webhook.save()
    response = api.post(f"webhooks/{webhook.pk}/verify", {"url": sink.url})
    assert response.json()["delivered"] is True, response.content
    sent = sink.requests[0].headers
    assert sent["X-Team"] == "ops"
    assert not {"Authorization", "X-Api-Key", "webhook-signature"} & set(sent)


def test_verify_explains_bad_changes(api, webhook):
    response = api.post(f"webhooks/{webhook.pk}/verify", {"url": "nonsense", "x": 1})
    assert set(assert_problem(response, 400)["errors"]) == {"url", "x"}


def test_verify_with_an_entered_secret_for_a_new_host(api, webhook, sink):
    body = {"url": sink.url, "secret": "s3cret"}
    assert api.post(f"webhooks/{webhook.pk}/verify", body).json()["delivered"]
    assert "webhook-signature" in sink.requests[0].headers


def test_health_says_how_it_does(api, webhook):
    now = timezone.now()
    health = api.get(f"webhooks/{webhook.pk}").json()["health"]
    assert (health["state"], health["latency_ms"]) == ("unknown", None)
    for duration in (10, 20, 90):
        delivery = factories.make_delivery(destination=webhook, status="delivered")
        factories.make_attempt(delivery=delivery, duration_ms=duration)
    webhook.last_success_at = now
    webhook.save()
    health = api.get(f"webhooks/{webhook.pk}").json()["health"]
    assert health["state"] == "healthy"
    assert health["latency_ms"] == {"median": 20, "p95": 90, "p99": 90}
    assert (health["success_rate_24h"], health["breaker"]) == (1.0, None)


def test_health_tells_of_an_open_breaker(api, webhook):
    now = timezone.now()
    webhook.consecutive_failures = 12
    webhook.failing_since = now - timedelta(hours=1)
    webhook.breaker_opened_at = now
    webhook.probe_at = now + timedelta(minutes=1)
    webhook.probe_count = 2
    webhook.save()
    health = api.get(f"webhooks/{webhook.pk}").json()["health"]
    assert health["state"] == "waiting"
    assert health["failing_since"].endswith("Z")
    assert health["breaker"]["failed_probes"] == 2
    assert health["breaker"]["next_probe_at"].endswith("Z")


def test_old_deliveries_do_not_count(api, webhook):
    old = timezone.now() - timedelta(hours=25)
    factories.make_delivery(destination=webhook, status="failed", created_at=old)
    factories.make_delivery(destination=webhook, status="delivered")
    assert api.get(f"webhooks/{webhook.pk}").json()["health"]["success_rate_24h"] == 1


def test_list_asks_few_questions(api, organization):
    networks = [factories.make_network(organization=organization) for _ in range(2)]
    for _ in range(20):
        made = factories.make_destination(organization=organization, networks=networks)
        factories.make_delivery(destination=made, status="delivered")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        rows = api.get("webhooks").json()["results"]
    assert len(rows) == 20
    assert {row["health"]["success_rate_24h"] for row in rows} == {1.0}
    assert len(asked) <= 12


def test_failed_verify_counts_for_nothing(api, webhook, sink):
    webhook.url = sink.url
    webhook.save()
    sink.always(Answer(500))
    assert api.post(f"webhooks/{webhook.pk}/verify").json()["delivered"] is False
    shown = api.get(f"webhooks/{webhook.pk}").json()["health"]
    assert (shown["consecutive_failures"], shown["last_error"]) == (0, None)
