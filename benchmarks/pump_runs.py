"""Pumps, and events that come in meanwhile: one run in a process of its own."""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable
from typing import Any

import django

django.setup()

from django.db import OperationalError, transaction  # noqa: E402
from django.utils import timezone  # noqa: E402

from benchmarks.backlog import (  # noqa: E402
    analyze,
    make_deliveries,
    make_destinations,
)
from benchmarks.stage import wait_for_others  # noqa: E402
from integrations_project.lib.ids import uuid7  # noqa: E402
from webhooks.actions import publish  # noqa: E402
from webhooks.datatypes import NewEvent  # noqa: E402
from webhooks.engine import doorbell  # noqa: E402
from webhooks.engine.pump import PumpRun  # noqa: E402
from webhooks.models import Delivery  # noqa: E402

TICK_SECONDS = 0.1


def pump_all() -> dict[str, Any]:
    """Pump what is due, from the moment on at which others begin too."""
    locks = LockCounter()
    logging.getLogger("webhooks.engine.pump").addHandler(locks)
    wait_for_others()
    summary = PumpRun(is_resident=False).run()
    return {
        "recorded": summary.recorded_count,
        "ended_at": time.time(),
        "lock_count": locks.count,
    }


class LockCounter(logging.Handler):
    """Counts how often the pump found its database locked or away."""

    count = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.count += record.getMessage().startswith("database away")


def publish_meanwhile(sink_url: str) -> dict[str, Any]:
    """Publish every 20 ms until nothing of what was there is left to be sent."""
    (destination,) = make_destinations([sink_url], event_types=("*",))
    wait_for_others()
    times, lock_count, ends = [], 0, time.monotonic() + 120
    others = Delivery.objects.pending().exclude(destination=destination)
    while others.exists() and time.monotonic() < ends:
        event = NewEvent(
            type="incident.opened", occurred_at=timezone.now(), data={}, trace=uuid7()
        )
        start = time.perf_counter()
        try:
            with transaction.atomic():
                publish(destination.organization, event)
        except OperationalError:
            lock_count += 1
        times.append((time.perf_counter() - start) * 1000)
        time.sleep(0.02)
    times.sort()
    return {"p99": times[int(len(times) * 0.99)], "lock_count": lock_count}


def pump_for(seconds: str) -> dict[str, Any]:
    """Pump whatever comes for so long."""
    ends = time.time() + float(seconds)
    recorded = 0
    while time.time() < ends:
        recorded += PumpRun(turn_seconds=ends - time.time()).run().recorded_count
    return {"recorded": recorded}


def arrive(sink_url: str, seconds: str = "6", hanging: str = "2") -> dict[str, Any]:
    """Have events come in for twenty webhooks, of which some hang for ten seconds."""
    urls = [
        f"{sink_url}{'after/10000/' if number < int(hanging) else ''}{number}"
        for number in range(20)
    ]
    destinations = make_destinations(urls)
    analyze()
    ends = time.monotonic() + float(seconds)
    while time.monotonic() < ends:
        with transaction.atomic():
            make_deliveries(destinations, len(destinations))
            doorbell.ring()
        time.sleep(TICK_SECONDS)
    time.sleep(2)
    others = Delivery.objects.exclude(destination__in=destinations[: int(hanging)])
    waits = sorted(
        (delivered_at - created_at).total_seconds() * 1000
        for created_at, delivered_at in others.values_list("created_at", "delivered_at")
        if delivered_at is not None
    )
    return {
        "share": len(waits) / others.count(),
        "count": others.count(),
        "p50": waits[len(waits) // 2],
        "p99": waits[int(len(waits) * 0.99)],
    }


RUNS: dict[str, Callable[..., dict[str, Any]]] = {
    "pump_all": pump_all,
    "pump_for": pump_for,
    "publish_meanwhile": publish_meanwhile,
    "arrive": arrive,
}

if __name__ == "__main__":
    print(json.dumps(RUNS[sys.argv[1]](*sys.argv[2:])))
