"""Every address of the product."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from integrations_project import api_urls

urlpatterns = [
    # First, because the busiest address is in it.
    path("", include("receivers.urls")),
    path("", include("integrations_project.site_urls")),
    path("", include("accounts.urls")),
    path("", include("webhooks.urls")),
    path("", include("alerts.urls")),
    path("", include("monitors.urls")),
    # What the public client of content monitors calls.
    path("api/", include("integrations_project.client_urls")),
    # Without its slash too: no address of the API redirects.
    path("api/v1", api_urls.index_view),
    path("api/v1/", include(api_urls)),
    path("admin/", admin.site.urls),
]

# Below /api/ these answer as problems, elsewhere as pages.
handler400 = "integrations_project.error_pages.bad_request"
handler404 = "integrations_project.error_pages.page_not_found"
handler500 = "integrations_project.error_pages.server_error"
