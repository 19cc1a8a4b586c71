"""The product as real processes: its own port, database, directory and environment.

A test asks for `product` (started and ready) or `make_product` (not started), finds
processes by role, and may kill what it likes: everything is ended afterwards.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest
import requests

from tests.lifeline import end_with_parent
from tests.migrated import copy_migrated
from tests.postgres import create_database, drop_database

if TYPE_CHECKING:
    from collections.abc import Iterator

MANAGE = Path(__file__).resolve().parent.parent / "manage.py"
START_SECONDS = 60
STOP_SECONDS = 15
#: The first that fits a title is the role, see `role_of`.
TITLES = (
    (r"qcluster \S+ pusher", "pusher"),
    (r"qcluster \S+ monitor", "monitor"),
    (r"qcluster \S+ idle", "idle worker"),
    (r"qcluster \S+ processing", "busy worker"),
    (r"manage\.py serve", "supervisor"),
    (r"qcluster", "cluster"),
    (r"granian", "web"),
    (r"lookout", "lookout"),
)
ROLES = {role for _, role in TITLES} | {"sentinel", "web worker"}


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def role_of(process: psutil.Process) -> str:
    """Tell what a process of the product does, by its title and its parent's.

    django-q2 titles its children; the sentinel keeps the title of its parent.
    """
    title = " ".join(process.cmdline())
    role = next((role for text, role in TITLES if re.search(text, title)), "other")
    parent = process.parent()
    parent_title = " ".join(parent.cmdline()) if parent else ""
    if role == "cluster" and "qcluster" in parent_title:
        return "sentinel"
    if role == "web" and "granian" in parent_title:
        return "web worker"
    return role


@dataclass(eq=False)
class Product:
    """One installation of the product and the processes that belong to it."""

    directory: Path
    database_url: str
    settings: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """What all of its processes printed."""
        return self.directory / "log"

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {
            "DATABASE_URL": self.database_url,
            "PORT": str(self.port),
            "SITE_URL": self.url,
            "CSRF_TRUSTED_ORIGINS": self.url,
            "ADMIN_EMAIL": "admin@example.com",
            "ADMIN_PASSWORD": "correct horse battery",
            "EMAIL_URL": "consolemail://",
            "PYTHONUNBUFFERED": "1",
        } | self.settings  # fmt: skip

    def manage(self, *arguments: str, stdin: str = "") -> str:
        """Run a management command to its end and return what it printed."""
        done = subprocess.run(
            [sys.executable, MANAGE, *arguments],
            cwd=self.directory, env=self.environment, input=stdin,
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
        return done.stdout

    def start(self, *command: str, wait: bool = True) -> None:
        """Start `serve`, or another command, and wait until it is ready."""
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, MANAGE, *(command or ("serve",))],
                cwd=self.directory, env=self.environment,
                stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True, preexec_fn=end_with_parent(signal.SIGTERM),
            )  # fmt: skip
        if wait and not command:
            self.wait_until_ready()

    def is_ready(self) -> bool:
        """Ask `/readyz`."""
        try:
            return requests.get(f"{self.url}/readyz", timeout=2).ok
        except requests.RequestException:
            return False

    def wait_until_ready(self, seconds: float = START_SECONDS) -> None:
        """Wait until web and workers say that they are ready."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.is_ready():
                return
            if self.process and self.process.poll() is not None:
                break
            time.sleep(0.25)
        pytest.fail(f"The product was not ready in {seconds} s:\n{self.output()}")

    def output(self, characters: int = 4000) -> str:
        """Return the end of the log."""
        return self.log.read_text(errors="replace")[-characters:]

    def processes(self) -> list[psutil.Process]:
        """Return all that live, also those whose parents are gone."""
        return [each for each in psutil.process_iter() if self._owns(each)]

    def find(self, role: str) -> list[psutil.Process]:
        """Return the processes of one role, oldest first."""
        assert role in ROLES
        found = []
        for each in self.processes():
            with suppress(psutil.NoSuchProcess):
                if role_of(each) == role:
                    found.append((each.create_time(), each.pid, each))
        return [each for _, _, each in sorted(found)]

    def wait_until_gone(self, seconds: float) -> None:
        """Fail unless every process ends by itself in this time."""
        deadline = time.monotonic() + seconds
        while left := self.processes():
            assert time.monotonic() < deadline, f"Still there: {left}\n{self.output()}"
            if self.process:
                self.process.poll()
            time.sleep(0.1)

    def terminate(self) -> int:
        """Send SIGTERM to what was started and return its exit status."""
        assert self.process
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=STOP_SECONDS)

    def stop(self) -> None:
        """End everything, politely first."""
        if self.process and self.process.poll() is None:
            with suppress(subprocess.TimeoutExpired):
                self.terminate()
        for _ in range(20):
            left = self.processes()
            for each in left:
                with suppress(psutil.NoSuchProcess):
                    each.kill()
            if self.process:
                self.process.poll()
            if not left:
                return
            time.sleep(0.1)

    def _owns(self, process: psutil.Process) -> bool:
        """Every process of ours runs in our directory or writes to our log.

        The environment would tell as well, but titles are written over it.
        """
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                return False
            links = [Path(f"/proc/{process.pid}/{name}") for name in ("cwd", "fd/1")]
            ours = {str(self.directory), str(self.log)}
            return any(str(link.readlink()) in ours for link in links)
        except (psutil.Error, OSError):
            return False


@pytest.fixture(scope="session")
def database_template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a migrated database with its first administrator."""
    server = os.environ["DATABASE_URL"]
    directory = tmp_path_factory.mktemp("template")
    name = f"template_{uuid.uuid4().hex}"
    is_file = server.startswith("sqlite")
    url = copy_migrated(str(directory / "db") if is_file else name)
    Product(directory, url).manage("bootstrap")
    yield url
    if not is_file:
        drop_database(server, name)


@contextmanager
def make_products(place: Path, template: str) -> Iterator[Any]:
    """Make products with a database of their own; settings by name, not started."""
    made: list[Product] = []
    server = os.environ["DATABASE_URL"]

    def make(**settings: str) -> Product:
        name = f"product_{uuid.uuid4().hex}"
        directory = place / name
        directory.mkdir()
        if template.startswith("sqlite"):
            source = template.removeprefix("sqlite:///")
            shutil.copy(source, directory / "db.sqlite3")
            url = f"sqlite:///{directory / 'db.sqlite3'}"
        else:
            url = create_database(server, name, template=template)
        made.append(Product(directory, url, settings))
        return made[-1]

    yield make
    for product in made:
        product.stop()
        if not product.database_url.startswith("sqlite"):
            drop_database(server, product.directory.name)


@pytest.fixture
def make_product(tmp_path: Path, database_template: str) -> Iterator[Any]:
    """Make products; see `make_products`."""
    with make_products(tmp_path, database_template) as make:
        yield make


@pytest.fixture
def product(make_product: Any) -> Product:
    """The product, started by `serve` and ready."""
    started: Product = make_product()
    started.start()
    return started
