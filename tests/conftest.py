"""Which database the tests run on, and the fixtures they share.

`TEST_DATABASE_URL` names a server; `TEST_DATABASE=postgres` starts a private one;
otherwise it is an SQLite file, since threads and processes of the tests use it too.
"""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import socket
import tempfile
from contextlib import ExitStack
from pathlib import Path

import django
import hypothesis
import pytest
from cryptography.fernet import Fernet

from tests.postgres import (
    database_name,
    drop_database,
    private_server,
    with_database,
)
from tests.run import is_second_run

#: What the controller of a parallel run made is handed down in the environment.
is_controller = "PYTEST_XDIST_WORKER" not in os.environ
resources = ExitStack()
atexit.register(resources.close)


def set_environment() -> None:
    """Give the settings what they read, whatever the developer's own .env says."""
    directory = Path(tempfile.mkdtemp(prefix="signalpost-tests-"))
    resources.callback(shutil.rmtree, directory, ignore_errors=True)
    migrated = directory / "migrated"
    migrated.mkdir()
    database_url = os.environ.get("TEST_DATABASE_URL", "")
    if database_url:
        resources.callback(drop_migrated, migrated)
    elif os.environ.get("TEST_DATABASE") == "postgres":
        database_url = resources.enter_context(private_server()).url()
    os.environ |= {
        "TEST_DIRECTORY": str(directory),
        "TEST_MIGRATED": os.environ.get("TEST_MIGRATED", "") or str(migrated),
        "DATABASE_URL": database_url or f"sqlite:///{directory / 'db.sqlite3'}",
        "SECRET_KEY": "only-for-tests-" + "0123456789abcdef" * 3,
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "SITE_URL": "http://127.0.0.1:8000",
        "ALLOWED_HOSTS": "127.0.0.1,localhost,testserver",
        "CSRF_TRUSTED_ORIGINS": "http://127.0.0.1:8000",
        "DELIVERY_ALLOW_HTTP": "1",
        "DELIVERY_ALLOWED_NETWORKS": "127.0.0.0/8,::1/128",
        "EMAIL_URL": "memorymail://",
        "DEBUG": "0",
        "BROKER_URL": "",
        "ADMIN_EMAIL": "",
        "ADMIN_PASSWORD": "",
        "TRUSTED_PROXIES": "0",
    }


def drop_migrated(directory: Path) -> None:
    """Remove what `tests.migrated` made on somebody's server."""
    for note in directory.glob("postgres*"):
        url = note.read_text()
        drop_database(with_database(url, "postgres"), database_name(url))


if is_controller:
    set_environment()
    # A run that is told to end takes down what it started, as after Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
os.environ["DJANGO_SETTINGS_MODULE"] = "integrations_project.settings"
django.setup()

from django.conf import settings  # noqa: E402  # needs the environment from above
from django.db import connection  # noqa: E402

# Nothing is collected for tests; WhiteNoise warns of a directory that is not there.
Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)

if connection.vendor == "sqlite":
    # A file, not the usual memory: other processes must be able to open it.
    database = settings.DATABASES["default"]
    database.setdefault("TEST", {})["NAME"] = f"{database['NAME']}-test"

# Other processes share the cores, so time says nothing about an example. Properties
# are about input more than about the database: the second one gets fewer examples.
hypothesis.settings.register_profile(
    "signalpost",
    deadline=None,
    print_blob=True,
    max_examples=100 if connection.vendor == "sqlite" else 20,
)
hypothesis.settings.load_profile("signalpost")

pytest_plugins = (
    "tests.chromium",
    "tests.http_server",
    "tests.migrated",
    "tests.people",
    "tests.processes",
    "tests.alertmanager",  # after what it imports
    "tests.smtp_server",
)


def may_listen_at(port: int) -> bool:
    """Whether this user may open a port; one in use is no obstacle."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.83.0.2", port))
        except PermissionError:
            return False
        except OSError:
            return True
    return True


def missing_marks() -> dict[str, str]:
    """Return the marks of tests that cannot run here, each with the reason."""
    missing = {}
    if connection.vendor != "postgresql":
        missing["postgres"] = "the database is SQLite"
    if shutil.which("chromium") is None:
        missing["browser"] = "there is no Chromium (apt-get install chromium)"
    if shutil.which("prometheus-alertmanager") is None:
        what = "there is no Alertmanager (apt-get install prometheus-alertmanager)"
        missing["alertmanager"] = what
    if shutil.which("curl") is None:
        missing["curl"] = "there is no curl (apt-get install curl)"
    if not os.environ.get("SENDER_SAMPLES"):
        missing["samples"] = "SENDER_SAMPLES names no directory of senders' posts"
    if not may_listen_at(443):
        missing["privileged"] = "this user may not listen at port 443"
    return missing


def touches_database(item: pytest.Item) -> bool:
    """Whether a test could end otherwise on another database."""
    marks = {mark.name for mark in item.iter_markers()}
    fixtures = set(getattr(item, "fixturenames", ()))
    return bool(
        marks & {"django_db", "slow", "postgres"}
        or fixtures & {"db", "transactional_db", "django_db_setup"}
    )


def pytest_report_header() -> list[str]:
    """Say which database is used and what is left out."""
    return [
        f"database: {connection.vendor}",
        *(f"left out: {mark}, {why}" for mark, why in missing_marks().items()),
    ]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Leave out what cannot run here, and what the run on SQLite has said already."""
    marks = set(missing_marks())
    left_out = [
        item
        for item in items
        if marks & {mark.name for mark in item.iter_markers()}
        or (is_second_run and not touches_database(item))
    ]
    # What takes minutes starts first, so that no core is left alone with it.
    items.sort(key=lambda item: not item.nodeid.startswith("tests/security/"))
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


@pytest.fixture(autouse=True)
def _plain_settings(settings):
    """Keep passwords cheap and tell nothing of static files to the templates."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.AXES_ENABLED = False
