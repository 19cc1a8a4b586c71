"""Run the benchmarks: all of them, or those that are named.

    make bench                          # all, about a quarter of an hour
    make bench ARGS="deliver workers"   # some
    .venv/bin/python -m benchmarks table    # only make the tables anew

Each writes its file in `benchmarks/results/`; afterwards the tables in README.md and
docs/performance.md are made from those files.
"""

from __future__ import annotations

import subprocess
import sys
import time

from benchmarks import table

NAMES = (
    "deliver",
    "sqlite",
    "hanging",
    "broken",
    "claim",
    "fan_out",
    "workers",
    "latency",
    "memory",
    "lists",
    "uptime",
    "ingest",
    "status_page",
    "monitors",
    "transport",
)


def main() -> int:
    chosen = sys.argv[1:] or list(NAMES)
    unknown = [name for name in chosen if name not in (*NAMES, "table")]
    if unknown:
        print(f"No benchmark is called {unknown[0]}. There are: {', '.join(NAMES)}.")
        return 2
    failed = [name for name in chosen if name != "table" and not run(name)]
    table.write()
    if failed:
        print(f"These did not come to an end: {', '.join(failed)}.")
    return 1 if failed else 0


def run(name: str) -> bool:
    print(f"== {name}", flush=True)
    start = time.monotonic()
    done = subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False)
    print(f"== {name} took {time.monotonic() - start:.0f} s\n", flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
