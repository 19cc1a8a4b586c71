"""Prove that a message is from Amazon SNS: with a certificate that may be missing yet.

A request makes no network call. Without the certificate its receipt says that it is
being verified; a task fetches it and then does what the message asks for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from django.db import transaction
from django_q.tasks import async_task

from receivers.models import SigningCertificate
from receivers.sns import CONFIRMATION, find_certificate_url, fits, is_amazons

if TYPE_CHECKING:
    from datetime import datetime

    from integrations_project.lib.json_types import JSONValue

TASK = "receivers.tasks.verify_sns"
CLUSTER = "default"
VERIFYING = "verifying"

Proof: TypeAlias = Literal["proven", "pending", "refused"]


def judge(message: JSONValue, *, now: datetime) -> Proof:
    """Return whether a message is proven, as far as can be told without a call.

    A confirmation is never proven here: it wants an answer, which the task gives.
    """
    if not isinstance(message, dict) or "Type" not in message:
        return "proven"  # raw delivery: unsigned, the URL is the proof
    url = find_certificate_url(message)
    if not is_amazons(url, suffix=".pem"):
        return "refused"
    if message.get("Type") == CONFIRMATION:
        return "pending"
    stored = SigningCertificate.objects.filter(url=url).first()
    if stored is None:
        return "pending"
    return "proven" if fits(message, stored.pem, now=now) else "refused"


def ask_for_proof(receipt_id: object) -> None:
    """Have a receipt verified by a worker, once its transaction is committed."""
    key = str(receipt_id)
    transaction.on_commit(lambda: async_task(TASK, key, cluster=CLUSTER), robust=True)
