"""The operator's site: what is wrong now, above the list of everything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.admin import AdminSite

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.template.response import TemplateResponse


ORDER = {
    label: place
    for place, label in enumerate(
        ("webhooks", "receivers", "monitors", "alerts", "accounts")
    )
}


class SignalpostAdminSite(AdminSite):
    """Django's admin under our name."""

    site_header = "Signalpost admin"
    site_title = "Signalpost admin"
    index_title = "What is wrong now"
    site_url = "/"
    empty_value_display = "–"

    def get_app_list(
        self, request: HttpRequest, app_label: str | None = None
    ) -> list[Any]:
        """Put what is configured and looked at every day first."""
        apps = super().get_app_list(request, app_label)
        return sorted(apps, key=lambda app: ORDER.get(app["app_label"], len(ORDER)))

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Begin with what needs somebody."""
        # The site is there before any model's page, and the overview links to those.
        from integrations_project.admin_overview import build_admin_overview

        overview = build_admin_overview(request)
        return super().index(request, {**(extra_context or {}), "overview": overview})
