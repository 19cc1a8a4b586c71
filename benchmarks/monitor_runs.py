"""What `benchmarks.monitors` starts: making schedules, and counting runs."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import django

django.setup()

from django.utils import timezone  # noqa: E402

from accounts.models import Organization  # noqa: E402
from monitors.models import Job, Schedule, Strategy  # noqa: E402


def make(url: str, count: str, spread_seconds: str, begins_in: str) -> object:
    """Make so many schedules of one minute whose slots lie in so many seconds."""
    organization = Organization.objects.create(name="Benchmark", slug="benchmark")
    strategy = Strategy.objects.create(organization=organization, name="All", url=url)
    begin = timezone.now() + timedelta(seconds=float(begins_in))
    step = float(spread_seconds) / int(count)
    Schedule.objects.bulk_create(
        Schedule(
            organization=organization,
            strategy=strategy,
            urls=[f"{url}{number}.html"],
            interval_seconds=60,
            next_run_at=begin + timedelta(seconds=number * step),
        )
        for number in range(int(count))
    )
    return {"begin": begin.timestamp()}


def count(until: str) -> object:
    """Return how late each run began, in seconds, and how many slots came twice."""
    end = datetime.fromtimestamp(float(until), tz=UTC)
    runs = Job.objects.filter(slot_at__isnull=False, slot_at__lt=end)
    rows: list[tuple[Any, ...]] = list(
        runs.values_list("slot_at", "started_at", "status", "completed_at")
    )
    pairs = set(runs.values_list("schedule", "slot_at"))
    return {
        "late": sorted((each[1] - each[0]).total_seconds() for each in rows if each[1]),
        "ended": max((each[3] - each[0]).total_seconds() for each in rows if each[3]),
        "completed": sum(each[2] == "completed" for each in rows),
        "all": len(rows),
        "twice": len(rows) - len(pairs),
        "skipped": Schedule.objects.filter(skipped_at__isnull=False).count(),
    }


if __name__ == "__main__":
    name, *arguments = sys.argv[1:]
    acts: dict[str, Callable[..., object]] = {"make": make, "count": count}
    print(json.dumps(acts[name](*arguments)))
