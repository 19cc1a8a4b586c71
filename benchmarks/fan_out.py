"""How long publishing one event to a thousand webhooks takes in the request.

    .venv/bin/python -m benchmarks.fan_out [webhooks] [rounds]

`publish` (the event, its body, all deliveries, the bell) beside `bulk_create` of the
same deliveries alone, in turn in one process, each in a transaction. The laboratory
machine took 50 ms for `bulk_create`; 12 of them are the goal, so 0.24 of it.
"""

from __future__ import annotations

import statistics
import sys

from benchmarks import stage
from benchmarks.report import Figure, report

GOAL = 12 / 50


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    figures = []
    with stage.server() as server_url:
        for kind in stage.DATABASES:
            found = []
            for _ in range(rounds):
                with stage.database(kind, server_url) as variables:
                    found.append(stage.run(variables, "runs", "fan_out", count))
            ratio = statistics.median(each["ours"] / each["theirs"] for each in found)
            ours = statistics.median(each["ours"] for each in found) * 1000
            theirs = statistics.median(each["theirs"] for each in found) * 1000
            figures.append(
                Figure(
                    f"One event to {count:,} webhooks, {kind}, against `bulk_create`",
                    f"{ratio:.2f} ({ours:.1f} ms against {theirs:.1f})",
                    f"≤ {GOAL:.2f}, which was 12 ms in the laboratory",
                    ratio <= GOAL,
                )
            )
    report("fan_out", figures, notes=[f"Medians of {rounds} rounds of 15."])


if __name__ == "__main__":
    main()
