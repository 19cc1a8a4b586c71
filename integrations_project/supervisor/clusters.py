"""Runs one django-q2 cluster in this process, configured by its name."""

from __future__ import annotations

import logging
import os

from django.db import Error as DatabaseError
from django_q.cluster import Cluster
from django_q.conf import Conf

from integrations_project.supervisor.cluster_settings import cluster_options
from integrations_project.supervisor.duties import DUTIES
from integrations_project.supervisor.members import list_members

logger = logging.getLogger(__name__)


def configure(name: str) -> None:
    """Make this process, and those it forks, the cluster with this name.

    django-q2 reads its settings once, when it is imported; a process that is forked
    after that would run the default cluster under another name.
    """
    os.environ["Q_CLUSTER_NAME"] = name
    Conf.CLUSTER_NAME = name
    for key, value in cluster_options(name).items():
        setattr(Conf, key.upper(), value)


def run_cluster(name: str, *, is_single_run: bool = False) -> None:
    """Run a cluster until it is told to end or its sentinel dies."""
    configure(name)
    cluster = AskingCluster()
    cluster.start()
    if is_single_run:
        cluster.stop()
    cluster.sentinel.join()


class AskingCluster(Cluster):  # type: ignore[misc]  # django-q2 has no types
    """A cluster that asks its turns to come to an end before it waits for them."""

    def stop(self) -> bool:
        try:
            members = list_members(os.getpid())
            for duty in DUTIES:
                duty.turns().ask_to_stop(members)
        except DatabaseError as error:
            # They see for themselves that the database is away.
            logger.warning("turns not asked to stop error=%s", error)
        return bool(super().stop())
