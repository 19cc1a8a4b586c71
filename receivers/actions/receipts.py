"""Write receipts: one for each request, one a minute for those turned away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import F

from integrations_project.lib.ids import uuid7
from integrations_project.lib.redaction import redact_headers
from integrations_project.lib.rows import insert_row
from receivers.datatypes import InboundRequest, ItemOutcome, ReceiverSpec, Result
from receivers.intake import decode_body
from receivers.models import Receipt
from receivers.understanding import find_signing

if TYPE_CHECKING:
    from receivers.limits import Count
    from receivers.understanding import Understood

MAX_BODY_BYTES = 64 * 1024
#: Anybody who knows the URL can make these.
MAX_UNAUTHENTIC_BODY_BYTES = 4 * 1024
MAX_DETAIL_LENGTH = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One request to one receiver, and the ids that everything from it carries."""

    spec: ReceiverSpec
    request: InboundRequest
    receipt_id: UUID = field(default_factory=uuid7)
    trace: UUID = field(default_factory=uuid7)
    preset: str = ""  # the sender that it is read as
    delivery_id: str = ""  # what a repeat of it would carry too
    is_replay: bool = False  # a person asks for the same once more
    is_settling: bool = False  # its receipt is there; what it waited for has come

    def as_understood(self, understood: Understood) -> Case:
        """Return the case with what its body told of its sender."""
        delivery_id = "" if self.is_replay else understood.delivery_id
        return replace(self, preset=understood.preset, delivery_id=delivery_id)


def write_receipt(
    case: Case,
    *,
    result: Result,
    reason: str = "",
    detail: str = "",
    items: Sequence[ItemOutcome] = (),
) -> None:
    """Write what a request said and did, in one statement.

    With several items the receipt shows the first one that fared like the whole.
    """
    shown = next((item for item in items if item.result == result), None)
    body = case.request.body
    most = MAX_UNAUTHENTIC_BODY_BYTES if result == "auth_failed" else MAX_BODY_BYTES
    receipt = Receipt(
        id=case.receipt_id,
        organization_id=case.spec.organization_id,
        receiver_id=case.spec.id,
        received_at=case.request.received_at,
        source_ip=case.request.source_ip,
        result=result,
        reason=reason,
        detail=detail[:MAX_DETAIL_LENGTH],
        items=[item.as_record() for item in items],
        headers=_redact(case),
        body=decode_body(body, max_bytes=most),
        body_size=len(body),
        trace=case.trace,
        preset=case.preset,
        delivery_id=case.delivery_id,
    )
    if shown is not None:
        receipt.raw_status = shown.raw_status or ""
        receipt.status = shown.status or ""
        receipt.previous_status = shown.previous_status or ""
        receipt.service_id = shown.service_id
        receipt.incident_id = UUID(shown.incident) if shown.incident else None
    if case.is_settling:
        receipt.save(force_update=True)
    else:
        insert_row(receipt)


def write_counts(
    case: Case, counts: Iterable[Count], *, reason: str, detail: str
) -> None:
    """Write how many requests were turned away; a new receipt stands for the first."""
    for count in counts:
        if not count.is_new:
            add_count(count)
            continue
        receipt = Receipt(
            id=count.receipt_id,
            organization_id=case.spec.organization_id,
            receiver_id=case.spec.id,
            received_at=case.request.received_at,
            source_ip=case.request.source_ip,
            result=Receipt.Result.FAILED,
            reason=reason,
            detail=detail[:MAX_DETAIL_LENGTH],
            headers=_redact(case),
            count=count.count,
            trace=case.trace,
        )
        insert_row(receipt)


def add_count(count: Count) -> None:
    """Add requests to a receipt that stands for them."""
    Receipt.objects.filter(pk=count.receipt_id).update(count=F("count") + count.count)


def _redact(case: Case) -> dict[str, str]:
    headers = case.request.headers
    signing = find_signing(case.spec, headers)
    # A digest is worth nothing without the secret; here the header is the secret.
    is_secret = signing.scheme == "shared_secret"
    return redact_headers(headers, secret_names=[signing.header] if is_secret else [])
