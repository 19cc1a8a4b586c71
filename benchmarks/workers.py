"""How much more two pumps deliver than one, to endpoints that take 50 ms.

    .venv/bin/python -m benchmarks.workers [deliveries] [rounds]

Twenty webhooks take one request at a time from each worker, so that waiting and not
computing is the limit. The sink counts the ids: no delivery may come twice.
"""

from __future__ import annotations

import statistics
import sys
from typing import NamedTuple

import requests

from benchmarks import stage
from benchmarks.report import Figure, report
from benchmarks.sink import running_sink

GOAL = 1.6


class Run(NamedTuple):
    """What one or two pumps did."""

    per_second: float
    twice_count: int


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 3_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    figures = []
    with stage.server() as server_url:
        for kind in stage.DATABASES:
            ones, twos = [], []
            for _ in range(rounds):
                ones.append(measure(kind, server_url, count, workers=1))
                twos.append(measure(kind, server_url, count, workers=2))
            figures.append(compare(kind, ones, twos))
    report("workers", figures, notes=[f"Medians of {rounds} rounds."])


def compare(kind: str, ones: list[Run], twos: list[Run]) -> Figure:
    ratio = statistics.median(
        two.per_second / one.per_second for one, two in zip(ones, twos, strict=True)
    )
    one = statistics.median(each.per_second for each in ones)
    two = statistics.median(each.per_second for each in twos)
    twice_count = sum(each.twice_count for each in ones + twos)
    return Figure(
        f"Two workers against one, endpoints of 50 ms, {kind}",
        f"{ratio:.2f} × ({two:,.0f} against {one:,.0f} a second), "
        f"{twice_count} sent twice",
        f"≥ {GOAL} ×, none twice",
        ratio >= GOAL and not twice_count,
    )


def measure(kind: str, server_url: str, count: int, *, workers: int) -> Run:
    """Deliver everything by so many pumps that begin at the same moment."""
    with (
        running_sink() as sink_url,
        stage.database(kind, server_url) as variables,
    ):
        stage.run(variables, "runs", "few_slots", f"{sink_url}after/50/", count, 1)
        pumps = [
            stage.prepare(variables, "pump_runs", "pump_all") for _ in range(workers)
        ]
        begins = stage.begin(*pumps)
        ends = max(stage.read(pump)["ended_at"] for pump in pumps)
        seen = requests.get(f"{sink_url}seen", timeout=10).json()
        counted = stage.run(variables, "runs", "count_attempts", "")
    assert counted["all"] == count == seen["ids"], (counted, seen)
    assert counted["once"] == count, counted
    return Run(count / (ends - begins), seen["posts"] - seen["ids"])


if __name__ == "__main__":
    main()
