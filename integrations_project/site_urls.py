"""Pages that belong to no app: the overview, search, health."""

from __future__ import annotations

from django.urls import path, re_path

from integrations_project import pages, views

urlpatterns = [
    path("", pages.overview, name="overview"),
    path("traces/<uuid:trace_id>/", pages.trace, name="trace"),
    path("search/", pages.search, name="search"),
    re_path(r"^healthz/?$", views.healthz, name="healthz"),
    re_path(r"^readyz/?$", views.readyz, name="readyz"),
]
