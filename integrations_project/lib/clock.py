"""The clock that decides: the database's, so that every host agrees."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db import connection
from django.utils import timezone

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper


def database_now(using: BaseDatabaseWrapper | None = None) -> datetime:
    """Return the database server's time, aware, in UTC.

    A host with a wrong clock must neither steal nor delay work, so due times and
    leases compare with this. SQLite runs in our process: its clock is the host's.
    """
    database = using or connection
    if database.vendor != "postgresql":
        return timezone.now()
    with database.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment.astimezone(UTC)
