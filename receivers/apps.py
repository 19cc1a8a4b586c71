"""Inbound: what outside tools push, and what it did."""

from __future__ import annotations

from django.apps import AppConfig


class ReceiversConfig(AppConfig):
    """Inbound: what outside tools push, and what it did."""

    name = "receivers"
