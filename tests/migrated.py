"""A database that was migrated once; the databases of tests are copies of it.

Migrating takes longer than most files of tests, so one of the processes of a run does
it and the others wait. `tests.run` lets all of its passes share what they made.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import setup_databases, teardown_databases

from tests.postgres import create_database, drop_database

if TYPE_CHECKING:
    from collections.abc import Iterator

MANAGE = Path(__file__).resolve().parent.parent / "manage.py"


def copy_migrated(name: str) -> str:
    """Make a database of this name, or at this path, that has all tables; its URL."""
    server = os.environ["DATABASE_URL"]
    with _alone() as directory:
        source = _find_or_migrate(server, directory)
        if server.startswith("sqlite"):
            shutil.copy(source.removeprefix("sqlite:///"), name)
            return f"sqlite:///{name}"
        drop_database(server, name)
        return create_database(server, name, template=source)


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_blocker: Any,
    django_db_modify_db_settings: None,
) -> Iterator[None]:
    """Let the tests of this process use a copy, instead of migrating one more."""
    name = connection.creation._get_test_db_name()  # type: ignore[attr-defined]  # no API
    copy_migrated(name)
    with django_db_blocker.unblock():
        before = setup_databases(verbosity=0, interactive=False, keepdb=True)
    yield
    with django_db_blocker.unblock():
        teardown_databases(before, verbosity=0)


@contextmanager
def _alone() -> Iterator[Path]:
    """Keep the other processes of the run waiting; give the directory they share."""
    directory = Path(os.environ["TEST_MIGRATED"])
    with (directory / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield directory


def _find_or_migrate(server: str, directory: Path) -> str:
    """Return the URL of the migrated database of this server."""
    note = directory / server.partition(":")[0]
    if not note.exists():
        name = f"migrated_{uuid.uuid4().hex}"
        is_file = server.startswith("sqlite")
        url = (
            f"sqlite:///{directory / name}"
            if is_file
            else create_database(server, name)
        )
        _migrate(url)
        note.write_text(url)
    return note.read_text()


def _migrate(url: str) -> None:
    done = subprocess.run(
        [sys.executable, MANAGE, "migrate", "--verbosity=0"],
        env=os.environ | {"DATABASE_URL": url}, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"The migrations failed: {done.stdout}{done.stderr}"
