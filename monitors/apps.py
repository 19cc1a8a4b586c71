"""Active checks: fetch a page, read it, compare it with the last time, tell."""

from __future__ import annotations

from django.apps import AppConfig


class MonitorsConfig(AppConfig):
    """Active checks: fetch a page, read it, compare it with the last time, tell."""

    name = "monitors"
