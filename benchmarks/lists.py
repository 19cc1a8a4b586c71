"""How long the server takes for each page with a million deliveries.

    .venv/bin/python -m benchmarks.lists [deliveries]

Writes the same long history (`benchmarks.history`) into an SQLite file and into
PostgreSQL (`TEST_DATABASE_URL`, or a private server), asks for the lists with every
filter and for the pages that touch deliveries, through Django without a socket, and
prints the best of five and the statements. Writes `benchmarks/results/lists.txt`.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from benchmarks.deliver import environment
from tests.postgres import create_database, drop_database, private_server

RESULTS = Path(__file__).parent / "results" / "lists.txt"
COUNT = 1_000_000
GOAL_MS = 60
ROUNDS = 5


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    if len(sys.argv) > 2:
        measure(count)
        return
    heading = (
        f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores, {count:,} deliveries"
    )
    text = f"{heading}, goal {GOAL_MS} ms\n"
    with ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory())
        server = os.environ.get("TEST_DATABASE_URL", "")
        server = server or stack.enter_context(private_server()).url()
        name = f"benchmark_{secrets.token_hex(4)}"
        postgresql = create_database(server, name)
        stack.callback(drop_database, server, name)
        for url in (f"sqlite:///{directory}/db.sqlite3", postgresql):
            text += run(url, count)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(text)


def run(database_url: str, count: int) -> str:
    """Measure on one database, in a process of its own; returns what it printed."""
    variables = os.environ | environment(database_url)
    variables["DJANGO_SETTINGS_MODULE"] = "integrations_project.settings"
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "-v0"], check=True, env=variables
    )
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.lists", str(count), "measure"],
        check=True, stdout=subprocess.PIPE, text=True, env=variables,
    )  # fmt: skip
    print(done.stdout, flush=True)
    return done.stdout


def measure(count: int) -> None:
    """Write the history and print a line for each page."""
    import django  # needs the environment from above

    django.setup()
    from benchmarks import list_pages  # needs Django

    list_pages.measure(count, rounds=ROUNDS, goal_ms=GOAL_MS)


if __name__ == "__main__":
    main()
