from __future__ import annotations

import json

import pytest
from django.utils import timezone

from accounts.datatypes import SYSTEM
from alerts.models import StatusChange
from receivers import cache
from receivers.actions import delete_receiver, pause_receiver, rotate_token
from receivers.models import Receipt
from tests.factories import make_organization, make_service

UNKNOWN = "/api/webhooks/incoming/" + "x" * 64


def test_status_changes_and_answer_says_so(sender):
    response = sender.post({"status": "degraded", "message": "Slow"})
    receipt = sender.last_receipt()
    assert response.status_code == 200
    assert response.json() == {
        "result": "processed",
        "receipt": str(receipt.pk),
        "items": [
            {
                "service": "API Gateway",
                "raw_status": "degraded",
                "status": "degraded",
                "previous_status": "operational",
                "result": "processed",
                "reason": "",
                "incident": None,
            }
        ],
    }
    sender.receiver.service.refresh_from_db()
    assert sender.receiver.service.status == "degraded"
    assert sender.receiver.service.status_message == "Slow"


def test_receipt_keeps_what_was_read_and_done(sender):
    sender.post({"status": "Degraded ", "message": "Slow"}, **{"X-Api-Key": "hush"})
    receipt = sender.last_receipt()
    change = StatusChange.objects.get()
    assert (receipt.raw_status, receipt.status) == ("Degraded", "degraded")
    assert (receipt.result, receipt.previous_status) == ("processed", "operational")
    assert (receipt.service, receipt.source_ip) == (
        sender.receiver.service,
        "127.0.0.1",
    )
    assert json.loads(receipt.body)["message"] == "Slow"
    assert receipt.headers["X-Api-Key"] == "[redacted]"
    assert (change.receipt_id, change.trace) == (receipt.pk, receipt.trace)


@pytest.mark.parametrize("slash", ["", "/"])
def test_address_works_with_and_without_slash(sender, slash):
    body = json.dumps({"status": "down"})
    response = sender.client.post(
        sender.path + slash, data=body, content_type="text/plain"
    )
    assert response.status_code == 200


def test_the_same_again_is_no_change(sender):
    sender.post({"status": "down"})
    response = sender.post({"status": "outage"})
    (item,) = response.json()["items"]
    assert (response.json()["result"], item["reason"]) == ("ignored", "no_change")
    assert (item["status"], item["previous_status"]) == ("down", "down")
    assert sender.last_receipt().reason == "no_change"
    assert StatusChange.objects.count() == 1


def test_unmapped_value_is_ignored(sender):
    response = sender.post({"status": "purple"})
    (item,) = response.json()["items"]
    assert response.status_code == 200
    assert (item["result"], item["reason"], item["status"]) == (
        "ignored",
        "unmapped",
        None,
    )
    assert "purple" in sender.last_receipt().detail


def test_unmapped_value_may_mean_a_status(make_sender):
    sender = make_sender(unmapped="maintenance")
    assert sender.post({"status": "purple"}).json()["items"][0]["status"] == (
        "maintenance"
    )


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param(b"", "not_json", id="empty"),
        pytest.param(b"status=down", "not_json", id="plain text"),
        pytest.param(b'{"status": NaN}', "not_json", id="NaN"),
        pytest.param(b'{"status":"up","status":"down"}', "not_json", id="twice"),
        pytest.param(rb'{"status":"\u0000"}', "not_json", id="NUL"),
        pytest.param(rb'{"status":"\ud800"}', "not_json", id="half a pair"),
        pytest.param(b"[" * 65 + b"]" * 65, "not_json", id="too deep"),
        pytest.param(b'\xff{"status":"down"}', "not_json", id="not UTF-8"),
        pytest.param(b"{}", "status_missing", id="no status"),
        pytest.param(b'{"status": null}', "status_missing", id="null"),
        pytest.param(b'"down"', "status_missing", id="no object"),
        pytest.param(b'{"status": ["down"]}', "status_not_text", id="list"),
    ],
)
def test_bad_body_fails_with_a_receipt(sender, body, code):
    response = sender.post(body)
    receipt = sender.last_receipt()
    assert response.status_code == 400
    assert response.json()["result"] == "failed"
    assert response.json()["receipt"] == str(receipt.pk)
    assert (response.json()["code"], receipt.reason) == (code, code)
    assert response.json()["detail"] == receipt.detail
    assert receipt.result == "failed"


def test_missing_and_wrong_signatures_are_refused(make_sender):
    sender = make_sender(hmac_secret="correct horse")
    missing = sender.post({"status": "down"})
    wrong = sender.post_signed({"status": "down"}, secret="battery staple")
    assert (missing.status_code, wrong.status_code) == (401, 401)
    assert missing.json()["code"] == "signature_missing"
    assert wrong.json()["code"] == "signature_wrong"
    assert set(Receipt.objects.values_list("result", flat=True)) == {"auth_failed"}
    assert StatusChange.objects.count() == 0


def test_right_signature_in_another_header_is_taken(make_sender):
    sender = make_sender(hmac_secret="s3cret", signature_header="X-Hub-Signature-256")
    response = sender.post_signed(
        {"status": "down"}, secret="s3cret", header="X-Hub-Signature-256"
    )
    assert response.json()["result"] == "processed"


def test_refused_receipt_keeps_little(make_sender):
    sender = make_sender(hmac_secret="s3cret")
    sender.post(b"x" * 10_000)
    assert len(sender.last_receipt().body) == 4096


def test_receipt_keeps_64_kib_of_a_body(sender):
    sender.post({"status": "down", "message": "é" * 50_000})
    receipt = sender.last_receipt()
    assert len(receipt.body.encode()) <= 65536 + 3
    assert receipt.body_size > 65536


def test_unknown_token_is_not_found(client, db):
    response = client.post(UNKNOWN, data=b"{}", content_type="application/json")
    odd = client.post(
        "/api/webhooks/incoming/%00%ff", data=b"{}", content_type="application/json"
    )
    assert (response.status_code, odd.status_code) == (404, 404)
    assert response.json() == odd.json()
    assert Receipt.objects.count() == 0


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
def test_other_methods_are_told_what_to_send(sender, method):
    response = getattr(sender.client, method)(sender.path)
    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD, POST"


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_head_answers_as_get_without_a_body(sender, accept):
    headers = {"Accept": accept}
    head = sender.client.head(sender.path, headers=headers)
    get = sender.client.get(sender.path, headers=headers)
    assert head.status_code == get.status_code == {"t": 200, "a": 405}[accept[0]]
    assert head["Content-Type"] == get["Content-Type"]
    assert (head.content, bool(get.content)) == (b"", True)
    assert Receipt.objects.count() == 0


def test_browser_is_shown_help_and_changes_nothing(sender):
    page = sender.client.get(sender.path, headers={"Accept": "text/html,*/*;q=0.8"})
    text = page.content.decode()
    assert page.status_code == 200
    assert "curl -X POST http://127.0.0.1:8000/api/webhooks/incoming/" in text
    assert sender.receiver.token not in text
    assert "API Gateway" not in text
    assert sender.client.get(UNKNOWN).content == page.content
    assert Receipt.objects.count() == 0


@pytest.mark.parametrize("accept", ["*/*", "", ";;q=x", "text/html;q=\xe9", "text"])
def test_odd_accept_headers_are_no_trouble(sender, accept):
    response = sender.client.get(sender.path, headers={"Accept": accept})
    assert response.status_code in (200, 405)


def test_program_that_gets_is_told_to_post(sender):
    response = sender.client.get(sender.path, headers={"Accept": "application/json"})
    assert response.status_code == 405


def test_over_long_body_is_told(sender, settings):
    settings.RECEIVER_MAX_BODY_BYTES = 1000
    response = sender.post(b" " * 1001)
    sender.post(b" " * 5000)
    receipt = Receipt.objects.get()
    assert response.status_code == 413
    assert response.json()["code"] == "body_too_large"
    assert (receipt.result, receipt.reason, receipt.count) == (
        "failed",
        "body_too_large",
        2,
    )
    assert sender.post(b" " * 1000).status_code == 400


def test_too_many_requests_are_turned_away(sender, settings):
    settings.RECEIVER_RATE_PER_MINUTE = 2
    codes = [sender.post({"status": "down"}).status_code for _ in range(5)]
    response = sender.post({"status": "down"})
    assert codes == [200, 200, 429, 429, 429]
    assert 1 <= int(response["Retry-After"]) <= 60
    receipt = Receipt.objects.get(reason="rate_limited")
    assert (receipt.result, receipt.count) == ("failed", 4)
    assert Receipt.objects.count() == 3


def test_paused_receiver_changes_nothing(sender):
    sender.post({"status": "up"})
    pause_receiver(sender.receiver, actor=SYSTEM)
    response = sender.post({"status": "down"})
    assert response.status_code == 200
    assert response.json()["result"] == "ignored"
    assert response.json()["items"][0]["reason"] == "paused"
    assert sender.last_receipt().reason == "paused"
    sender.receiver.service.refresh_from_db()
    assert sender.receiver.service.status == "operational"


def test_rotated_token_replaces_the_old_one(sender):
    sender.post({"status": "up"})
    old = sender.path
    rotate_token(sender.receiver, actor=SYSTEM, now=timezone.now())
    response = sender.client.post(old, data=b"{}", content_type="application/json")
    assert response.status_code == 404
    assert sender.post({"status": "down"}).status_code == 200


# Foreign keys are checked at the commit, so there must be one.
@pytest.mark.django_db(transaction=True)
def test_deleted_receiver_answers_404_even_when_cached(sender):
    sender.post({"status": "up"})
    specs = dict(cache._specs)
    delete_receiver(sender.receiver, actor=SYSTEM)
    cache._specs.update(specs)
    assert sender.post({"status": "down"}).status_code == 404


def test_form_field_is_unwrapped(sender):
    response = sender.post(
        b"payload=%7B%22status%22%3A+%22down%22%7D",
        content_type="application/x-www-form-urlencoded",
    )
    assert response.json()["items"][0]["status"] == "down"


def test_service_is_found_by_name_in_any_case(make_sender):
    service = make_service(name="API Gateway")
    sender = make_sender(
        organization=service.organization, service_name_field="service_name"
    )
    response = sender.post({"service_name": "api GATEWAY", "status": "down"})
    assert response.json()["items"][0]["service"] == "API Gateway"
    service.refresh_from_db()
    assert service.status == "down"


def test_unknown_service_fails(make_sender):
    sender = make_sender(
        organization=make_organization(), service_name_field="service_name"
    )
    foreign = make_service(name="API Gateway")
    response = sender.post({"service_name": "API Gateway", "status": "down"})
    assert response.status_code == 400
    assert response.json()["code"] == "service_unknown"
    foreign.refresh_from_db()
    assert foreign.status == "operational"


def test_unknown_service_is_created_when_wanted(make_sender):
    organization = make_organization()
    sender = make_sender(
        organization=organization,
        service_name_field="service_name",
        create_unknown_services=True,
    )
    response = sender.post({"service_name": "Search", "status": "down"})
    again = sender.post({"service_name": "SEARCH", "status": "down"})
    assert response.json()["result"] == "processed"
    assert again.json()["items"][0]["reason"] == "no_change"
    service = organization.services.get()
    assert (service.name, service.status) == ("Search", "down")


def test_items_are_applied_one_by_one(make_sender):
    service = make_service(name="A")
    make_service(name="B", organization=service.organization)
    sender = make_sender(
        organization=service.organization,
        service_name_field="name",
        items_path="alerts[]",
    )
    response = sender.post(
        {
            "alerts": [
                {"name": "a", "status": "down"},
                {"name": "b", "status": "nonsense"},
                {"name": "c", "status": "down"},
                {"name": "b"},
            ]
        }
    )
    results = [(i["result"], i["reason"]) for i in response.json()["items"]]
    assert response.status_code == 200
    assert results == [
        ("processed", ""),
        ("ignored", "unmapped"),
        ("failed", "service_unknown"),
        ("failed", "status_missing"),
    ]
    assert sender.last_receipt().items[2]["detail"] == 'No service has the name "c".'


def test_two_items_for_one_thing_are_applied_in_order(make_sender):
    sender = make_sender(items_path="alerts[]")
    response = sender.post({"alerts": [{"status": "down"}, {"status": "up"}]})
    assert [i["result"] for i in response.json()["items"]] == ["processed"] * 2
    sender.receiver.service.refresh_from_db()
    assert sender.receiver.service.status == "operational"


def test_empty_list_of_items_is_ignored(make_sender):
    sender = make_sender(items_path="alerts[]")
    response = sender.post({"alerts": []})
    assert response.json()["result"] == "ignored"
    assert sender.last_receipt().reason == "no_items"


def test_sender_address_behind_a_proxy(sender, settings):
    settings.TRUSTED_PROXIES = 1
    sender.post({"status": "up"}, **{"X-Forwarded-For": "1.1.1.1, 203.0.113.9"})
    assert sender.last_receipt().source_ip == "203.0.113.9"
    sender.post({"status": "up"}, **{"X-Forwarded-For": "no address"})
    assert sender.last_receipt().source_ip is None
