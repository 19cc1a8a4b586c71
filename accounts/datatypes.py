"""Values that the rest of the house passes to `accounts`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accounts.models import ApiKey, User


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who did something: a person, an API key, or a part of the product.

    Recorded with every change as plain text too, so that the record outlives
    the account.
    """

    label: str
    user: User | None = None
    api_key: ApiKey | None = None
    ip_address: str | None = None


#: The product itself: schedules, the delivery engine, the first start.
SYSTEM = Actor(label="Signalpost")
