"""Compare our pump with django-q2 and Celery, one task and one POST a delivery.

    .venv/bin/python -m benchmarks.deliver [deliveries of ours] [rounds]

All take signed POSTs for 20 webhooks from the same tables of one PostgreSQL (fsync
on), send them to the same local sink and write down what came back; the tasks by
`requests.post`. Runs alternate; the ratios are what counts, since machines differ:
so CPU is told beside that of one bare `requests.post`, too. The pump runs on SQLite
as well. Celery needs Debian's redis-server, and is left out without it.
"""

from __future__ import annotations

import statistics
import sys
from contextlib import ExitStack
from typing import Any

from benchmarks import stage
from benchmarks.redis_server import MISSING, running_redis
from benchmarks.report import Figure, report
from benchmarks.sink import running_sink

#: One delivery by a task costs as much as dozens of ours.
SHARE_OF_DELIVERIES = 20
#: The laboratory's `requests.post` took 695 µs of CPU; a delivery may take 80, its
#: HTTP and signing 40.
GOAL_SHARE = 80 / 695
GOAL_HTTP_SHARE = 40 / 695
GOAL_RATIO = 25

Round = dict[str, dict[str, Any]]


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 16_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    with ExitStack() as stack:
        server_url = stack.enter_context(stage.server())
        redis_url = stack.enter_context(running_redis())
        sink_url = stack.enter_context(running_sink())
        figures = [
            measure(server_url, sink_url, redis_url, count) for _ in range(rounds)
        ]
    report("deliver", describe(figures), notes=make_notes(figures, redis_url))


def measure(server_url: str, sink_url: str, redis_url: str, count: int) -> Round:
    """Run everything once, each on tables of its own."""
    few = max(200, count // SHARE_OF_DELIVERIES)
    runs = {
        "posts": (few // 2, {}),
        "naive": (few // 2, {"DJANGO_SETTINGS_MODULE": "benchmarks.naive_settings"}),
        "tasks": (few, {}),
        "pump": (count, {}),
        "metered": (count // 4, {}),
    }
    if redis_url:
        runs["celery"] = (few, {"CELERY_URL": redis_url})
    found: Round = {}
    for name, (size, settings) in runs.items():
        what = "tasks" if name == "naive" else name
        with stage.database("PostgreSQL", server_url) as variables:
            found[name] = stage.run(
                variables | settings, "deliver_runs", what, sink_url, size
            )
            show(name, found)
    with stage.database("SQLite", server_url) as variables:
        found["sqlite"] = stage.run(
            variables, "deliver_runs", "pump", sink_url, count // 2
        )
    show("sqlite", found)
    return found


def show(name: str, found: Round) -> None:
    """Say how far it has come: a round takes minutes."""
    values = ", ".join(f"{key} {value:.3g}" for key, value in found[name].items())
    print(f"  {name}: {values}", flush=True)


def median(figures: list[Round], name: str, key: str) -> float:
    return float(statistics.median(each[name][key] for each in figures))


def median_ratio(figures: list[Round], name: str) -> float:
    """Return how many times as many the pump does, over the rounds."""
    ratios = [each["pump"]["per_second"] / each[name]["per_second"] for each in figures]
    return float(statistics.median(ratios))


def describe(figures: list[Round]) -> list[Figure]:
    tasks = median_ratio(figures, "tasks")
    cpu, post = median(figures, "pump", "cpu_us"), median(figures, "posts", "cpu_us")
    share = cpu / post
    parts = {
        part: statistics.median(each["metered"].get(part, 0) for each in figures)
        for part in figures[0]["metered"]
    }
    http = (parts["HTTP"] + parts["rendering and signing"]) * share
    split = ", ".join(
        f"{part} {part_share * cpu:.0f}"
        for part, part_share in sorted(parts.items(), key=lambda item: -item[1])
    )
    sqlite = median(figures, "sqlite", "per_second")
    rows = [
        Figure(
            "Deliveries a second, one process, against tuned django-q2",
            f"{tasks:.1f} × ({median(figures, 'pump', 'per_second'):,.0f} "
            f"against {median(figures, 'tasks', 'per_second'):,.0f})",
            f"≥ {GOAL_RATIO} ×",
            tasks >= GOAL_RATIO,
        ),
        Figure(
            "the same, against django-q2 as most write it",
            f"{median_ratio(figures, 'naive'):.1f} ×",
        ),
        Figure(
            "CPU of the worker a delivery, against one `requests.post`",
            f"{share:.3f} ({cpu:.0f} µs against {post:,.0f})",
            f"≤ {GOAL_SHARE:.3f}, which was 80 µs in the laboratory",
            share <= GOAL_SHARE,
        ),
        Figure(
            "of which HTTP and signing",
            f"{http:.3f} ({http * post:.0f} µs)",
            f"≤ {GOAL_HTTP_SHARE:.3f}, which was 40 µs",
            http <= GOAL_HTTP_SHARE,
        ),
        Figure("its parts, in µs", split),
        Figure("the same pump on SQLite", f"{sqlite:,.0f} deliveries a second"),
    ]
    if "celery" in figures[0]:
        celery = f"{median_ratio(figures, 'celery'):.1f} ×"
        rows.insert(2, Figure("the same, against Celery + Redis, prefork of 4", celery))
    return rows


def make_notes(figures: list[Round], redis_url: str) -> list[str]:
    notes = [f"PostgreSQL with fsync on; medians of {len(figures)} alternating rounds."]
    return notes if redis_url else [*notes, MISSING]


if __name__ == "__main__":
    main()
