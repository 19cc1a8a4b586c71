"""The default database under load from both sides: deliveries and events coming in.

    .venv/bin/python -m benchmarks.sqlite [deliveries] [rounds]

One pump delivers a backlog, another process publishes an event every 20 ms as a
receiver would. Counted: deliveries a second, what publishing took, and every
"database is locked" on either side.
"""

from __future__ import annotations

import statistics
import sys

from benchmarks import stage
from benchmarks.report import Figure, report
from benchmarks.sink import running_sink

GOAL = 2000


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    with running_sink() as sink_url:
        found = [measure(sink_url, count) for _ in range(rounds)]
    per_second = statistics.median(each["per_second"] for each in found)
    p99 = statistics.median(each["publish_p99"] for each in found)
    lock_count = sum(int(each["lock_count"]) for each in found)
    figure = Figure(
        "SQLite: deliveries a second while events come in",
        f"{per_second:,.0f}, {lock_count} lock errors; publishing p99 {p99:.0f} ms",
        f"≥ {GOAL:,}, no lock error",
        per_second >= GOAL and not lock_count,
    )
    report("sqlite", [figure], notes=[f"Medians of {rounds} rounds."])


def measure(sink_url: str, count: int) -> dict[str, float]:
    with stage.database("SQLite", "") as variables:
        stage.run(variables, "runs", "backlog", sink_url, count)
        pump = stage.prepare(variables, "pump_runs", "pump_all")
        writer = stage.prepare(variables, "pump_runs", "publish_meanwhile", sink_url)
        begins = stage.begin(pump, writer)
        pumped, written = stage.read(pump), stage.read(writer)
    return {
        "per_second": pumped["recorded"] / (pumped["ended_at"] - begins),
        "publish_p99": written["p99"],
        "lock_count": pumped["lock_count"] + written["lock_count"],
    }


if __name__ == "__main__":
    main()
