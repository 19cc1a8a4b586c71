"""Addresses of resources, each with and without its final slash."""

from __future__ import annotations

from rest_framework.routers import SimpleRouter


class Router(SimpleRouter):
    """Takes every path in both spellings, without a redirect that would lose a POST."""

    def __init__(self) -> None:
        super().__init__()
        self.trailing_slash = "/?"
