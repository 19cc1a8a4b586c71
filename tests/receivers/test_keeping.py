from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.datatypes import SYSTEM
from accounts.models import AuditEntry
from receivers.actions import replay_receipt, use_as_sample, wipe_receipt
from receivers.exceptions import NoSample, NotReplayable


def test_a_wiped_receipt_keeps_what_it_did(sender):
    sender.post({"status": "down", "note": "private"}, **{"X-Private": "yes"})
    receipt = sender.last_receipt()
    assert wipe_receipt(receipt, actor=SYSTEM, now=timezone.now())
    receipt.refresh_from_db()
    assert (receipt.body, receipt.headers, receipt.source_ip) == ("", {}, None)
    assert (receipt.raw_status, receipt.status) == ("down", "down")
    assert AuditEntry.objects.filter(action="receipt.wiped").count() == 1
    assert not wipe_receipt(receipt, actor=SYSTEM, now=timezone.now())
    with pytest.raises(NotReplayable, match="wiped"):
        replay_receipt(receipt, actor=SYSTEM, now=timezone.now())


def test_a_receipt_becomes_the_sample(sender):
    sender.post({"status": "down", "note": "seen"})
    use_as_sample(sender.last_receipt(), actor=SYSTEM)
    sender.receiver.refresh_from_db()
    assert "seen" in sender.receiver.sample


def test_what_is_not_kept_is_no_sample(sender):
    sender.post({"status": "down", "note": "seen"})
    use_as_sample(sender.last_receipt(), actor=SYSTEM)
    sender.post({"status": "up"})
    wiped = sender.last_receipt()
    wipe_receipt(wiped, actor=SYSTEM, now=timezone.now())
    with pytest.raises(NoSample, match="No body is kept"):
        use_as_sample(wiped, actor=SYSTEM)
    sender.receiver.refresh_from_db()
    assert "seen" in sender.receiver.sample


@pytest.mark.parametrize("secret", ["open sesame", "wrong"])
def test_a_shared_secret_is_not_kept(make_sender, secret):
    sender = make_sender(
        hmac_secret="open sesame",
        signature_scheme="shared_secret",
        signature_header="X-Our-Word",
    )
    sender.post({"status": "down"}, **{"X-Our-Word": secret})
    assert sender.last_receipt().headers["X-Our-Word"] == "[redacted]"


def test_a_signature_is_kept(make_sender):
    sender = make_sender(hmac_secret="open sesame")
    sender.post_signed({"status": "down"}, secret="wrong")
    assert len(sender.last_receipt().headers["X-Webhook-Signature"]) == 64
