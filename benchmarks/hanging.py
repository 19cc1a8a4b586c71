"""What becomes of eighteen webhooks while two others answer after ten seconds.

    .venv/bin/python -m benchmarks.hanging [seconds]

Ten times a second an event comes in for each of the twenty; one pump sends. Counted
for the eighteen: how many were delivered, and the time from the event to the answer
being written down. Beside it the same with nobody hanging.
"""

from __future__ import annotations

import sys

from benchmarks import stage
from benchmarks.report import Figure, report
from benchmarks.sink import running_sink

HANGING = 2
GOAL_MS = 300


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 12
    figures = []
    with stage.server() as server_url, running_sink() as sink_url:
        for kind in stage.DATABASES:
            calm = measure(kind, server_url, sink_url, seconds, hanging=0)
            found = measure(kind, server_url, sink_url, seconds, hanging=HANGING)
            figures.append(
                Figure(
                    f"10 % of webhooks hang for 10 s, {kind}: the others",
                    f"{found['share']:.1%} of {found['count']:,} delivered, p99 "
                    f"{found['p99']:.0f} ms (nobody hangs: {calm['p99']:.0f} ms)",
                    f"100 %, p99 ≤ {GOAL_MS} ms",
                    found["share"] == 1 and found["p99"] <= GOAL_MS,
                )
            )
    report("hanging", figures)


def measure(
    kind: str, server_url: str, sink_url: str, seconds: float, *, hanging: int
) -> dict[str, float]:
    with stage.database(kind, server_url) as variables:
        pump = stage.start(variables, "pump_runs", "pump_for", seconds + 8)
        try:
            return stage.run(
                variables, "pump_runs", "arrive", sink_url, seconds, hanging
            )
        finally:
            stage.read(pump)


if __name__ == "__main__":
    main()
