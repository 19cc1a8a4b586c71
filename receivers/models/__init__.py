"""Inbound: receivers, and a receipt for every request to one."""

from __future__ import annotations

from receivers.models.certificate import SigningCertificate
from receivers.models.last_applied import LastApplied
from receivers.models.receipt import Receipt
from receivers.models.receiver import Receiver

__all__ = ["LastApplied", "Receipt", "Receiver", "SigningCertificate"]
