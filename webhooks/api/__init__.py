"""REST resources of what goes out: webhooks, events, deliveries."""

from __future__ import annotations

from webhooks.api.deliveries import DeliveryResource
from webhooks.api.destinations import WebhookResource
from webhooks.api.events import EventResource

__all__ = ["DeliveryResource", "EventResource", "WebhookResource"]
