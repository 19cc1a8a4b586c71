"""Run everything: web server and workers under one supervisor."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import Error as DatabaseError
from django.urls import reverse

from accounts.models import User
from integrations_project.supervisor.cluster_settings import cluster_names
from integrations_project.supervisor.keeper import Keeper
from integrations_project.supervisor.readiness import find_start_problem
from integrations_project.supervisor.web import Address, find_port_problem, load_web

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    """Starts the web server and the workers, and keeps them running."""

    help = "Run the web server and the workers together; Ctrl-C ends everything."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--host",
            default="127.0.0.1",
            help="Address to listen on; 0.0.0.0 takes requests from everywhere.",
        )
        parser.add_argument(
            "--end-with-parent",
            action="store_true",
            help="End when the process that started this one is gone.",
        )

    def handle(self, *, host: str, end_with_parent: bool, **_options: Any) -> None:
        parent_id = os.getppid() if end_with_parent else None
        address = Address(host=host, port=settings.PORT)
        problem = find_start_problem() or find_port_problem(address)
        if problem:
            raise CommandError(problem)
        operator = find_operator()
        load_web()
        Keeper(
            clusters=cluster_names(),
            address=address,
            on_ready=partial(self._tell_ready, address, operator),
            parent_id=parent_id,
        ).run()

    def _tell_ready(self, address: Address, operator: str) -> None:
        local = f"http://{address.host}:{address.port}"
        also = f" (listening on {local})" if local != settings.SITE_URL else ""
        self.stdout.write(
            f"\nSignalpost is ready: {settings.SITE_URL}{also}\n"
            f"  Sign in  {settings.SITE_URL}{reverse('login')} as {operator}\n"
            "  Next     add a service, a receiver and a webhook; "
            "the overview shows how\n"
            "  End      Ctrl-C\n"
        )


def find_operator() -> str:
    """Return the e-mail address of the first administrator."""
    try:
        operator = User.objects.filter(is_superuser=True).earliest("date_joined")
    except (User.DoesNotExist, DatabaseError):
        return "an administrator (make one with `./manage.py bootstrap`)"
    return operator.email
