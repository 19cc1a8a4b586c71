"""What the overview says: is anything wrong, and does everything arrive."""

from __future__ import annotations

import statistics
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from alerts.models import Incident, Service, Status
from alerts.timeline import build_day_bars
from receivers.models import Receipt
from webhooks.models import Attempt, Delivery, Destination

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.permissions import Access

#: The overview counts at most this many of the newest deliveries, so that it costs
#: the same on a busy day; it says so when there are more.
DELIVERIES_COUNTED = 5_000
SHOWN = 8
WORST_FIRST = (Status.DOWN, Status.DEGRADED, Status.MAINTENANCE, Status.OPERATIONAL)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFigures:
    """How deliveries went in the last 24 hours."""

    delivered: int
    failed: int
    waiting: int
    median_ms: float | None
    columns: list[dict[str, Any]]  # 24 hours, oldest first, for the chart

    @property
    def success_rate(self) -> float | None:
        """Percent of the ended deliveries that were delivered; None without any."""
        ended = self.delivered + self.failed
        return 100 * self.delivered / ended if ended else None


def count_deliveries(access: Access, *, now: datetime) -> DeliveryFigures:
    """Count the deliveries of the last 24 hours by hour and outcome."""
    since = now - timedelta(hours=24)
    rows = list(
        access.rows(Delivery)
        .order_by("-id")
        .values_list("id", "status", "created_at")[:DELIVERIES_COUNTED]
    )
    recent = [row for row in rows if row[2] >= since]
    states = Counter(status for _, status, _ in recent)
    by_hour: Counter[tuple[int, str]] = Counter(
        (int((created - since) / timedelta(hours=1)), status)
        for _, status, created in recent
    )
    durations = Attempt.objects.filter(
        delivery__in=[row_id for row_id, _, _ in recent[:500]], error_code=""
    ).values_list("duration_ms", flat=True)
    return DeliveryFigures(
        delivered=states["delivered"],
        failed=states["failed"],
        waiting=states["pending"] + states["sending"],
        median_ms=statistics.median(durations) if durations else None,
        columns=[_column(since, hour, by_hour) for hour in range(24)],
    )


def _column(
    since: datetime, hour: int, by_hour: Counter[tuple[int, str]]
) -> dict[str, Any]:
    good, bad = by_hour[hour, "delivered"], by_hour[hour, "failed"]
    begin = since + timedelta(hours=hour)
    return {
        "good": good,
        "bad": bad,
        "title": f"{begin:%H:%M}: {good} delivered, {bad} failed",
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
        "figures": count_deliveries(access, now=now),
        "failing": failing.order_by("-consecutive_failures")[:SHOWN],
        "receipts": receipts.order_by("-id")[:SHOWN],
        "has_webhooks": access.rows(Destination).exists(),
    }
