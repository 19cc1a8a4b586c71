"""Everything that can happen to webhooks, one function each."""

from __future__ import annotations

from webhooks.actions.deliveries import redeliver
from webhooks.actions.destinations import (
    clear_foreign_secrets,
    delete_destination,
    disable_destination,
    enable_destination,
    rotate_secret,
    save_destination,
)
from webhooks.actions.publishing import publish
from webhooks.actions.verifying import verify_destination
from webhooks.formats import find_uncarried_type

__all__ = [
    "clear_foreign_secrets",
    "delete_destination",
    "disable_destination",
    "enable_destination",
    "find_uncarried_type",
    "publish",
    "redeliver",
    "rotate_secret",
    "save_destination",
    "verify_destination",
]
