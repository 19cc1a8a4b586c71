"""Make an API key from the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error as DatabaseError

from accounts.actions import create_api_key
from accounts.datatypes import Actor
from accounts.models import ApiKey, Organization

if TYPE_CHECKING:
    from argparse import ArgumentParser

ACTOR = Actor(label="Command line")
MAX_NAME_LENGTH = 100


class Command(BaseCommand):
    """Prints the key alone, so that a script can take it."""

    help = "Make an API key and print it; it is not shown again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--organization", required=True, metavar="SLUG", help="Such as default."
        )
        parser.add_argument("--name", required=True, help="What will use the key.")
        parser.add_argument(
            "--role",
            default=ApiKey.Scope.READ.value,
            choices=ApiKey.Scope.values,
            help="What it may do; the default is read.",
        )

    def handle(
        self, *, organization: str, name: str, role: str, **_options: Any
    ) -> None:
        name = name.strip()
        if not 0 < len(name) <= MAX_NAME_LENGTH:
            message = f"--name must have 1 to {MAX_NAME_LENGTH} characters."
            raise CommandError(message)
        try:
            found = find_organization(organization)
            _, key = create_api_key(found, name=name, scope=role, actor=ACTOR)
        except DatabaseError as error:
            message = f"The database cannot be used: {str(error).strip()}"
            raise CommandError(message) from error
        self.stdout.write(key)


def find_organization(slug: str) -> Organization:
    """Return the organization with this slug.

    Raises:
        CommandError: There is none; the message lists those there are.
    """
    found = Organization.objects.filter(slug=slug).first()
    if found is None:
        slugs = ", ".join(Organization.objects.values_list("slug", flat=True)[:20])
        message = f'There is no organization "{slug}". There are: {slugs or "none"}.'
        raise CommandError(message)
    return found
