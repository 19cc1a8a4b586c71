"""What every page's frame shows of the person and the organization."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from accounts.models import Organization, User

if TYPE_CHECKING:
    from django.http import HttpRequest


def access(request: HttpRequest) -> dict[str, Any]:
    """Give templates ``access`` (what one may do here) and ``organizations``."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return {"access": None, "organizations": ()}
    return {
        "access": request.access,  # type: ignore[attr-defined]  # set by AccessMiddleware
        "organizations": Organization.objects.filter(memberships__user=user),
    }
