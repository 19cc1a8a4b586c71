from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.datatypes import SYSTEM
from accounts.models import AuditEntry
from receivers.actions import replay_receipt, use_as_sample, wipe_receipt
from receivers.exceptions import NotReplayable


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
