"""The operator's pages of receivers and their receipts."""

from __future__ import annotations

from receivers.admin.receipts import ReceiptAdmin
from receivers.admin.receivers import ReceiverAdmin

__all__ = ["ReceiptAdmin", "ReceiverAdmin"]
