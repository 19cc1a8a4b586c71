"""Rows written by statements of our own, one row or very many at a time.

As the ORM would write them, for the busiest paths: it takes longer to write a
statement than the database to run it. Nothing here sends signals or fills in fields
that a save would set, such as `auto_now`; keys that the database makes stay unknown.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections, models

from integrations_project.lib.prepared import PLACE

#: What SQLite takes as it is.
_PLAIN = (str, int, float, type(None))
_CASTS = {"JSONField": "::jsonb", "GenericIPAddressField": "::inet"}


def insert_row(row: models.Model) -> None:
    """Insert a new row in one statement, as ``save(force_insert=True)`` does."""
    insert_rows([row])


def insert_rows(
    rows: Sequence[models.Model],
    *,
    unique: tuple[str, ...] = (),
    update: tuple[str, ...] = (),
) -> None:
    """Insert new rows of one model.

    Args:
        rows: Rows; none is nothing to do.
        unique: The fields of a constraint; a row that has the same in these already
            is updated instead.
        update: Which of its fields are.
    """
    if rows:
        statement, fields = _write_insert(type(rows[0]), _vendor(), unique, update)
        _execute(statement, [_list_values(row, fields) for row in rows])
        for row in rows:
            row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


def update_rows(rows: Sequence[models.Model], *names: str) -> None:
    """Store these fields of rows of one model, as ``save(update_fields=names)``."""
    if rows:
        statement, fields = _write_update(type(rows[0]), _vendor(), names)
        _execute(statement, [_list_values(row, fields) for row in rows])


def delete_rows(rows: Sequence[models.Model], *names: str) -> None:
    """Delete rows of one model by the values of some fields; nothing may refer to them.

    Args:
        rows: Rows; none is nothing to do.
        names: Fields that together tell one row from every other.
    """
    if rows:
        statement, fields = _write_delete(type(rows[0]), _vendor(), names)
        _execute(statement, [_list_values(row, fields) for row in rows])


_Column = tuple[str, Callable[[Any], Any]]  # an attribute, and what makes a parameter


def _execute(statement: str, rows: list[list[Any]]) -> None:
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        if len(rows) == 1:
            cursor.execute(statement, rows[0])
        else:
            cursor.executemany(statement, rows)


def _vendor() -> str:
    return connections[DEFAULT_DB_ALIAS].vendor


def _list_values(row: models.Model, fields: list[_Column]) -> list[Any]:
    return [write(getattr(row, name)) for name, write in fields]


@cache
def _write_insert(
    model: type[models.Model],
    vendor: str,
    unique: tuple[str, ...],
    update: tuple[str, ...],
) -> tuple[str, list[_Column]]:
    fields = [each for each in model._meta.concrete_fields if not each.primary_key]
    key = model._meta.pk
    if not isinstance(key, models.AutoField):
        fields.insert(0, key)
    statement = (
        f"INSERT INTO {_table(model)} ({', '.join(map(_name, fields))}) "  # noqa: S608  # names of ours
        f"VALUES ({', '.join(_place(each, vendor) for each in fields)})"
    )
    if unique:
        keys = ", ".join(_name(_get(model, each)) for each in unique)
        names = [_name(_get(model, each)) for each in update]
        changes = ", ".join(f"{name} = excluded.{name}" for name in names)
        statement += f" ON CONFLICT ({keys}) DO UPDATE SET {changes}"
    return statement, [_column(each, vendor) for each in fields]


@cache
def _write_update(
    model: type[models.Model], vendor: str, names: tuple[str, ...]
) -> tuple[str, list[_Column]]:
    fields = [_get(model, name) for name in names]
    changes = ", ".join(f"{_name(each)} = {_place(each, vendor)}" for each in fields)
    key = model._meta.pk
    statement = f"UPDATE {_table(model)} SET {changes} WHERE {_name(key)} = %s"  # noqa: S608  # names of ours
    return statement, [_column(each, vendor) for each in (*fields, key)]


@cache
def _write_delete(
    model: type[models.Model], vendor: str, names: tuple[str, ...]
) -> tuple[str, list[_Column]]:
    fields = [_get(model, name) for name in names]
    condition = " AND ".join(f"{_name(each)} = {PLACE}" for each in fields)
    statement = f"DELETE FROM {_table(model)} WHERE {condition}"  # noqa: S608  # names of ours
    return statement, [_column(each, vendor) for each in fields]


def _get(model: type[models.Model], name: str) -> Any:
    return model._meta.get_field(name)


def _table(model: type[models.Model]) -> str:
    return connections[DEFAULT_DB_ALIAS].ops.quote_name(model._meta.db_table)


def _name(field: Any) -> str:
    name: str = connections[DEFAULT_DB_ALIAS].ops.quote_name(field.column)
    return name


def _place(field: Any, vendor: str) -> str:
    cast = _CASTS.get(field.get_internal_type(), "") if vendor == "postgresql" else ""
    return PLACE + cast


def _column(field: Any, vendor: str) -> _Column:
    if isinstance(field, models.JSONField):
        return field.attname, _dump
    if vendor == "postgresql":
        return field.attname, _keep

    def write(value: Any) -> Any:
        # As `field.get_db_prep_save`, with the common ones told apart at once.
        if isinstance(value, UUID):
            return value.hex
        if isinstance(value, _PLAIN) and not isinstance(
            field, models.GenericIPAddressField | models.DecimalField
        ):
            return value
        database = connections[DEFAULT_DB_ALIAS]
        if isinstance(value, datetime):
            return database.ops.adapt_datetimefield_value(value)
        return field.get_db_prep_save(value, database)

    return field.attname, write


def _keep(value: Any) -> Any:
    return value


def _dump(value: Any) -> str | None:
    return None if value is None else json.dumps(value)
