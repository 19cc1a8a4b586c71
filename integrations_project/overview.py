"""What the overview says: is anything wrong, and does everything arrive."""

from __future__ import annotations

import statistics
from collections import Counter
from typing import TYPE_CHECKING, Any

from alerts.models import Incident, Service, Status
from alerts.timeline import build_day_bars
from monitors.models import Job, Schedule
from receivers.models import Receipt
from webhooks.figures import DELIVERIES_TIMED, list_durations
from webhooks.models import Delivery, Destination
from webhooks.periods import DAY, count_period

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.permissions import Access

SHOWN = 8
#: The newest runs, among which are the changes that are shown.
RUNS_SEARCHED = 500
WORST_FIRST = (Status.DOWN, Status.DEGRADED, Status.MAINTENANCE, Status.OPERATIONAL)


def measure_median(access: Access) -> float | None:
    """Return how long the newest successful requests took; None without any."""
    newest = access.rows(Delivery).order_by("-id").values_list("id", flat=True)
    durations = list_durations(list(newest[:DELIVERIES_TIMED]))
    return statistics.median(durations) if durations else None


def list_monitors(access: Access) -> dict[str, Any]:
    """Return the monitors that fail, and what the newest runs found changed."""
    rows = access.rows(Schedule).select_related("strategy")
    failing = rows.filter(enabled=True, consecutive_failures__gt=0)
    newest = access.rows(Job).order_by("-id").values("pk")[:RUNS_SEARCHED]
    changed = Job.objects.filter(pk__in=newest, has_changes=True)
    changed = changed.defer("results", "notices")
    return {
        "has_monitors": rows.exists(),
        "failing_monitors": failing.order_by("-consecutive_failures")[:SHOWN],
        "changed_runs": changed.select_related("schedule", "strategy").order_by("-id")[
            :SHOWN
        ],
    }


def build_overview(access: Access, *, now: datetime) -> dict[str, Any]:
    """Return what the overview page shows."""
    services = list(access.rows(Service))
    services.sort(key=lambda s: (WORST_FIRST.index(Status(s.status)), s.name.lower()))
    shown = services[:SHOWN]
    counts = Counter(service.status for service in services)
    incidents = access.rows(Incident).filter(status=Incident.Status.OPENED)
    failing = access.rows(Destination).filter(consecutive_failures__gt=0, enabled=True)
    receipts = access.rows(Receipt).select_related("receiver", "service")
    return {
        "counts": [(status.value, counts[status.value]) for status in WORST_FIRST],
        "service_count": len(services),
        "services": shown,
        "bars": build_day_bars(shown, now=now),
        "incidents": incidents.order_by("-id")[:SHOWN],
        "incident_count": incidents.count(),
        "figures": count_period(access.organization, DAY, now=now),
        "median_ms": measure_median(access),
        "failing": failing.order_by("-consecutive_failures")[:SHOWN],
        "receipts": receipts.order_by("-id")[:SHOWN],
        "has_webhooks": access.rows(Destination).exists(),
        **list_monitors(access),
    }
