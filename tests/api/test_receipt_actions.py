from __future__ import annotations

import pytest

from accounts.datatypes import SYSTEM
from receivers.actions import create_receiver
from receivers.models import Receipt
from tests.factories import make_service


@pytest.fixture
def receiver(organization):
    service = make_service(organization=organization, name="API Gateway")
    return create_receiver(organization, actor=SYSTEM, name="Pipeline", service=service)


@pytest.fixture
def post(api, receiver):
    def send(body):
        api.post(f"/api/webhooks/incoming/{receiver.token}", body)
        return Receipt.objects.latest("id")

    return send


def test_several_are_replayed_oldest_first(api, post):
    one, two = post({"status": "purple"}), post({"status": "violet"})
    response = api.post("receipts/replay", {"ids": [str(two.pk), str(one.pk)]})
    assert response.status_code == 200
    raw = [each["raw_status"] for each in response.json()]
    assert raw == ["purple", "violet"]
    assert Receipt.objects.count() == 4


def test_several_are_replayed_or_none(api, post):
    one, two = post({"status": "purple"}), post({"status": "violet"})
    assert api.post(f"receipts/{two.pk}/wipe").status_code == 200
    response = api.post("receipts/replay", {"ids": [str(one.pk), str(two.pk)]})
    assert (response.status_code, response.json()["code"]) == (409, "not_replayable")
    assert Receipt.objects.count() == 2


@pytest.mark.parametrize("ids", [[], ["x"], None, ["not-a-uuid"] * 101])
def test_what_cannot_be_replayed_is_said(api, ids):
    response = api.post("receipts/replay", {"ids": ids})
    assert response.status_code == 400
    assert all(name.startswith("ids") for name in response.json()["errors"])


def test_a_foreign_receipt_is_unknown(api, post, make_api):
    receipt = post({"status": "down"})
    unknown = "0193470c-0000-7000-8000-000000000001"
    response = api.post("receipts/replay", {"ids": [str(receipt.pk), unknown]})
    assert response.status_code == 404
    assert Receipt.objects.count() == 1


def test_wipe_removes_what_was_sent(api, post):
    receipt = post({"status": "down", "note": "private"})
    response = api.post(f"receipts/{receipt.pk}/wipe")
    assert response.json()["payload"] is None
    assert response.json()["wiped_at"]
    assert response.json()["raw_status"] == "down"


def test_a_receipt_becomes_the_sample(api, post, receiver):
    receipt = post({"status": "down", "note": "seen"})
    assert api.post(f"receipts/{receipt.pk}/use-as-sample").status_code == 200
    receiver.refresh_from_db()
    assert "seen" in receiver.sample


@pytest.mark.parametrize("action", ["wipe", "use-as-sample"])
def test_reading_is_not_enough(make_api, post, action):
    receipt = post({"status": "down"})
    response = make_api("read").post(f"receipts/{receipt.pk}/{action}")
    assert response.status_code == 403
    receipt.refresh_from_db()
    assert receipt.body


def test_a_sender_is_chosen_by_name(api, organization):
    body = {"name": "Alerts", "preset": "alertmanager", "create_unknown_services": True}
    response = api.post("receivers", body)
    assert response.status_code == 201
    shown = response.json()
    assert (shown["preset"], shown["status_field"]) == ("alertmanager", "")
    assert (shown["signature_scheme"], shown["required_auth"]) == ("hex", "none")


def test_an_unknown_sender_is_refused_with_the_names(api):
    response = api.post("receivers", {"name": "Alerts", "preset": "pigeon"})
    assert response.status_code == 400
    assert "alertmanager" in response.json()["errors"]["preset"][0]


def test_secrets_never_come_back(api, organization):
    service = make_service(organization=organization)
    body = {
        "name": "Guarded",
        "service": str(service.pk),
        "required_auth": "bearer",
        "auth_token": "tok-123",
    }
    response = api.post("receivers", body)
    assert response.status_code == 201
    assert b"tok-123" not in response.content


def test_the_old_url_may_overlap(api, receiver):
    old = receiver.token
    path = f"receivers/{receiver.pk}/rotate-token"
    assert api.post(path, {"overlap_hours": 2}).status_code == 200
    incoming = f"/api/webhooks/incoming/{old}"
    assert api.post(incoming, {"status": "down"}).status_code == 200
    assert api.post(path).status_code == 200
    assert api.post(incoming, {"status": "down"}).status_code == 404


def test_receipts_are_filtered_by_reason(api, post):
    unmapped, _ = post({"status": "purple"}), post({"status": "down"})
    shown = api.get("receipts?reason=unmapped").json()["results"]
    assert [each["id"] for each in shown] == [str(unmapped.pk)]
    assert api.get("receipts?reason=").status_code == 400
