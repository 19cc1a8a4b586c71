"""How each resource is shown, and what it takes."""

from __future__ import annotations

from webhooks.api.serializers.deliveries import AttemptSerializer, DeliverySerializer
from webhooks.api.serializers.destinations import (
    DisableSerializer,
    RotateSecretSerializer,
    VerifySerializer,
    WebhookSerializer,
)
from webhooks.api.serializers.events import EventSerializer
from webhooks.api.serializers.replays import ReplayInput, ReplaySerializer

__all__ = [
    "AttemptSerializer",
    "DeliverySerializer",
    "DisableSerializer",
    "EventSerializer",
    "ReplayInput",
    "ReplaySerializer",
    "RotateSecretSerializer",
    "VerifySerializer",
    "WebhookSerializer",
]
