"""The project itself as an app, so that its commands and checks are found."""

from __future__ import annotations

from django.apps import AppConfig


class IntegrationsProjectConfig(AppConfig):
    """Settings, URLs, checks, schedules and the commands that run the product."""

    name = "integrations_project"
    verbose_name = "Signalpost"

    def ready(self) -> None:
        from integrations_project import checks  # noqa: F401  # registers them
