"""The pages of receivers and receipts."""

from __future__ import annotations

import json

import pytest

from receivers.models import Receipt, Receiver
from tests.factories import (
    make_receipt,
    make_receiver,
    make_service,
)

pytestmark = pytest.mark.django_db

FORM = {
    "name": "Deploys",
    "status_field": "status",
    "message_field": "message",
    "mapping_mode": "extend",
    "unmapped": "ignore",
    "signature_header": "X-Webhook-Signature",
    "auto_create_incidents": "never",
    "incident_severity": "major",
}
LIST = "/settings/integrations/receivers/"


def test_receiver_is_made_and_its_curl_line_works(client, sign_in, organization):
    sign_in()
    service = make_service(organization=organization)
    answer = client.post(f"{LIST}add/all/", FORM | {"service": service.pk})
    receiver = Receiver.objects.get()
    assert answer.headers["Location"] == receiver.get_absolute_url()

    page = client.get(receiver.get_absolute_url())
    assert f"/api/webhooks/incoming/{receiver.token}" in page.content.decode()
    assert "Waiting for the first POST" in page.content.decode()
    body = page.context["curl"].split("-d ")[1].strip("'")
    client.post(
        f"/api/webhooks/incoming/{receiver.token}",
        body,
        content_type="application/json",
    )
    service.refresh_from_db()
    assert service.status == "degraded"
    assert "Waiting for" not in client.get(f"{receiver.get_absolute_url()}receipts/")


def test_errors_come_together_and_keep_what_was_typed(client, sign_in):
    sign_in()
    answer = client.post(
        f"{LIST}add/all/",
        FORM | {"name": "", "status_field": "a..b", "mapping_down": "kaputt"},
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Name the receiver" in page
    assert 'value="a..b"' in page
    assert "kaputt" in page


def test_value_in_two_statuses_is_refused(client, sign_in, organization):
    sign_in()
    service = make_service(organization=organization)
    answer = client.post(
        f"{LIST}add/all/",
        FORM | {"service": service.pk, "mapping_down": "x", "mapping_degraded": "X"},
    )
    assert answer.status_code == 422
    assert not Receiver.objects.exists()


def test_empty_secret_keeps_the_stored_one(client, sign_in, organization):
    sign_in()
    receiver = make_receiver(organization=organization, hmac_secret="s3cret-value")
    path = f"{receiver.get_absolute_url()}edit/"
    form = FORM | {"service": receiver.service_id}
    assert "s3cret-value" not in client.get(path).content.decode()
    client.post(path, form)
    receiver.refresh_from_db()
    assert receiver.hmac_secret == "s3cret-value"
    client.post(path, form | {"remove_secret": "on"})
    receiver.refresh_from_db()
    assert receiver.hmac_secret == ""


def test_url_is_masked_for_viewers(client, sign_in, organization):
    sign_in("viewer")
    receiver = make_receiver(organization=organization)
    page = client.get(receiver.get_absolute_url()).content.decode()
    assert receiver.token not in page
    assert receiver.token[:4] in page


def test_new_url_ends_the_old_one(client, sign_in, organization):
    sign_in()
    receiver = make_receiver(organization=organization)
    old = receiver.token
    client.post(f"{receiver.get_absolute_url()}rotate/")
    receiver.refresh_from_db()
    assert receiver.token != old
    answer = client.post(f"/api/webhooks/incoming/{old}", {})
    assert answer.status_code == 404


def test_pause_and_resume(client, sign_in, organization):
    sign_in()
    receiver = make_receiver(organization=organization)
    for enabled in (False, True):
        client.post(f"{receiver.get_absolute_url()}toggle/")
        receiver.refresh_from_db()
        assert receiver.enabled is enabled


def test_receiver_is_deleted_after_asking(client, sign_in, organization):
    sign_in()
    receipt = make_receipt(receiver=make_receiver(organization=organization))
    path = f"{receipt.receiver.get_absolute_url()}delete/"
    assert "1 receipt<" in client.get(path).content.decode()
    client.post(path)
    assert not Receiver.objects.exists()


def test_receipt_tells_its_story(client, sign_in, organization):
    sign_in()
    receiver = make_receiver(organization=organization, auto_create_incidents="down")
    client.post(
        f"/api/webhooks/incoming/{receiver.token}",
        json.dumps({"status": "DOWN"}),
        content_type="application/json",
    )
    receipt = Receipt.objects.get()
    page = client.get(receipt.get_absolute_url())
    steps = {step["label"]: step["text"] for step in page.context["steps"]}
    assert steps["Read"] == "“DOWN” at status"
    assert steps["Mapped"] == "Down"
    assert steps["Changed"].endswith("Operational → Down")
    assert steps["Incident"] == "#1 opened"


def test_receipts_are_filtered(client, sign_in, organization):
    sign_in()
    receiver = make_receiver(organization=organization)
    make_receipt(receiver=receiver, raw_status="fine")
    make_receipt(receiver=receiver, raw_status="", result="failed", detail="No JSON.")
    page = client.get("/receipts/", {"result": "failed"}).content.decode()
    assert "No JSON." in page
    assert "fine" not in page


def test_receipt_is_replayed_with_todays_settings(client, sign_in, organization):
    sign_in()
    receiver = make_receiver(organization=organization)
    path = f"/api/webhooks/incoming/{receiver.token}"
    client.post(path, b'{"status": "kaputt"}', content_type="application/json")
    receipt = Receipt.objects.get()
    assert receipt.reason == "unmapped"
    Receiver.objects.filter(pk=receiver.pk).update(mapping={"down": ["kaputt"]})

    answer = client.post(f"{receipt.get_absolute_url()}replay/")

    again = Receipt.objects.exclude(pk=receipt.pk).get()
    assert answer.headers["Location"] == again.get_absolute_url()
    assert again.status == "down"


def test_foreign_rows_are_not_found(client, sign_in):
    sign_in()
    receipt = make_receipt()
    assert client.get(receipt.get_absolute_url()).status_code == 404
    assert client.get(receipt.receiver.get_absolute_url()).status_code == 404
