"""How a REST client proves who it is, and what its key's scope lets it do."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.utils import timezone
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

    message: ClassVar[str] = "This needs an API key with the scope write."

    def has_permission(self, request: Request, view: APIView) -> bool:
        access = request.auth
        if not isinstance(access, Access):
            return False
        if request.method in SAFE_METHODS:
            return True
        access.require_edit()
        return True
