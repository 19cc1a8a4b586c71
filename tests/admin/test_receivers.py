"""What the operator does with receivers and receipts: sample, wipe, new URL."""

from __future__ import annotations

import pytest
from django.urls import reverse

from receivers.models import Receipt, Receiver
from tests.admin.test_domain import page_of, press, receiver_fields
from tests.factories import make_receipt, make_receiver, make_service

RECEIPTS = reverse("admin:receivers_receipt_changelist")


@pytest.fixture
def receiver(organization):
    service = make_service(organization=organization)
    return make_receiver(organization=organization, service=service)


def test_every_setting_is_there_and_kept(root, receiver):
    html = root.get(page_of(receiver)).content.decode()
    for name in ("preset", "signature_scheme", "required_auth", "silent_status"):
        assert f'name="{name}"' in html
    sent = receiver_fields(
        service=str(receiver.service_id),
        preset="grafana",
        signature_scheme="base64",
        required_auth="bearer",
        auth_token="tok-123",
        source_networks="203.0.113.0/24",
        rate_per_minute="60",
        expected_every_minutes="10",
        silent_status="degraded",
    )
    assert root.post(page_of(receiver), sent).status_code == 302
    receiver.refresh_from_db()
    assert receiver.preset == "grafana"
    assert receiver.signature_scheme == "base64"
    assert receiver.auth_token == "tok-123"
    assert receiver.source_networks == ["203.0.113.0/24"]
    assert (receiver.expected_every_minutes, receiver.silent_status) == (10, "degraded")
    assert "tok-123" not in root.get(page_of(receiver)).content.decode()


def test_old_url_goes_on_for_a_day(root, receiver):
    before = receiver.token_hash
    press(root, receiver, "rotate_with_overlap")
    receiver.refresh_from_db()
    assert receiver.token_hash != before
    assert receiver.previous_token_hash == before
    assert receiver.previous_token_expires_at is not None


def test_receipt_becomes_the_sample_and_is_wiped(root, receiver):
    receipt = make_receipt(receiver=receiver, body='{"status": "x"}')
    press(root, receipt, "use_as_sample")
    receiver.refresh_from_db()
    assert receiver.sample == '{"status": "x"}'
    press(root, receipt, "wipe")
    receipt.refresh_from_db()
    receiver.refresh_from_db()
    assert (receipt.body, receiver.sample) == ("", "")
    assert receipt.wiped_at is not None
    press(root, receipt, "use_as_sample")
    html = root.get(page_of(receipt)).content.decode()
    assert "No body is kept" in html


def test_several_are_wiped(root, receiver):
    rows = [make_receipt(receiver=receiver, body="{}") for _ in range(2)]
    sent = {
        "action": "wipe_selected",
        "_selected_action": [str(row.pk) for row in rows],
    }
    html = root.post(RECEIPTS, sent, follow=True).content.decode()
    assert "2 wiped" in html
    assert not Receipt.objects.exclude(body="").exists()


def test_receipts_are_filtered_by_sender_and_told_in_words(root, receiver):
    make_receipt(receiver=receiver, preset="grafana", raw_status="graf-word")
    row = make_receipt(
        receiver=receiver, preset="", result="failed", detail="It is no JSON."
    )
    html = root.get(RECEIPTS, {"sender": "grafana"}).content.decode()
    assert "graf-word" in html
    html = root.get(RECEIPTS, {"sender": "plain"}).content.decode()
    assert "graf-word" not in html
    html = root.get(page_of(row)).content.decode()
    assert "It is no JSON." in html
    assert "Plain fields" in html
    assert Receiver.objects.count() == 1
