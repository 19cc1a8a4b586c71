"""The operator's site: what is wrong now, above the list of everything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.admin import AdminSite

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.template.response import TemplateResponse


class SignalpostAdminSite(AdminSite):
    """Django's admin under our name."""

    site_header = "Signalpost admin"
    site_title = "Signalpost admin"
    index_title = "What is wrong now"
    site_url = "/"
    empty_value_display = "–"

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """Begin with what needs somebody."""
        # The site is there before any model's page, and the overview links to those.
        from integrations_project.admin_overview import build_admin_overview

        overview = build_admin_overview(request)
        return super().index(request, {**(extra_context or {}), "overview": overview})
