"""What the worker does for receivers."""

from __future__ import annotations

from receivers import actions


def verify_sns(receipt_id: str, tries: int = 0) -> None:
    """Verify a message of Amazon SNS; run twice, the second finds it settled."""
    actions.verify_receipt(receipt_id, tries=tries)
