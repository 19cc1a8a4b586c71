"""Bringing somebody new in: an account without a password, and a link to set one."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.forms import PasswordResetForm
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from accounts.models import User

if TYPE_CHECKING:
    from typing import Any


class ResetPasswordForm(PasswordResetForm):
    """Django's reset form; it also serves people who have no password yet.

    An invited person has none, and Django would send them nothing.
    """

    def get_users(self, email: str) -> Any:
        """Return the active people with this address, in any spelling of case."""
        return User.objects.filter(email=email.strip().lower(), is_active=True)

    def save(self, **options: Any) -> None:  # type: ignore[override]  # all by name
        """Send the link to this site, whatever host the request was made to."""
        site = urlsplit(settings.SITE_URL)
        super().save(
            **options
            | {"domain_override": site.netloc, "use_https": site.scheme == "https"}
        )


def build_password_link(user: User, *, site_url: str) -> str:
    """Return the address at which a person chooses a password; it works once."""
    path = reverse(
        "password_reset_confirm",
        kwargs={
            "uidb64": urlsafe_base64_encode(force_bytes(user.pk)),
            "token": default_token_generator.make_token(user),
        },
    )
    return f"{site_url}{path}"


def send_invitation(user: User, *, organization_name: str, site_url: str) -> None:
    """Send a new member the link at which they choose a password.

    Raises:
        OSError: The mail server could not be reached; nothing was sent.
    """
    context = {
        "organization_name": organization_name,
        "link": build_password_link(user, site_url=site_url),
        "site_url": site_url,
    }
    EmailMultiAlternatives(
        subject=f"You were added to {organization_name} on Signalpost",
        body=render_to_string("registration/invitation_email.txt", context),
        to=[user.email],
    ).send()
