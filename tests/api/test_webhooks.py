"""Webhooks, deliveries and events over REST."""

from __future__ import annotations

import pytest
from django.utils import timezone

from tests import factories
from tests.api.test_resources import assert_problem

FIELDS = {
    "id", "label", "kind", "url", "format", "auth_method", "username", "signature",
    "headers", "event_types", "networks", "enabled", "disabled_reason",
    "timeout_seconds", "max_in_flight", "retry_schedule", "health", "created_at",
    "updated_at",
}  # fmt: skip


@pytest.fixture
def webhook(organization):
    return factories.make_destination(
        organization=organization, secret="s3cret", url="http://127.0.0.1:47999/hook"
    )


def test_create_shows_every_field_but_secrets(api, organization):
    network = factories.make_network(organization=organization)
    response = api.post(
        "webhooks",
        {
            "label": "Ops",
            "url": "http://127.0.0.1:47999/hook",
            "auth_method": "basic",
            "username": "me",
            "password": " pass word ",
            "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "headers": {"X-Team": "ops", "X-Api-Key": "k"},
            "event_types": ["incident.*"],
            "networks": [str(network.pk)],
            "timeout_seconds": 5,
            "retry_schedule": [5, 60],
        },
    )
    assert response.status_code == 201, response.content
    body = response.json()
    assert set(body) >= FIELDS
    assert not {"password", "token", "secret"} & set(body)
    assert body["networks"] == [str(network.pk)]
    assert body["headers"] == {"X-Team": "ops", "X-Api-Key": "[redacted]"}
    assert body["kind"] == "webhook"
    assert body["health"]["success_rate_24h"] is None
    assert body["created_at"].endswith("Z")
    stored = organization.destinations.get()
    assert stored.password == " pass word "


def test_generated_secret_is_shown_once(api, organization):
    body = {"label": "Ops", "url": "http://127.0.0.1:47999/", "generate_secret": True}
    made = api.post("webhooks", body).json()
    assert made["secret"].startswith("whsec_")
    assert organization.destinations.get().secret == made["secret"]
    assert "secret" not in api.get(f"webhooks/{made['id']}").json()


def test_answer_can_be_sent_back(api, webhook):
    webhook.headers = {"X-Api-Key": "hidden"}
    webhook.save()
    shown = api.get(f"webhooks/{webhook.pk}").json()
    response = api.put(f"webhooks/{webhook.pk}", shown | {"label": "New"})
    assert response.status_code == 200, response.content
    webhook.refresh_from_db()
    assert webhook.label == "New"
    assert webhook.secret == "s3cret"
    assert webhook.headers == {"X-Api-Key": "hidden"}


def test_new_host_loses_stored_secrets(api, webhook):
    webhook.headers = {"X-Api-Key": "hidden", "X-Team": "ops"}
    webhook.save()
    shown = api.get(f"webhooks/{webhook.pk}").json()
    url = "http://127.0.0.2:47999/hook"
    response = api.put(f"webhooks/{webhook.pk}", shown | {"url": url})
    assert response.status_code == 200, response.content
    webhook.refresh_from_db()
    assert webhook.secret == ""
    assert webhook.headers == {"X-Team": "ops"}


def test_mask_without_stored_value_is_refused(api, webhook):
    body = {"headers": {"X-Api-Key": "[redacted]"}}
    problem = assert_problem(api.patch(f"webhooks/{webhook.pk}", body), 400)
    assert "X-Api-Key" in problem["errors"]["headers"][0]


def test_refused_address_is_named(api):
    body = {"label": "Ops", "url": "http://169.254.169.254/latest"}
    problem = assert_problem(api.post("webhooks", body), 400)
    assert "169.254.169.254" in problem["errors"]["url"][0]


def test_network_of_others_is_not_found(api):
    foreign = factories.make_network()
    body = {"label": "Ops", "url": "http://127.0.0.1/", "networks": [str(foreign.pk)]}
    problem = assert_problem(api.post("webhooks", body), 404, "not_found")
    assert list(problem["errors"]) == ["networks"]


def test_patch_changes_only_what_is_sent(api, webhook):
    response = api.patch(f"webhooks/{webhook.pk}/", {"event_types": ["alert.*"]})
    assert response.json()["event_types"] == ["alert.*"]
    assert response.json()["label"] == webhook.label


def test_put_asks_for_required_fields(api, webhook):
    problem = assert_problem(api.put(f"webhooks/{webhook.pk}", {}), 400)
    assert set(problem["errors"]) == {"label", "url"}


def test_delete(api, webhook):
    assert api.delete(f"webhooks/{webhook.pk}").status_code == 204
    assert_problem(api.get(f"webhooks/{webhook.pk}"), 404)


def test_disable_and_enable(api, webhook):
    delivery = factories.make_delivery(destination=webhook)
    body = api.post(f"webhooks/{webhook.pk}/disable", {"reason": "Moving."}).json()
    assert (body["enabled"], body["disabled_reason"]) == (False, "Moving.")
    delivery.refresh_from_db()
    assert delivery.status == "skipped"
    assert api.post(f"webhooks/{webhook.pk}/enable/").json()["enabled"] is True


def test_rotated_secret_is_shown_once(api, webhook):
    body = api.post(f"webhooks/{webhook.pk}/rotate-secret").json()
    webhook.refresh_from_db()
    assert body["secret"] == webhook.secret != "s3cret"
    assert webhook.active_secrets(now=timezone.now()) == [webhook.secret, "s3cret"]
    assert body["previous_secret_expires_at"].endswith("Z")


@pytest.mark.parametrize("body", [{"overlap_hours": -1}, {"overlap_hours": "x"}])
def test_bad_overlap_is_said(api, webhook, body):
    response = api.post(f"webhooks/{webhook.pk}/rotate-secret", body)
    assert "overlap_hours" in assert_problem(response, 400)["errors"]


def test_verify_shows_request_and_answer(api, webhook, sink):
    webhook.url = f"{sink.url}hook"
    webhook.save()
    body = api.post(f"webhooks/{webhook.pk}/verify").json()
    assert body["delivered"] is True
    assert body["status_code"] == 200
    assert body["error"] is None
    assert body["response"]["body"] == "ok"
    assert body["request"]["body"].encode() == sink.requests[0].body
    assert set(body) >= {"duration_ms", "timings"}
    assert "webhook-signature" in sink.requests[0].headers


def test_verify_before_saving(api, organization, sink):
    response = api.post(
        "webhooks/verify/",
        {"url": sink.url, "auth_method": "bearer", "token": "abc", "label": "x"},
    )
    assert response.json()["delivered"] is True
    assert sink.requests[0].headers["Authorization"] == "Bearer abc"
    assert "abc" not in response.content.decode().replace("abcd", "")
    assert not organization.destinations.exists()


def test_verify_explains_a_failure(api, unused_url):
    body = api.post("webhooks/verify", {"url": unused_url}).json()
    assert body["delivered"] is False
    assert body["status_code"] is None
    assert body["error"]["code"]
    assert body["error"]["detail"]
    assert body["error"]["hint"]


def test_verify_refuses_bad_settings(api):
    response = api.post("webhooks/verify", {"url": "nonsense"})
    assert "url" in assert_problem(response, 400)["errors"]


def test_eleventh_verify_must_wait(api, sink):
    for _ in range(10):
        assert api.post("webhooks/verify", {"url": sink.url}).status_code == 200
    response = api.post("webhooks/verify", {"url": sink.url})
    assert_problem(response, 429, "verify_limit_reached")
    assert response["Retry-After"] == "60"


def test_delivery_and_its_attempts(api, webhook):
    delivery = factories.make_delivery(destination=webhook, body='{"a":1}')
    factories.make_attempt(
        delivery=delivery, status_code=500, error_code="http_500", error="Refused."
    )
    factories.make_attempt(delivery=delivery, is_manual=True)
    shown = api.get(f"deliveries/{delivery.pk}").json()
    assert shown["id"] == str(delivery.pk)
    assert shown["event"] == {"id": str(delivery.event_id), "type": "incident.opened"}
    assert shown["webhook"] == str(webhook.pk)
    assert shown["next_attempt_at"].endswith("Z")
    assert shown["last_error"] is None
    first, second = api.get(f"deliveries/{delivery.pk}/attempts/").json()["results"]
    assert (first["number"], first["error"]) == (1, "Refused.")
    assert (second["number"], second["manual"]) == (2, True)
    assert first["request"]["body"] == '{"a":1}'
    assert second["response"]["body"] == "ok"


def test_redeliver_makes_it_due(api, webhook):
    delivery = factories.make_delivery(destination=webhook, status="failed")
    response = api.post(f"deliveries/{delivery.pk}/redeliver")
    assert response.status_code == 202
    assert response.json()["status"] == "pending"


def test_redeliver_of_disabled_is_a_conflict(api, webhook):
    webhook.enabled = False
    webhook.save()
    delivery = factories.make_delivery(destination=webhook, status="failed")
    response = api.post(f"deliveries/{delivery.pk}/redeliver")
    assert_problem(response, 409, "not_redeliverable")


def test_event_names_its_deliveries(api, webhook):
    event = factories.make_event(
        organization=webhook.organization,
        subject_kind="service",
        subject_id="1",
        subject_label="API",
    )
    delivery = factories.make_delivery(destination=webhook, event=event)
    shown = api.get(f"events/{event.pk}").json()
    assert shown["subject"] == {"kind": "service", "id": "1", "label": "API"}
    assert shown["deliveries"] == [
        {"id": str(delivery.pk), "webhook": str(webhook.pk), "status": "pending"}
    ]


def test_health_counts_a_day(api, webhook):
    for status in ("delivered", "delivered", "delivered", "failed", "pending"):
        factories.make_delivery(destination=webhook, status=status)
    health = api.get(f"webhooks/{webhook.pk}").json()["health"]
    assert health["success_rate_24h"] == 0.75
