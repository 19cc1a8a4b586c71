"""Memory of the whole product, at rest and with a thousand requests on their way.

    .venv/bin/python -m benchmarks.memory

The sum of the proportional set sizes (PSS) of all processes that `serve` started, on
both databases; PostgreSQL's own processes are not counted. The endpoint answers after
20 seconds, and counts how many wait at the same time.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import psutil
import requests

from benchmarks import stage
from benchmarks.report import Figure, report
from benchmarks.sink import running_sink
from tests.processes import Product

REST_SECONDS = 8
IN_FLIGHT = 1_000
MEGABYTE = 1_000_000
GOAL_REST, GOAL_BUSY = 350, 450


def main() -> None:
    figures = []
    with stage.server() as server_url:
        for kind in stage.DATABASES:
            with stage.database(kind, server_url) as variables:
                rest, busy, waiting = measure(variables)
            figures += [
                Figure(
                    f"Memory (PSS) of the product at rest, {kind}",
                    f"{rest:.0f} MB",
                    f"≤ {GOAL_REST} MB",
                    rest <= GOAL_REST,
                ),
                Figure(
                    f"the same with {waiting:,} requests on their way",
                    f"{busy:.0f} MB",
                    f"≤ {GOAL_BUSY} MB",
                    busy <= GOAL_BUSY and waiting >= IN_FLIGHT,
                ),
            ]
    report("memory", figures)


def measure(variables: dict[str, str]) -> tuple[float, float, int]:
    """Return megabytes at rest and when busy, and how many requests were on the way."""
    settings = {
        key: value
        for key, value in variables.items()
        if os.environ.get(key) != value and key != "DJANGO_SETTINGS_MODULE"
    }
    with tempfile.TemporaryDirectory() as directory, running_sink() as sink_url:
        product = Product(Path(directory), variables["DATABASE_URL"], settings)
        try:
            product.manage("bootstrap")
            product.start()
            time.sleep(REST_SECONDS)
            rest = measure_memory(product)
            slow = f"{sink_url}after/20000/"
            stage.run(variables, "runs", "few_slots", slow, 1500, 60)
            busy = 0.0
            deadline = time.monotonic() + 18
            while time.monotonic() < deadline:
                busy = max(busy, measure_memory(product))
                time.sleep(0.5)
            seen = requests.get(f"{sink_url}seen", timeout=10).json()
        finally:
            product.stop()
    return rest, busy, seen["most_waiting"]


def measure_memory(product: Product) -> float:
    """Return the megabytes of all processes of the product."""
    total = 0
    for process in product.processes():
        try:
            total += process.memory_full_info().pss
        except psutil.NoSuchProcess:
            continue
    return total / MEGABYTE


if __name__ == "__main__":
    main()
