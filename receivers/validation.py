"""What may be stored in a receiver: checked alike by form, admin and API."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from receivers.models import Receiver


def find_receiver_errors(receiver: Receiver) -> dict[str, list[str]]:
    """Return a sentence for each field of a receiver that needs mending."""
    return {}
