"""Writes sign-ins, sign-outs and failures to the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.signals import (
    user_logged_in,
    user_logged_out,
    user_login_failed,
)
from django.dispatch import receiver

from accounts.actions import record_sign_in
from accounts.datatypes import Actor
from accounts.middleware import client_address
from accounts.models import User

if TYPE_CHECKING:
    from django.http import HttpRequest


def _actor(request: HttpRequest | None, user: object, label: str = "") -> Actor:
    return Actor(
        label=label or str(user),
        user=user if isinstance(user, User) else None,
        ip_address=client_address(request) if request is not None else None,
    )


@receiver(user_logged_in, dispatch_uid="accounts.signed_in")
def record_signed_in(request: HttpRequest, user: User, **_: Any) -> None:
    """Somebody signed in."""
    record_sign_in(user=user, actor=_actor(request, user), action="user.signed_in")


@receiver(user_logged_out, dispatch_uid="accounts.signed_out")
def record_signed_out(request: HttpRequest, user: User | None, **_: Any) -> None:
    """Somebody signed out."""
    if user is not None:
        record_sign_in(user=user, actor=_actor(request, user), action="user.signed_out")


@receiver(user_login_failed, dispatch_uid="accounts.sign_in_failed")
def record_sign_in_failed(
    credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any
) -> None:
    """Somebody tried and failed; the address they typed is recorded, nothing else."""
    email = str(credentials.get("username") or credentials.get("email") or "")[:200]
    user = User.objects.filter(email=email.strip().lower()).first()
    record_sign_in(
        user=user,
        actor=_actor(request, None, label=email or "Unknown"),
        action="user.sign_in_failed",
    )
