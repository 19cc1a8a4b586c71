"""The ORM's statements on the busiest paths, written once instead of each time.

Django spends up to half a millisecond on writing one statement, which is several times
what the database takes to run it. Here a queryset is written once with sample values;
later runs put other values in their places. Rows become the same model instances.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import connection, models
from django.db.models.query import get_related_populators

M = TypeVar("M", bound=models.Model)


class Prepared(Generic[M]):
    """A queryset of model instances that is written once for each kind of database.

    Args:
        build: Makes the queryset from keyword arguments, which may be texts, UUIDs
            and times; each must be a parameter of the statement as it is, not inside
            of a list or a pattern, and must not decide what the statement looks like.
        samples: A value for each, different from each other and from anything that
            is constant in the statement.
    """

    def __init__(
        self, build: Callable[..., models.QuerySet[M]], **samples: str | UUID | datetime
    ) -> None:
        self._build = build
        self._samples = samples
        self._written: dict[str, tuple[Any, str, list[tuple[str, Any]]]] = {}

    def run(self, **values: str | UUID | datetime) -> list[M]:
        """Return the rows for these values, as ``list(build(**values))`` would."""
        written = self._written.get(connection.vendor)
        if written is None:
            written = self._written[connection.vendor] = self._write()
        writer, statement, places = written
        adapted = {name: adapt(value) for name, value in values.items()}
        parameters = tuple(
            adapted[name] if name else constant for name, constant in places
        )
        compiler = copy.copy(writer)
        compiler.connection = connection
        compiler.as_sql = lambda *_, **__: (statement, parameters)
        return list(_build_instances(compiler))

    def _write(self) -> tuple[Any, str, list[tuple[str, Any]]]:
        query = self._build(**self._samples).query
        compiler: Any = query.get_compiler(connection=connection)
        statement, parameters = compiler.as_sql()
        names = {adapt(value): name for name, value in self._samples.items()}
        places = [
            (names.get(each, "") if _is_plain(each) else "", each)
            for each in parameters
        ]
        if {name for name, _ in places} - {""} != set(self._samples):
            raise ValueError("A value is not a parameter of the statement as it is.")
        return compiler, statement, places


def insert_row(row: models.Model) -> None:
    """Insert a new row in one statement, as ``save(force_insert=True)`` does.

    It sends no signals, and what the database itself would fill in stays unknown.
    """
    model = type(row)
    statement, columns = _write_insert(model, connection.vendor)
    if connection.vendor == "postgresql":
        values = [
            json.dumps(getattr(row, name)) if is_json else getattr(row, name)
            for name, is_json, _ in columns
        ]
    else:
        values = [
            field.get_db_prep_save(getattr(row, name), connection)
            for name, _, field in columns
        ]
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@cache
def _write_insert(
    model: type[models.Model], vendor: str
) -> tuple[str, list[tuple[str, bool, Any]]]:
    quote = connection.ops.quote_name
    fields: list[Any] = [
        field for field in model._meta.concrete_fields if not field.primary_key
    ]
    key = model._meta.pk
    if not isinstance(key, models.AutoField):
        fields.insert(0, key)
    casts = {"JSONField": "::jsonb", "GenericIPAddressField": "::inet"}
    places = [
        "%s" + casts.get(field.get_internal_type(), "")
        if vendor == "postgresql"
        else "%s"
        for field in fields
    ]
    names = ", ".join(quote(field.column) for field in fields)
    statement = (
        f"INSERT INTO {quote(model._meta.db_table)} ({names}) "  # noqa: S608  # names of ours
        f"VALUES ({', '.join(places)})"
    )
    columns = [
        (field.attname, isinstance(field, models.JSONField), field) for field in fields
    ]
    return statement, columns


def _build_instances(compiler: Any) -> Any:
    # As django.db.models.query.ModelIterable, without a queryset to prefetch for.
    results = compiler.execute_sql()
    described = compiler.klass_info
    model, selected = described["model"], described["select_fields"]
    first, last = selected[0], selected[-1] + 1
    names = [field[0].target.attname for field in compiler.select[first:last]]
    populators: Any = get_related_populators  # the stubs are of a newer Django
    related = populators(described, compiler.select, connection.alias)
    for row in compiler.results_iter(results):
        instance = model.from_db(connection.alias, names, row[first:last])
        for populator in related:
            populator.populate(row, instance)
        yield instance


def adapt(value: str | UUID | datetime) -> Any:
    """Return a value as the database's driver takes it in a statement of our own.

    SQLite stores UUIDs as texts of 32 hexadecimal digits, and times as texts.
    """
    if isinstance(value, UUID):
        return value if connection.features.has_native_uuid_field else value.hex
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return value


def _is_plain(parameter: object) -> bool:
    return isinstance(parameter, str | UUID | datetime)
