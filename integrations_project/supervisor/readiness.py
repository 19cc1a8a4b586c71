"""Says whether this installation can work: before a start, and to those who ask."""

from __future__ import annotations

import logging

from django.conf import settings
from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from integrations_project.supervisor.duties import DUTIES

logger = logging.getLogger(__name__)


def find_start_problem() -> str:
    """Return why serving or working must not start, as a sentence, or ''.

    A database that is away is no reason: it may come later than we do.
    """
    if settings.DEBUG:
        return (
            "DEBUG is on, which keeps every query in memory and shows settings to "
            "visitors. Set DEBUG=0; for development use `./manage.py runserver`."
        )
    try:
        missing = count_missing_migrations()
    except DatabaseError as error:
        logger.warning("database away error=%s", str(error).strip())
        return ""
    if missing:
        return (
            f"The database lacks {missing} migrations. "
            "Run `./manage.py bootstrap` first (or `./manage.py migrate`)."
        )
    return ""


def count_missing_migrations() -> int:
    """Return how many migrations this database lacks.

    Raises:
        django.db.Error: The database is away.
    """
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


_complete: set[str] = set()


def list_reasons() -> list[str]:
    """Return why requests and deliveries would not work now; empty when they do."""
    try:
        if not _are_migrations_applied():
            return ["The database lacks migrations: run `./manage.py migrate`."]
        return [duty.absence for duty in DUTIES if not duty.turns().fresh().exists()]
    except DatabaseError:
        return ["The database does not answer."]


def _are_migrations_applied() -> bool:
    # Only a good answer is kept: what is applied stays so while this process lives.
    name = str(connection.settings_dict["NAME"])
    if name not in _complete and not count_missing_migrations():
        _complete.add(name)
    return name in _complete
