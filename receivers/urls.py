"""Addresses of `receivers`: the one that tools post to, and the pages."""

from __future__ import annotations

from django.urls import path

from receivers import views

app_name = "receivers"
urlpatterns = [
    # Not under /api/v1/: senders keep this address for years.
    path("api/webhooks/incoming/<str:token>", views.incoming, name="incoming"),
    path("api/webhooks/incoming/<str:token>/", views.incoming),
]
