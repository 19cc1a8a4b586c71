"""What each request knows of the person behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.functional import SimpleLazyObject

from accounts.models import User
from accounts.permissions import build_access
from integrations_project.lib.client_address import client_address

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

__all__ = ["ORGANIZATION_SESSION_KEY", "AccessMiddleware", "client_address"]

ORGANIZATION_SESSION_KEY = "organization_id"


class AccessMiddleware:
    """Sets ``request.access``, looked up only when a view asks for it.

    None for a visitor who is not signed in or belongs to no organization.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        def find_access() -> object:
            if not isinstance(request.user, User):
                return None
            return build_access(
                user=request.user,
                organization_id=request.session.get(ORGANIZATION_SESSION_KEY),
                ip_address=client_address(request),
            )

        request.access = SimpleLazyObject(find_access)  # type: ignore[attr-defined]  # ours
        return self.get_response(request)
