"""The default database under load from both sides: deliveries and events coming in.

    .venv/bin/python -m benchmarks.sqlite [deliveries] [rounds]

One pump delivers a backlog, another process publishes an event every 20 ms as a
receiver would. Counted: deliveries a second, what publishing took, and every
"database is locked" on either side. Beside it a loop of `requests.post`, which made
1,378 a second on the laboratory machine, where 2,000 deliveries are the goal.
"""

from __future__ import annotations

import statistics
import sys

from benchmarks import stage
from benchmarks.report import Figure, report
from benchmarks.sink import running_sink

GOAL = 2000 / 1378


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    with running_sink() as sink_url:
        found = [measure(sink_url, count) for _ in range(rounds)]
    per_second = statistics.median(each["per_second"] for each in found)
    ratio = statistics.median(each["per_second"] / each["posts"] for each in found)
    p99 = statistics.median(each["publish_p99"] for each in found)
    lock_count = sum(int(each["lock_count"]) for each in found)
    figure = Figure(
        "SQLite, while events come in: deliveries against a loop of `requests.post`",
        f"{ratio:.1f} × ({per_second:,.0f} a second), {lock_count} lock errors; "
        f"publishing p99 {p99:.0f} ms",
        f"≥ {GOAL:.2f} ×, which was 2,000 a second in the laboratory; no lock error",
        ratio >= GOAL and not lock_count,
    )
    report("sqlite", [figure], notes=[f"Medians of {rounds} rounds."])


def measure(sink_url: str, count: int) -> dict[str, float]:
    with stage.database("SQLite", "") as variables:
        posts = stage.run(variables, "deliver_runs", "posts", sink_url, 300)
        stage.run(variables, "runs", "backlog", sink_url, count)
        pump = stage.prepare(variables, "pump_runs", "pump_all")
        writer = stage.prepare(variables, "pump_runs", "publish_meanwhile", sink_url)
        begins = stage.begin(pump, writer)
        pumped, written = stage.read(pump), stage.read(writer)
    return {
        "per_second": pumped["recorded"] / (pumped["ended_at"] - begins),
        "posts": posts["per_second"],
        "publish_p99": written["p99"],
        "lock_count": pumped["lock_count"] + written["lock_count"],
    }


if __name__ == "__main__":
    main()
