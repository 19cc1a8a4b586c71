"""Puts our own site into the place of Django's admin."""

from __future__ import annotations

from django.contrib.admin.apps import AdminConfig


class SignalpostAdminConfig(AdminConfig):
    """Django's admin, with our site and without what nobody should touch."""

    default_site = "integrations_project.admin_site.SignalpostAdminSite"

    def ready(self) -> None:
        super().ready()
        from integrations_project import admin_others  # noqa: F401  # registers them
