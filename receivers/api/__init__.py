"""REST resources of what comes in: receivers and their receipts."""

from __future__ import annotations

from receivers.api.receipts import ReceiptResource
from receivers.api.receivers import ReceiverResource

__all__ = ["ReceiptResource", "ReceiverResource"]
