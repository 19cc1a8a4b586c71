"""The operator's pages of webhooks: configuration, and records of what was sent."""

from __future__ import annotations

from webhooks.admin.deliveries import AttemptAdmin, DeliveryAdmin
from webhooks.admin.destinations import DestinationAdmin
from webhooks.admin.events import EventAdmin, PumpAdmin
from webhooks.admin.replays import ReplayAdmin

__all__ = [
    "AttemptAdmin",
    "DeliveryAdmin",
    "DestinationAdmin",
    "EventAdmin",
    "PumpAdmin",
    "ReplayAdmin",
]
