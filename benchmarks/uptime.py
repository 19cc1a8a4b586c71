"""How long 90 days of 1,000 services take, from the roll-ups and from every change.

    .venv/bin/python -m benchmarks.uptime [services]

On PostgreSQL and SQLite. Both ways run in the same process on the same rows, must
give the same days, and the best of five counts.
"""

from __future__ import annotations

import json
import sys

from benchmarks import stage
from benchmarks.report import Figure, report

COUNT = 1_000
GOAL_MS = 100


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    figures: list[Figure] = []
    notes: list[str] = []
    with stage.server() as server_url:
        for kind in stage.DATABASES:
            found = measure(kind, server_url, count)
            figures += summarize(kind, found, count)
            notes.append(
                f"{kind}: {found['changes']:,} changes, one outage a service every "
                f"ten days; {found['rows']:,} of {count * 90:,} days are stored; "
                f"{found['statements']} statements"
            )
    report("uptime", figures, notes=notes)


def measure(kind: str, server_url: str, count: int) -> dict[str, float]:
    """Return milliseconds and counts on one database."""
    with stage.database(kind, server_url) as variables:
        process = stage.start(variables, "uptime_days", count)
        output, _ = process.communicate()
        if process.returncode:
            message = f"Measuring uptime on {kind} failed."
            raise RuntimeError(message)
    found: dict[str, float] = json.loads(output.splitlines()[-1])
    return found


def summarize(kind: str, found: dict[str, float], count: int) -> list[Figure]:
    """Return the time and its ratio to the sum of all changes."""
    rolled_up, summed = found["rolled_up_ms"], found["summed_ms"]
    return [
        Figure(
            what=f"90 days of {count:,} services from roll-ups, {kind}",
            value=f"{rolled_up:.0f} ms",
            goal=f"{GOAL_MS} ms",
            is_met=rolled_up <= GOAL_MS,
        ),
        Figure(
            what=f"the same from every change, {kind}",
            value=f"{summed:.0f} ms, {summed / rolled_up:.0f} times as long",
        ),
    ]


if __name__ == "__main__":
    main()
