"""Outbound: where webhooks go, what is to be sent, and what happened to it.

`Destination` is configuration. `Event`, `Payload`, `Delivery`, `Attempt`, `Pump`
and `Replay` are records: only actions and the engine write them.
"""

from __future__ import annotations

from webhooks.models.delivery import Attempt, Delivery
from webhooks.models.destination import Destination
from webhooks.models.event import Event, Payload
from webhooks.models.pump import Pump
from webhooks.models.replay import Replay
from webhooks.models.resident import Resident

__all__ = [
    "Attempt",
    "Delivery",
    "Destination",
    "Event",
    "Payload",
    "Pump",
    "Replay",
    "Resident",
]
