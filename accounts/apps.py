"""Who may do what, where."""

from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Users, organizations, networks, memberships, API keys and the audit log."""

    name = "accounts"
