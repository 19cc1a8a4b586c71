"""The domain: services, incidents and the rules that watch them."""

from __future__ import annotations

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    """The domain: services, incidents and the rules that watch them."""

    name = "alerts"

    def ready(self) -> None:
        """Let rules send the events of `webhooks`, which cannot know them."""
        from alerts.actions.routing import find_targets
        from webhooks.actions import route_by

        route_by(find_targets)
