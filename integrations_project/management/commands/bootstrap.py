"""Bring an installation to the state in which `serve` can start."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.db import Error as DatabaseError
from django.db import connection, transaction

from accounts.actions import add_member
from accounts.datatypes import SYSTEM
from accounts.models import Membership, Organization, User
from integrations_project.schedules import sync_schedules
from integrations_project.supervisor.readiness import count_missing_migrations

FIRST_ORGANIZATION = ("Default", "default")


class Command(BaseCommand):
    """Makes what is missing and keeps what is there; safe to run at each start."""

    help = (
        "Write keys to .env, migrate the database, and make the first organization "
        "and administrator. Keeps everything that exists."
    )
    # `serve` checks right after; a second start is to be quick.
    requires_system_checks = ()

    def handle(self, **_options: Any) -> None:
        make_directories()
        try:
            self._migrate()
            with transaction.atomic():
                self._make_first_organization()
                sync_schedules()
        except DatabaseError as error:
            message = f"The database cannot be used: {str(error).strip()}"
            raise CommandError(message) from error

    def _migrate(self) -> None:
        missing = count_missing_migrations()
        if not missing:
            return
        self.stdout.write(f"Applying {missing} migrations…")
        call_command("migrate", interactive=False)

    def _make_first_organization(self) -> None:
        if User.objects.exists():
            return
        name, slug = FIRST_ORGANIZATION
        organization, _ = Organization.objects.get_or_create(
            slug=slug, defaults={"name": name}
        )
        email = read_email()
        password = settings.ADMIN_PASSWORD or secrets.token_urlsafe(12)
        user = User.objects.create_superuser(email, password)
        add_member(organization, user=user, role=Membership.Role.ADMIN, actor=SYSTEM)
        shown = "from ADMIN_PASSWORD" if settings.ADMIN_PASSWORD else password
        self.stdout.write(
            f"\nMade the organization {name} and its first administrator:\n"
            f"  E-mail    {email}\n"
            f"  Password  {shown}\n"
        )
        if not settings.ADMIN_PASSWORD:
            self.stdout.write("  The password is shown only now.\n")


def make_directories() -> None:
    """Make the directories of the static files and of the embedded database.

    Raises:
        CommandError: One cannot be made.
    """
    needed = [Path(settings.STATIC_ROOT)]
    if connection.vendor == "sqlite":
        needed.append(Path(connection.settings_dict["NAME"]).parent)
    for directory in needed:
        try:
            directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            message = f"The directory {directory} cannot be made: {error.strerror}."
            raise CommandError(message) from error


def read_email() -> str:
    """Return the first administrator's address.

    Raises:
        CommandError: ADMIN_EMAIL is no e-mail address.
    """
    email = settings.ADMIN_EMAIL or "admin@example.com"
    try:
        validate_email(email)
    except ValidationError as error:
        message = f"ADMIN_EMAIL must be an e-mail address, not {email!r}."
        raise CommandError(message) from error
    return email.lower()
