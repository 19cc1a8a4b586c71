"""Receivers and receipts over REST."""

from __future__ import annotations

import re

import pytest

from tests import factories
from tests.api.test_resources import assert_problem


@pytest.fixture
def service(organization):
    return factories.make_service(organization=organization, name="API Gateway")


@pytest.fixture
def receiver(service):
    return factories.make_receiver(service=service)


def test_create_shows_the_whole_url(api, service):
    body = {
        "name": "CI",
        "service": str(service.pk),
        "status_field": "data.attributes.current_status",
        "mapping": {"down": ["Broken"]},
        "hmac_secret": "s3cret",
        "auto_create_incidents": "degraded",
        "incident_severity": "critical",
    }
    response = api.post("receivers", body)
    assert response.status_code == 201, response.content
    shown = response.json()
    assert re.search(r"/api/webhooks/incoming/[A-Za-z0-9]{64}$", shown["url"])
    assert "hmac_secret" not in shown
    assert shown["mapping"] == {"down": ["broken"]}
    assert shown["mapping_mode"] == "extend"
    assert shown["health"] == {
        "received_24h": 0,
        "processed_24h": 0,
        "failed_24h": 0,
        "auth_failed_24h": 0,
        "last_received_at": None,
    }


def test_url_is_masked_for_readers(make_api, receiver):
    shown = make_api("read").get(f"receivers/{receiver.pk}").json()
    assert receiver.token not in str(shown)
    assert make_api("read").get("receivers").json()["results"] == [shown]


def test_a_post_to_the_url_changes_the_service(api, client, service):
    made = api.post("receivers", {"name": "CI", "service": str(service.pk)}).json()
    path = made["url"].removeprefix("http://127.0.0.1:8000")
    posted = client.post(path, {"status": "down"}, content_type="application/json")
    assert posted.status_code == 200
    receipt = api.get("receipts").json()["results"][0]
    assert receipt["receiver"] == made["id"]
    assert receipt["payload"] == {"status": "down"}
    assert receipt["service"] == str(service.pk)
    assert (receipt["previous_status"], receipt["status"]) == ("operational", "down")
    assert api.get(f"services/{service.pk}").json()["status"] == "down"
    assert api.get(f"receivers/{made['id']}").json()["health"]["received_24h"] == 1


def test_answer_can_be_sent_back(api, receiver):
    receiver.hmac_secret = "s3cret"
    receiver.save()
    shown = api.get(f"receivers/{receiver.pk}").json()
    response = api.put(f"receivers/{receiver.pk}", shown | {"name": "New"})
    assert response.status_code == 200, response.content
    receiver.refresh_from_db()
    assert (receiver.name, receiver.hmac_secret) == ("New", "s3cret")


def test_secret_can_be_taken_off(api, receiver):
    receiver.hmac_secret = "s3cret"
    receiver.save()
    api.patch(f"receivers/{receiver.pk}", {"hmac_secret": ""})
    receiver.refresh_from_db()
    assert receiver.hmac_secret == ""


def test_rotated_token_is_another(api, receiver):
    before = receiver.token
    shown = api.post(f"receivers/{receiver.pk}/rotate-token").json()
    receiver.refresh_from_db()
    assert receiver.token != before
    assert shown["url"].endswith(receiver.token)


def test_delete(api, receiver):
    assert api.delete(f"receivers/{receiver.pk}").status_code == 204


def test_foreign_service_is_not_found(api):
    body = {"name": "CI", "service": str(factories.make_service().pk)}
    problem = assert_problem(api.post("receivers", body), 404)
    assert list(problem["errors"]) == ["service"]


@pytest.mark.parametrize(
    ("body", "result", "code"),
    [
        pytest.param({"status": "down"}, "processed", "", id="object"),
        pytest.param('{"status": "ok"}', "ignored", "", id="text"),
        pytest.param({}, "failed", "status_missing", id="no-status"),
        pytest.param("x", "failed", "not_json", id="no-json"),
    ],
)
def test_preview_changes_nothing(api, receiver, body, result, code):
    response = api.post(f"receivers/{receiver.pk}/preview", {"body": body})
    assert response.status_code == 200, response.content
    shown = response.json()
    assert (shown["result"], shown["code"]) == (result, code)
    assert not receiver.receipts.exists()
    receiver.service.refresh_from_db()
    assert receiver.service.status == "operational"


def test_preview_says_what_the_page_says(api, receiver):
    body = {"status": "down"}
    (item,) = api.post(f"receivers/{receiver.pk}/preview", {"body": body}).json()[
        "items"
    ]
    name = receiver.service.name
    assert item["text"] == f"Read down at status → down → {name}: operational → down"
    (item,) = api.post(
        f"receivers/{receiver.pk}/preview", {"body": {"status": "kaputt"}}
    ).json()["items"]
    assert item["text"].startswith("Read kaputt at status. The value")


def test_replay_leaves_a_new_receipt(api, receiver):
    receipt = factories.make_receipt(receiver=receiver, body_size=18)
    response = api.post(f"receipts/{receipt.pk}/replay")
    assert response.status_code == 201, response.content
    assert response.json()["id"] != str(receipt.pk)
    assert response.json()["status"] == "down"


def test_refused_receipt_is_not_replayed(api, receiver):
    receipt = factories.make_receipt(receiver=receiver, result="auth_failed")
    assert_problem(api.post(f"receipts/{receipt.pk}/replay"), 409)


def test_payload_that_is_no_json_is_text(api, receiver):
    receipt = factories.make_receipt(receiver=receiver, body="hello")
    assert api.get(f"receipts/{receipt.pk}").json()["payload"] == "hello"
