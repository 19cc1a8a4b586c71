"""A Redis of Debian's for a benchmark: its own port and directory, nothing kept."""

from __future__ import annotations

import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.load import wait_until_open
from tests.lifeline import end_with_parent
from tests.processes import free_port

MISSING = (
    "Celery was left out, because there is no redis-server: "
    "sudo apt-get install redis-server"
)


@contextmanager
def running_redis() -> Iterator[str]:
    """Yield the address of a new server; empty when the program is missing."""
    program = shutil.which("redis-server")
    if program is None:
        yield ""
        return
    port = free_port()
    with tempfile.TemporaryDirectory() as directory:
        process = subprocess.Popen(
            [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", directory,
             "--save", "", "--appendonly", "no", "--logfile", "redis.log"],
            cwd=directory, preexec_fn=end_with_parent(signal.SIGTERM),
        )  # fmt: skip
        try:
            wait_until_open(port)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()
            process.wait(timeout=10)
