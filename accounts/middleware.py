"""What each request knows of the person behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.functional import SimpleLazyObject

from accounts.models import User
from accounts.permissions import build_access

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

ORGANIZATION_SESSION_KEY = "organization_id"


def client_address(request: HttpRequest) -> str | None:
    """Return the address of the client.

    Behind ``TRUSTED_PROXIES`` proxies of ours, the address is that many places
    from the right of ``X-Forwarded-For``: what stands further left was written by
    the client and proves nothing.
    """
    peer: str | None = request.META.get("REMOTE_ADDR") or None
    hops = settings.TRUSTED_PROXIES
    if not hops:
        return peer
    forwarded = [
        part.strip()
        for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        if part.strip()
    ]
    return forwarded[-hops] if len(forwarded) >= hops else peer


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
