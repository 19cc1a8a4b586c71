"""One run for `benchmarks.broken`, in a process of its own; prints its figures."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from typing import Any

from benchmarks.backlog import analyze, make_deliveries, make_destinations
from webhooks.engine import doorbell
from webhooks.models import Attempt, Delivery, Destination

TICK_SECONDS = 0.02
#: The pump has begun, met the broken webhook and given it up for the moment.
WARM_UP_SECONDS = 5.0


def fill(sink_url: str, broken_url: str, count: str) -> dict[str, Any]:
    """Make a healthy webhook, and perhaps a broken one with much to be sent."""
    make_destinations([sink_url])
    if broken_url:
        broken = make_destinations([broken_url])
        Destination.objects.filter(pk=broken[0].pk).update(timeout_seconds=2)
        make_deliveries(broken, int(count))
    analyze()
    return {}


def arrive(seconds: str) -> dict[str, Any]:
    """Have events come in for the healthy webhook; returns how long each took."""
    healthy, *broken = list(Destination.objects.order_by("pk"))
    time.sleep(WARM_UP_SECONDS)
    ends = time.monotonic() + float(seconds)
    while time.monotonic() < ends:
        make_deliveries([healthy], 1)
        doorbell.ring()
        time.sleep(TICK_SECONDS)
    time.sleep(1)
    rows = Delivery.objects.filter(destination=healthy)
    waits = sorted(
        (ended_at - created_at).total_seconds() * 1000
        for created_at, ended_at in rows.filter(status="delivered").values_list(
            "created_at", "delivered_at"
        )
    )
    assert len(waits) == rows.count(), "Some were not delivered."
    attempts = Attempt.objects.filter(delivery__destination__in=broken).count()
    return {
        "p50": waits[len(waits) // 2],
        "p99": waits[int(len(waits) * 0.99)],
        "count": len(waits),
        "attempts": attempts,
    }


RUNS: dict[str, Callable[..., dict[str, Any]]] = {"fill": fill, "arrive": arrive}

if __name__ == "__main__":
    print(json.dumps(RUNS[sys.argv[1]](*sys.argv[2:])))
