"""Who may do what, where."""

from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Users, organizations, networks, memberships, API keys and the audit log."""

    name = "accounts"

    def ready(self) -> None:
        """Connect Django's sign-in signals to the audit log."""
        import accounts.sign_in  # noqa: F401  # connects its receivers
