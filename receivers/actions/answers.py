"""Write a request's receipt and return the answer that names it."""

from __future__ import annotations

from collections.abc import Sequence

from receivers.actions.receipts import Case, write_receipt
from receivers.datatypes import Answer, ItemOutcome, ReceiverSpec, Result

#: Some senders bring their password only when they are asked (RFC 9110, 11.6.1).
_CHALLENGES = {
    "basic": 'Basic realm="receiver", charset="UTF-8"',
    "bearer": 'Bearer realm="receiver"',
}


def refuse(case: Case, code: str, detail: str) -> Answer:
    """Answer a request that is not authentic."""
    write_receipt(case, result="auth_failed", reason=code, detail=detail)
    return Answer(
        status_code=401,
        result="auth_failed",
        receipt=str(case.receipt_id),
        code=code,
        detail=detail,
        challenge=_CHALLENGES.get(case.spec.required_auth, ""),
    )


def fail(
    case: Case, code: str, detail: str, items: Sequence[ItemOutcome] = ()
) -> Answer:
    """Answer a request that cannot be understood."""
    write_receipt(case, result="failed", reason=code, detail=detail, items=items)
    return Answer(
        status_code=400,
        result="failed",
        receipt=str(case.receipt_id),
        code=code,
        detail=detail,
    )


def say(spec: ReceiverSpec, reason: str, detail: str) -> ItemOutcome:
    """Return what there is to say of a body that is about no service."""
    return ItemOutcome(
        service=None,
        raw_status=None,
        status=None,
        previous_status=None,
        result="ignored",
        reason=reason,
        detail=detail,
        service_id=spec.service_id,
    )


def conclude(case: Case, items: Sequence[ItemOutcome]) -> Answer:
    """Write the receipt for the items and return the answer that names them."""
    results = {item.result for item in items}
    result: Result = "ignored"
    if "processed" in results:
        result = "processed"
    elif results == {"failed"}:
        return fail(case, items[0].reason, items[0].detail, items)
    shown = next((item for item in items if item.result == result), None)
    reason, detail = "no_items", "The list is empty."
    if shown is not None:
        reason, detail = shown.reason, shown.detail
    write_receipt(case, result=result, reason=reason, detail=detail, items=items)
    return Answer(
        status_code=200,
        result=result,
        receipt=str(case.receipt_id),
        items=tuple(items),
    )
