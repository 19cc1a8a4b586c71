"""What `benchmarks.uptime` measures: the days of many services, both ways."""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import django

django.setup()

from django.db import connection  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import Organization  # noqa: E402
from alerts.actions import list_uptime_days, roll_up_uptime  # noqa: E402
from alerts.actions.uptime import count_from_changes  # noqa: E402
from alerts.days import find_day  # noqa: E402
from alerts.models import DailyUptime, Service, StatusChange  # noqa: E402
from integrations_project.lib.ids import uuid7  # noqa: E402

DAYS = 90
ROUNDS = 5
UTC_ZONE = ZoneInfo("UTC")


def main() -> None:
    count = int(sys.argv[1])
    now = timezone.now()
    organization = Organization.objects.create(name="Benchmark", slug="benchmark")
    services = write_history(organization, count=count, now=now)
    roll_up_uptime(now=now)
    first = find_day(now, UTC_ZONE) - timedelta(days=DAYS - 1)

    def from_roll_ups() -> Any:
        return list_uptime_days(organization, services, days=DAYS, now=now)

    def from_changes() -> Any:
        return count_from_changes(services, first=first, end=now, zone=UTC_ZONE)

    check(from_roll_ups(), from_changes())
    with CaptureQueriesContext(connection) as statements:
        from_roll_ups()
    found = {
        "rolled_up_ms": best_of(from_roll_ups),
        "summed_ms": best_of(from_changes),
        "changes": StatusChange.objects.count(),
        "rows": DailyUptime.objects.count(),
        "statements": len(statements),
    }
    print(json.dumps(found))


def write_history(
    organization: Organization, *, count: int, now: datetime
) -> list[Service]:
    """Write services that are down for a while every ten days or so."""
    chance = random.Random(1)  # the same history each time
    born = now - timedelta(days=DAYS + 10)
    services = Service.objects.bulk_create(
        Service(organization=organization, name=f"Service {number}", created_at=born)
        for number in range(count)
    )
    changes = []
    for service in services:
        at = born
        while True:
            at += timedelta(days=chance.expovariate(1 / 10))
            end = at + timedelta(minutes=chance.randint(1, 90))
            if end > now:
                break
            changes.append(build_change(service, "operational", "down", at))
            changes.append(build_change(service, "down", "operational", end))
            at = end
    StatusChange.objects.bulk_create(changes, batch_size=500)
    return services


def build_change(
    service: Service, before: str, after: str, at: datetime
) -> StatusChange:
    return StatusChange(
        organization_id=service.organization_id,
        service=service,
        previous_status=before,
        status=after,
        source_kind="manual",
        source_label="Manual",
        trace=uuid7(),
        changed_at=at,
    )


def check(rolled_up: Any, summed: Any) -> None:
    """Make sure that both ways say the same."""
    for service_id, days in rolled_up.items():
        for day in days:
            same = summed[service_id][day.day].seconds
            if any(abs(a - b) > 1e-6 for a, b in zip(day.seconds, same, strict=True)):
                message = f"{day} differs from {same}."
                raise RuntimeError(message)


def best_of(measured: Callable[[], Any]) -> float:
    """Return the shortest of some runs, in milliseconds."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        measured()
        times.append((time.perf_counter() - start) * 1000)
    return min(times)


if __name__ == "__main__":
    main()
