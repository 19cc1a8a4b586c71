from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.datatypes import SYSTEM
from alerts.models import StatusChange
from receivers.actions import preview, replay_receipt, save_receiver
from receivers.exceptions import NotReplayable, StatusMissing
from receivers.models import Receipt


def replay(receipt):
    return replay_receipt(receipt, actor=SYSTEM, now=timezone.now())


def test_replay_uses_the_settings_of_today(sender):
    sender.post({"state": "down"})
    failed = sender.last_receipt()
    sender.receiver.status_field = "state"
    save_receiver(sender.receiver, actor=SYSTEM)
    receipt = replay(failed)
    assert (failed.result, receipt.result) == ("failed", "processed")
    assert receipt.body == failed.body
    assert receipt.trace != failed.trace
    assert StatusChange.objects.get().receipt_id == receipt.pk


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"result": "auth_failed"}, "signature was refused"),
        ({"reason": "rate_limited", "body": ""}, "turned away"),
        ({"reason": "body_too_slow", "body": "", "body_size": 0}, "turned away"),
        ({"body_size": 70_000}, "Only the beginning"),
    ],
)
def test_some_receipts_cannot_be_replayed(sender, fields, words):
    sender.post({"status": "down"})
    receipt = sender.last_receipt()
    for name, value in fields.items():
        setattr(receipt, name, value)
    with pytest.raises(NotReplayable, match=words):
        replay(receipt)
    assert Receipt.objects.count() == 1


def test_what_is_no_text_cannot_be_replayed(sender):
    sender.post(b'{"status": "\xe9"}')
    with pytest.raises(NotReplayable, match="no text"):
        replay(sender.last_receipt())


def look(sender, body):
    return preview(sender.receiver, body=body, headers={}, now=timezone.now())


def test_preview_changes_nothing(sender):
    (item,) = look(sender, b'{"status": "down"}')
    assert (item.service, item.status, item.result) == (
        "API Gateway",
        "down",
        "processed",
    )
    assert item.previous_status == "operational"
    assert Receipt.objects.count() == StatusChange.objects.count() == 0


def test_preview_says_what_is_wrong(sender):
    assert look(sender, b'{"status": "purple"}')[0].reason == "unmapped"
    with pytest.raises(StatusMissing):
        look(sender, b"{}")
