"""What the database holds, and which statements write to it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import connection, transaction

#: Tables that a mere visit may write: sessions, and counts of visits and failures.
VISITS = ("django_session", "axes_", "accounts_requestcount")
#: Columns that reading may write.
TOUCHED = ("last_used_at", "last_login")
WRITES = re.compile(r'\s*(INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)"?', re.IGNORECASE)


def take_snapshot() -> dict[str, list[Any]]:
    """Return every row of ours, without the columns that reading may write."""
    return {
        model._meta.label: sorted(map(repr, _rows(model)))
        for model in apps.get_models(include_auto_created=True)
        if not model._meta.db_table.startswith(VISITS)
    }


def _rows(model: Any) -> Any:
    columns = [
        field.attname
        for field in model._meta.concrete_fields
        if field.attname not in TOUCHED
    ]
    return model._base_manager.values_list(*columns)


def list_differences(before: dict[str, list[Any]]) -> list[str]:
    """Return the rows that came, went or changed since."""
    after = take_snapshot()
    return [
        f"{label}: {sign} {row:.200}"
        for label in before
        for sign, rows, others in (
            ("-", before[label], set(after[label])),
            ("+", after[label], set(before[label])),
        )
        for row in rows
        if row not in others
    ]


@contextmanager
def record_writes() -> Iterator[list[str]]:
    """Collect the statements that write something which a visit may not."""
    writes: list[str] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        found = WRITES.match(sql)
        is_visit = found and found[2].startswith(VISITS)
        is_touch = found and any(f'"{name}" =' in sql for name in TOUCHED)
        if found and not is_visit and not is_touch:
            writes.append(sql[:200])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield writes


@contextmanager
def undone() -> Iterator[None]:
    """Take back whatever is written inside."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
