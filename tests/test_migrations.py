from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import RunPython, RunSQL
from django.db.migrations.operations.special import SeparateDatabaseAndState

ROOT = Path(__file__).resolve().parent.parent
OWN_APPS = {
    config.label
    for config in apps.get_app_configs()
    if Path(config.path).parent == ROOT
}
MIGRATIONS = sorted(
    (
        migration
        for (label, _), migration in MigrationLoader(None).disk_migrations.items()
        if label in OWN_APPS
    ),
    key=lambda migration: (migration.app_label, migration.name),
)
migrations = pytest.mark.parametrize(
    "migration", [pytest.param(each, id=str(each)) for each in MIGRATIONS]
)


def operations(migration):
    for operation in migration.operations:
        if isinstance(operation, SeparateDatabaseAndState):
            yield from operation.database_operations
        else:
            yield operation


@pytest.mark.django_db
def test_models_have_their_migrations(capsys):
    with suppress(SystemExit):
        call_command("makemigrations", "--check", "--dry-run", *sorted(OWN_APPS))
    assert "No changes detected" in capsys.readouterr().out


@migrations
def test_name_says_the_effect(migration):
    assert re.fullmatch(r"\d{4}_[a-z0-9_]+", migration.name)
    assert "_auto_" not in migration.name


@migrations
def test_number_is_next_in_line(migration):
    numbers = [
        int(each.name[:4])
        for each in MIGRATIONS
        if each.app_label == migration.app_label
    ]
    assert numbers == list(range(1, len(numbers) + 1))


@migrations
def test_can_be_reversed(migration):
    assert all(operation.reversible for operation in operations(migration))


@migrations
def test_data_and_schema_apart(migration):
    kinds = {
        isinstance(operation, RunPython | RunSQL) for operation in operations(migration)
    }
    assert len(kinds) <= 1


@pytest.mark.django_db(transaction=True)
def test_needs_no_database_extension():
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT extname FROM pg_extension")
        assert {name for (name,) in cursor.fetchall()} == {"plpgsql"}
