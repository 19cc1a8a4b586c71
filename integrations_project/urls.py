"""Every address of the product."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("integrations_project.site_urls")),
    path("", include("accounts.urls")),
    path("", include("webhooks.urls")),
    path("", include("alerts.urls")),
    path("", include("receivers.urls")),
    path("api/v1/", include("integrations_project.api_urls")),
    path("admin/", admin.site.urls),
]
