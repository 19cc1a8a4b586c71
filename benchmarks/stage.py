"""A database of its own for each measurement, and a process for each run.

Migrated once and copied then. PostgreSQL keeps fsync on: `TEST_DATABASE_URL`, or a
private server.
"""

from __future__ import annotations

import atexit
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet

from tests.lifeline import end_with_parent
from tests.postgres import create_database, drop_database, private_server

DATABASES = ("PostgreSQL", "SQLite")
READY = "ready\n"


@contextmanager
def server() -> Iterator[str]:
    """Yield the address of a PostgreSQL server that keeps what it commits."""
    given = os.environ.get("TEST_DATABASE_URL", "")
    if given:
        yield given
        return
    with private_server(durable=True) as private:
        yield private.url()


@contextmanager
def database(kind: str, server_url: str) -> Iterator[dict[str, str]]:
    """Yield the environment of processes that use a new, migrated database."""
    with tempfile.TemporaryDirectory() as directory:
        if kind == "SQLite":
            path = Path(directory) / "db.sqlite3"
            shutil.copy(_sqlite_template(), path)
            yield os.environ | environment(f"sqlite:///{path}")
            return
        name = _new_name()
        template = _postgresql_template(server_url)
        url = create_database(server_url, name, template=template)
        try:
            yield os.environ | environment(url)
        finally:
            drop_database(server_url, name)


@cache
def _postgresql_template(server_url: str) -> str:
    name = _new_name()
    url = create_database(server_url, name)
    if server_url == os.environ.get("TEST_DATABASE_URL"):
        atexit.register(drop_database, server_url, name)
    _migrate(url)
    return url


@cache
def _sqlite_template() -> Path:
    directory = tempfile.TemporaryDirectory()
    atexit.register(directory.cleanup)
    path = Path(directory.name) / "db.sqlite3"
    _migrate(f"sqlite:///{path}")
    return path


def _migrate(url: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "-v0"],
        env=os.environ | environment(url), check=True,
    )  # fmt: skip


def _new_name() -> str:
    return f"benchmark_{secrets.token_hex(4)}"


def environment(database_url: str) -> dict[str, str]:
    """Return the settings that the product needs to run beside us."""
    return {
        "DATABASE_URL": database_url,
        "DJANGO_SETTINGS_MODULE": "benchmarks.settings",
        "SECRET_KEY": secrets.token_hex(32),
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "DELIVERY_ALLOW_HTTP": "1",
        "DELIVERY_ALLOWED_NETWORKS": "127.0.0.0/8",
        "BROKER_URL": "",
        "DEBUG": "0",
    }


def start(
    variables: dict[str, str], module: str, *arguments: object
) -> subprocess.Popen[str]:
    """Start `benchmarks.<module>` with arguments; its last line is its result."""
    return subprocess.Popen(
        [sys.executable, "-m", f"benchmarks.{module}", *map(str, arguments)],
        env=variables, stdout=subprocess.PIPE, text=True,
        preexec_fn=end_with_parent(signal.SIGKILL),
    )  # fmt: skip


def prepare(
    variables: dict[str, str], module: str, *arguments: object
) -> subprocess.Popen[str]:
    """Start a run that calls `wait_for_others`; returns when it waits."""
    process = subprocess.Popen(
        [sys.executable, "-m", f"benchmarks.{module}", *map(str, arguments)],
        env=variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        preexec_fn=end_with_parent(signal.SIGKILL),
    )  # fmt: skip
    assert process.stdout is not None
    if process.stdout.readline() != READY:
        raise RuntimeError(f"A run did not become ready: {process.args!r}")
    return process


def begin(*processes: subprocess.Popen[str]) -> float:
    """Let prepared runs begin together; returns when that was."""
    for process in processes:
        assert process.stdin is not None
        process.stdin.close()
        process.stdin = None
    return time.time()


def wait_for_others() -> None:
    """In a run: say that it is ready, and return when all others are."""
    print(READY, end="", flush=True)
    sys.stdin.readline()


def read(process: subprocess.Popen[str], *, seconds: float = 300) -> dict[str, Any]:
    """Wait for a started process and return its figures."""
    try:
        output, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    if process.returncode:
        message = f"A run ended with {process.returncode}: {process.args!r}"
        raise RuntimeError(message)
    figures: dict[str, Any] = json.loads(output.splitlines()[-1])
    return figures


def run(variables: dict[str, str], module: str, *arguments: object) -> dict[str, Any]:
    """Run `benchmarks.<module>` to its end and return its figures."""
    return read(start(variables, module, *arguments))
