"""Outbound: destinations, events, deliveries and their attempts."""

from __future__ import annotations

from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    """Outbound: destinations, events, deliveries and their attempts."""

    name = "webhooks"
