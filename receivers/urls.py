"""Addresses of `receivers`."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "receivers"
urlpatterns: list[URLPattern] = []
