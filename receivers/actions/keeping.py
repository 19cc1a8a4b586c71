"""What a person does with receipts: wipe them, or show one in the mapping editor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from accounts.actions import record_audit
from receivers.exceptions import NoSample
from receivers.models import Receipt, Receiver

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.datatypes import Actor


@transaction.atomic
def wipe_receipt(receipt: Receipt, *, actor: Actor, now: datetime) -> bool:
    """Remove what a request said; the row and what it did stay.

    Returns:
        False when it was wiped before.
    """
    if receipt.body:
        # The mapping editor shows it no more either.
        Receiver.objects.filter(pk=receipt.receiver_id, sample=receipt.body).update(
            sample="", sample_headers={}
        )
    changed = Receipt.objects.filter(pk=receipt.pk, wiped_at=None).update(
        body="", headers={}, source_ip=None, wiped_at=now
    )
    if changed:
        receipt.refresh_from_db()
        record_audit(
            organization=receipt.organization,
            actor=actor,
            action="receipt.wiped",
            target=receipt,
        )
    return bool(changed)


def use_as_sample(receipt: Receipt, *, actor: Actor) -> None:
    """Let the mapping editor of its receiver show this body.

    Raises:
        NoSample: No body is kept; the sample stays as it was.
    """
    if not receipt.body:
        raise NoSample
    Receiver.objects.filter(pk=receipt.receiver_id).update(
        sample=receipt.body, sample_headers=receipt.headers
    )
    record_audit(
        organization=receipt.organization,
        actor=actor,
        action="receiver.sample_chosen",
        target=receipt.receiver,
    )
