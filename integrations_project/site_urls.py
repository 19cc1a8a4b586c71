"""Pages that belong to no app: the overview, search, health."""

from __future__ import annotations

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
