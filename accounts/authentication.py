"""How a REST client proves who it is, and what its key's scope lets it do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission

from accounts.actions import find_api_key
from accounts.middleware import client_address
from accounts.permissions import Access, build_key_access

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView

HOW_TO = "Send the header Authorization: Bearer sp_… with an API key."


class ApiKeyAuthentication(BaseAuthentication):
    """``Authorization: Bearer sp_…``; sets ``request.auth`` to an :class:`Access`."""

    def authenticate(self, request: Request) -> tuple[None, Access] | None:
        words = get_authorization_header(request).split()
        if not words:
            return None
        if len(words) != 2 or words[0].lower() != b"bearer":
            raise AuthenticationFailed(HOW_TO)
        text = words[1].decode("ascii", errors="replace")
        api_key = find_api_key(text, now=timezone.now())
        if api_key is None:
            message = "This API key is unknown, revoked or expired."
            raise AuthenticationFailed(message)
        return None, build_key_access(api_key, ip_address=client_address(request))

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="Signalpost"'


class HasScope(BasePermission):
    """A key reads with any scope, and writes from the scope ``write`` on.

    A view may name ``admin_scope_actions``; those need the scope ``admin``.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        access = request.auth
        if not isinstance(access, Access):
            return False
        if getattr(view, "action", None) in getattr(view, "admin_scope_actions", ()):
            access.require_admin()
        if request.method not in SAFE_METHODS:
            access.require_edit()
        return True


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # untyped base
    """What the schema says of API keys."""

    target_class = ApiKeyAuthentication
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """Return the scheme as OpenAPI writes it."""
        return {"type": "http", "scheme": "bearer", "description": HOW_TO}
