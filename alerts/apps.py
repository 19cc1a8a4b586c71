"""The domain: services, incidents and the rules that watch them."""

from __future__ import annotations

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    """The domain: services, incidents and the rules that watch them."""

    name = "alerts"

    def ready(self) -> None:
        """Tell `webhooks` of rules and the catalogue, which it cannot know."""
        from alerts.actions.alert_types import list_known_alerts
        from alerts.actions.routing import find_targets
        from webhooks.actions import know_alerts_by, route_by

        route_by(find_targets)
        know_alerts_by(list_known_alerts)
