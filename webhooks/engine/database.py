"""Statements of the engine, past the ORM: prepared once, few and large.

The engine runs the same handful of statements thousands of times. On PostgreSQL
they are prepared on the server; Django's own cursor would send and plan the whole
text, parameters included, each time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from datetime import datetime
from functools import lru_cache
from typing import Any, cast
from uuid import UUID

import psycopg
from django.db import connection
from django.utils import timezone

Row = tuple[Any, ...]
#: What SQLite takes as it is.
_PLAIN = frozenset({str, int, float, bool, bytes})
_NAMED = re.compile(r"%\((\w+)\)s")


def is_postgresql() -> bool:
    """Whether the database is PostgreSQL, else it is SQLite."""
    return connection.vendor == "postgresql"


def run(sql: str, parameters: dict[str, Any]) -> list[Row]:
    """Run one statement and return its rows; outside a transaction it is its own.

    Parameters are written ``%(name)s``. On SQLite UUIDs go in as the hex text that
    Django stores, times as its text, and `now` is there without being given.

    Raises:
        django.db.Error: Whatever the database said, as Django's classes.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors:
        if is_postgresql():
            return _run_postgresql(sql, parameters)
        return _run_sqlite(sql, parameters)


def list_of(ids: Collection[int]) -> object:
    """Return ids as the parameter that `IN_LIST` takes."""
    return list(ids) if is_postgresql() else json.dumps(list(ids))


def read_id(value: str) -> str:
    """Return the text of a UUID with its hyphens, which SQLite stores without."""
    return value if len(value) == 36 else str(UUID(hex=value))


def _run_postgresql(sql: str, parameters: dict[str, Any]) -> list[Row]:
    raw = cast("psycopg.Connection[Row]", connection.connection)
    # The plain cursor binds on the server, which preparing needs.
    with psycopg.Cursor(raw) as cursor:
        cursor.execute(sql.encode(), parameters, prepare=True)
        return cursor.fetchall() if cursor.description else []


def _run_sqlite(sql: str, parameters: dict[str, Any]) -> list[Row]:
    text, needs_now = _to_sqlite_names(sql)
    values = {name: _to_sqlite(value) for name, value in parameters.items()}
    if needs_now:
        values["now"] = _to_sqlite(timezone.now())
    cursor = connection.connection.execute(text, values)
    return cast("list[Row]", cursor.fetchall())


@lru_cache(maxsize=64)
def _to_sqlite_names(sql: str) -> tuple[str, bool]:
    return _NAMED.sub(r":\1", sql).replace("%%", "%"), "%(now)s" in sql


def _to_sqlite(value: Any) -> Any:
    if value is None or type(value) in _PLAIN:
        return value
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return value
