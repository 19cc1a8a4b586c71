"""The ORM's statements on the busiest paths, written once instead of each time.

Django spends up to half a millisecond on writing one statement, which is several times
what the database takes to run it. Here a queryset is written once with sample values;
later runs put other values in their places. Rows become the same model instances.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models.query import get_related_populators

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

M = TypeVar("M", bound=models.Model)
Plain: TypeAlias = str | UUID | datetime
PLACE = "%s"


class Prepared(Generic[M]):
    """A queryset of model instances that is written once for each kind of database.

    Args:
        build: Makes the queryset from keyword arguments, which may be texts, UUIDs
            and times, or lists of them for ``field__in``; each must be a parameter of
            the statement as it is, not inside of a pattern, and must not decide what
            the statement looks like.
        samples: A value for each, different from each other and from anything that
            is constant in the statement; for a list a list with one value.
    """

    def __init__(
        self, build: Callable[..., models.QuerySet[M]], **samples: Plain | list[Any]
    ) -> None:
        self._build = build
        self._samples = samples
        self._written: dict[str, _Written] = {}

    def run(self, **values: Plain | Collection[Plain]) -> list[M]:
        """Return the rows for these values, as ``list(build(**values))`` would."""
        database = connections[DEFAULT_DB_ALIAS]
        written = self._written.get(database.vendor)
        if written is None:
            written = _write(self._build, self._samples, database)
            self._written[database.vendor] = written
        return _fetch(written, values, database)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """A statement, and what makes instances of its rows."""

    parts: list[str]  # around the parameters
    places: list[tuple[str, Any]]  # the name of a value, or "" and a constant
    model: type[models.Model]
    names: list[str]
    first: int
    last: int
    converters: list[tuple[int, list[Any], Any]]
    populators: list[Any]


def _write(
    build: Callable[..., models.QuerySet[Any]],
    samples: Mapping[str, Any],
    database: Any,
) -> _Written:
    query = build(**samples).query
    compiler: Any = query.get_compiler(connection=database)
    statement, parameters = compiler.as_sql()
    named = {
        adapt(value[0] if isinstance(value, list) else value): name
        for name, value in samples.items()
    }
    places = [
        (named.get(each, "") if isinstance(each, str | UUID | datetime) else "", each)
        for each in parameters
    ]
    if {name for name, _ in places} - {""} != set(samples):
        raise ValueError("A value is not a parameter of the statement as it is.")
    described = compiler.klass_info
    selected = described["select_fields"]
    first, last = selected[0], selected[-1] + 1
    columns = [each[0] for each in compiler.select[: compiler.col_count]]
    populators: Any = get_related_populators  # the stubs are of a newer Django
    return _Written(
        parts=statement.split(PLACE),
        places=places,
        model=described["model"],
        names=[each[0].target.attname for each in compiler.select[first:last]],
        first=first,
        last=last,
        converters=[
            (number, *found)
            for number, found in compiler.get_converters(columns).items()
        ],
        populators=populators(described, compiler.select, DEFAULT_DB_ALIAS),
    )


def _fetch(written: _Written, values: Mapping[str, Any], database: Any) -> list[Any]:
    statement, parameters = written.parts[0], []
    for (name, constant), after in zip(written.places, written.parts[1:], strict=True):
        value = values[name] if name else constant
        if name and not isinstance(value, str | UUID | datetime):
            if not value:
                return []  # as the ORM, which asks nothing then
            parameters += [adapt(each) for each in value]
            statement += ", ".join([PLACE] * len(value)) + after
            continue
        parameters.append(adapt(value) if name else value)
        statement += PLACE + after
    with database.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows = cursor.fetchall()
    return [_build_instance(written, list(row), database) for row in rows]


def _build_instance(written: _Written, row: list[Any], database: Any) -> Any:
    # As django.db.models.query.ModelIterable, without a queryset to prefetch for.
    for number, converters, expression in written.converters:
        value = row[number]
        for convert in converters:
            value = convert(value, expression, database)
        row[number] = value
    instance = written.model.from_db(
        DEFAULT_DB_ALIAS, written.names, row[written.first : written.last]
    )
    for populator in written.populators:
        populator.populate(row, instance)
    return instance


def adapt(value: Any) -> Any:
    """Return a value as the database's driver takes it in a statement of our own.

    SQLite stores UUIDs as texts of 32 hexadecimal digits, and times as texts.
    """
    if isinstance(value, UUID):
        database = connections[DEFAULT_DB_ALIAS]
        return value if database.features.has_native_uuid_field else value.hex
    if isinstance(value, datetime):
        return connections[DEFAULT_DB_ALIAS].ops.adapt_datetimefield_value(value)
    return value
