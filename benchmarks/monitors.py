"""How late the runs of 1,000 monitors begin, on both databases.

    .venv/bin/python -m benchmarks.monitors [monitors]

`qcluster` runs them, with its two workers for monitors. Each runs once a minute and
reads a page of 8 KiB that takes 200 ms; the slots lie evenly, for two minutes. Then
the same number, all due in one moment. Late is from the slot to the beginning of the
fetch.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from benchmarks import stage
from benchmarks.report import Figure, report
from benchmarks.sink import running_sink
from tests.processes import Product

COUNT = 1_000
MINUTES = 2
BEGINS_IN = 30
GOAL_SECONDS = 5.0


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    figures = []
    with stage.server() as server_url:
        for kind in stage.DATABASES:
            even = measure(kind, server_url, count, spread=60, minutes=MINUTES)
            burst = measure(kind, server_url, count, spread=0, minutes=1)
            figures += summarize(kind, count, even, burst)
    report("monitors", figures, notes=["The product's own workers."])


def measure(
    kind: str, server_url: str, count: int, *, spread: int, minutes: int
) -> dict[str, Any]:
    """Run the schedules for so many minutes; returns what was counted."""
    with running_sink() as sink_url, stage.database(kind, server_url) as variables:
        url = f"{sink_url}after/200/"
        made = stage.run(
            variables, "monitor_runs", "make", url, count, spread, BEGINS_IN
        )
        with working(variables) as product:
            time.sleep(made["begin"] - time.time() - 1)
            before = count_processor_seconds(product)
            time.sleep(60 * minutes + GOAL_SECONDS)
            seconds = count_processor_seconds(product) - before
        ends = made["begin"] + 60 * minutes - 0.001
        counted = stage.run(variables, "monitor_runs", "count", ends)
    counted["cpu"] = seconds
    counted["wanted"] = count * minutes
    return counted


@contextmanager
def working(variables: dict[str, str]) -> Iterator[Product]:
    """Run the product's workers, as they are, on a database."""
    settings = {
        key: value
        for key, value in variables.items()
        if os.environ.get(key) != value and key != "DJANGO_SETTINGS_MODULE"
    }
    with tempfile.TemporaryDirectory() as directory:
        product = Product(Path(directory), variables["DATABASE_URL"], settings)
        product.start("qcluster")
        try:
            yield product
        finally:
            product.stop()


def count_processor_seconds(product: Product) -> float:
    """Return the seconds of all processes, and of those that they have waited for."""
    total = 0.0
    for process in product.processes():
        with suppress(psutil.NoSuchProcess):
            total += sum(process.cpu_times()[:4])
    return total


def summarize(
    kind: str, count: int, even: dict[str, Any], burst: dict[str, Any]
) -> list[Figure]:
    """Return how late runs began, and what one costs."""
    late, twice = even["late"], even["twice"] + burst["twice"]
    is_whole = even["completed"] == even["wanted"] == even["all"]
    p99 = late[int(len(late) * 0.99)]
    cost = 1000 * even["cpu"] / even["all"]
    return [
        Figure(
            f"{count:,} monitors a minute: begun after their time, {kind}",
            f"p50 {late[len(late) // 2]:.2f} s, p99 {p99:.2f} s, "
            f"all {late[-1]:.2f} s; {even['completed']:,} of {even['wanted']:,} ended, "
            f"{twice} twice",
            f"≤ {GOAL_SECONDS:.0f} s, none twice",
            late[-1] <= GOAL_SECONDS and is_whole and not twice,
        ),
        Figure(
            f"the same, all due in one moment, {kind}",
            f"begun after {burst['late'][-1]:.1f} s, over after {burst['ended']:.1f} s",
        ),
        Figure(
            f"processor time of everything for a run, at rest included, {kind}",
            f"{cost:.0f} ms",
        ),
    ]


if __name__ == "__main__":
    main()
