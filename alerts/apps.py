"""The domain: services, incidents and the rules that watch them."""

from __future__ import annotations

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    """The domain: services, incidents and the rules that watch them."""

    name = "alerts"
