"""How long the server takes for each page with a million deliveries.

    .venv/bin/python -m benchmarks.lists [deliveries]

Writes the same long history (`benchmarks.history`) on PostgreSQL and SQLite, asks
for the list with every filter and for the other pages that touch deliveries, through
Django without a socket, and prints the best of five and the statements of each.
"""

from __future__ import annotations

import json
import sys

from benchmarks import stage
from benchmarks.report import Figure, report

COUNT = 1_000_000
GOAL_MS = 60
LIST = "/deliveries/?"


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    figures: list[Figure] = []
    notes: list[str] = []
    with stage.server() as server_url:
        for kind in stage.DATABASES:
            pages = measure(kind, server_url, count)
            figures.append(summarize(kind, pages, count))
            notes.append(f"{kind}, {count:,} deliveries:")
            notes += [f"{ms:7.1f} ms {n:3} statements  {path}" for path, ms, n in pages]
            print("\n".join(notes[-len(pages) - 1 :]), flush=True)
    report("lists", figures, notes=notes)


def measure(kind: str, server_url: str, count: int) -> list[tuple[str, float, int]]:
    """Return each page's address, milliseconds and statements on one database."""
    with stage.database(kind, server_url) as variables:
        process = stage.start(variables, "list_pages", count)
        output, _ = process.communicate()
        if process.returncode:
            message = f"Measuring the pages on {kind} failed."
            raise RuntimeError(message)
    return [tuple(page) for page in json.loads(output.splitlines()[-1])]


def summarize(kind: str, pages: list[tuple[str, float, int]], count: int) -> Figure:
    """Return the slowest list as a row of the table."""
    lists = [page for page in pages if page[0].startswith(LIST)]
    _, slowest, _ = max(lists, key=lambda page: page[1])
    return Figure(
        what=f"list of {count:,} deliveries, slowest of {len(lists)} filters, {kind}",
        value=f"{slowest:.0f} ms",
        goal=f"{GOAL_MS} ms",
        is_met=slowest <= GOAL_MS,
    )


if __name__ == "__main__":
    main()
