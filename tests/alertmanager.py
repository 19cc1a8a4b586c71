"""A real Prometheus Alertmanager, with a configuration and a directory of its own.

`make test` installs Debian's package; the service in it is not used. Alerts are posted
by `amtool`, which comes with it.
"""

from __future__ import annotations

import json
import signal
import subprocess
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import requests

from tests.lifeline import end_with_parent
from tests.processes import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

START_SECONDS = 30
STOP_SECONDS = 10
#: Short, so that a test need not wait as people's pagers do.
WAITS = {"group_wait": "200ms", "group_interval": "1s", "repeat_interval": "1h"}


@dataclass(eq=False)
class Alertmanager:
    """One that posts its groups to `urls`: `start()`, `fire()`, `resolve()`."""

    directory: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.directory / "log"

    def start(self, *urls: str, **waits: str) -> None:
        """Start it with a receiver that posts to these addresses, and wait for it."""
        hooks = [{"url": url, "send_resolved": True} for url in urls]
        config = {
            "route": {"receiver": "signalpost", "group_by": ["alertname"]}
            | WAITS
            | waits,
            "receivers": [{"name": "signalpost", "webhook_configs": hooks}],
        }
        # What is JSON is YAML as well.
        path = self.directory / "alertmanager.yml"
        path.write_text(json.dumps(config))
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                ["prometheus-alertmanager", f"--config.file={path}",
                 f"--storage.path={self.directory / 'data'}",
                 f"--web.listen-address=127.0.0.1:{self.port}",
                 "--cluster.listen-address="],
                cwd=self.directory, stdin=subprocess.DEVNULL, stdout=output,
                stderr=output, preexec_fn=end_with_parent(signal.SIGTERM),
            )  # fmt: skip
        self._wait_until_ready()

    def fire(self, name: str, *labels: str, summary: str = "") -> None:
        """Post an alert that starts now, labels as `name=value`."""
        self._add(name, *labels, f"--annotation=summary={summary}")

    def resolve(self, name: str, *labels: str, summary: str = "") -> None:
        """Say of an alert with these very labels that it has ended."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        self._add(name, *labels, f"--annotation=summary={summary}", f"--end={now}")

    def list_firing(self) -> list[Any]:
        """Return the alerts that it holds for active, as its API shows them."""
        response = requests.get(f"{self.url}/api/v2/alerts", timeout=10)
        alerts: list[Any] = response.json()
        return alerts

    def stop(self) -> None:
        """End it; nothing of it stays."""
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _add(self, *arguments: str) -> None:
        done = subprocess.run(
            ["amtool", "alert", "add", *arguments, f"--alertmanager.url={self.url}"],
            capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._is_alive():
            try:
                if requests.get(f"{self.url}/-/ready", timeout=2).ok:
                    return
            except requests.ConnectionError:
                time.sleep(0.05)
        pytest.fail(f"Alertmanager did not start:\n{self.log.read_text()[-2000:]}")

    def _is_alive(self) -> bool:
        return self.process is not None and self.process.poll() is None


@pytest.fixture
def alertmanager(tmp_path: Path) -> Iterator[Alertmanager]:
    """An Alertmanager that is not started yet."""
    directory = tmp_path / "alertmanager"
    directory.mkdir()
    each = Alertmanager(directory)
    yield each
    each.stop()
