"""Run the workers alone, for a process manager of your own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError

from integrations_project.supervisor import lifeline
from integrations_project.supervisor.cluster_settings import cluster_names
from integrations_project.supervisor.clusters import run_cluster
from integrations_project.supervisor.keeper import Keeper
from integrations_project.supervisor.readiness import find_start_problem

if TYPE_CHECKING:
    from argparse import ArgumentParser


class Command(BaseCommand):
    """Takes the place of django-q2's command, which would run one cluster only."""

    help = (
        "Run the workers: all clusters under one supervisor, "
        "or with --name a single bare django-q2 cluster."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "-n",
            "--name",
            default=os.environ.get("Q_CLUSTER_NAME"),
            choices=cluster_names(),
            help="Run only this cluster, without supervisor and watchdog.",
        )
        parser.add_argument(
            "--run-once",
            action="store_true",
            help="With --name: start, work off what is queued, and end.",
        )

    def handle(self, *, name: str | None, run_once: bool, **_options: Any) -> None:
        problem = find_start_problem()
        if problem:
            raise CommandError(problem)
        if run_once and not name:
            message = "--run-once needs --name: it runs a single cluster."
            raise CommandError(message)
        if name:
            lifeline.tie_children()
            run_cluster(name, is_single_run=run_once)
        else:
            Keeper(clusters=cluster_names()).run()
