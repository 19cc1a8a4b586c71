"""What a claim of 200 costs behind a million due deliveries and behind ten thousand.

    .venv/bin/python -m benchmarks.claim [many] [rounds]

Two databases of one PostgreSQL server, claimed from in turn. Writing the million
takes a minute or two.
"""

from __future__ import annotations

import statistics
import sys

from benchmarks import stage
from benchmarks.report import Figure, report

FEW = 10_000
GOAL = 1.2


def main() -> None:
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    with (
        stage.server() as server_url,
        stage.database("PostgreSQL", server_url) as small,
        stage.database("PostgreSQL", server_url) as large,
    ):
        stage.run(small, "runs", "fill", FEW)
        stage.run(large, "runs", "fill", many)
        found = [
            (
                stage.run(small, "runs", "claim", "")["ms"],
                stage.run(large, "runs", "claim", "")["ms"],
            )
            for _ in range(rounds)
        ]
    ratio = statistics.median(large_ms / small_ms for small_ms, large_ms in found)
    small_ms = statistics.median(ms for ms, _ in found)
    large_ms = statistics.median(ms for _, ms in found)
    figure = Figure(
        f"A claim of 200 behind {many:,} due deliveries, against {FEW:,}",
        f"{ratio:.2f} ({large_ms:.1f} ms against {small_ms:.1f})",
        f"≤ {GOAL}",
        ratio <= GOAL,
    )
    report("claim", [figure], notes=[f"PostgreSQL; medians of {rounds} rounds."])


if __name__ == "__main__":
    main()
