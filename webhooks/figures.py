"""How a webhook has been doing: its health in words, and its last 24 hours."""

from __future__ import annotations

import statistics
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from webhooks.models import Attempt, Delivery, Destination

if TYPE_CHECKING:
    from datetime import datetime

#: A page counts at most this many of the newest deliveries, so that it costs the
#: same on a busy day; it says so when there are more.
DELIVERIES_COUNTED = 5_000
ATTEMPTS_TIMED = 500
ENDED_WELL, ENDED_BADLY = Delivery.Status.DELIVERED, Delivery.Status.FAILED


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """A status the screens know how to draw, and its words."""

    status: str  # healthy, failing, waiting, disabled, unknown
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DayFigures:
    """The deliveries of the last 24 hours."""

    delivered: int
    failed: int
    waiting: int
    skipped: int
    median_ms: float | None
    slow_ms: float | None  # 19 of 20 answers came sooner
    columns: list[dict[str, Any]]  # 24 hours, oldest first, for the chart
    is_cut: bool  # there were more than are counted

    @property
    def ended(self) -> int:
        """How many were delivered or given up."""
        return self.delivered + self.failed

    @property
    def success_rate(self) -> float | None:
        """Percent of those that ended; None without any."""
        return 100 * self.delivered / self.ended if self.ended else None


def describe_health(destination: Destination) -> Health:
    """Return how a webhook is doing, from what is stored on its row."""
    if not destination.enabled:
        return Health(status="disabled", words="Disabled")
    failures = destination.consecutive_failures
    if failures:
        words = (
            "Last attempt failed" if failures == 1 else f"{failures} failed in a row"
        )
        if destination.breaker_opened_at is not None:
            return Health(status="waiting", words=f"Waiting: {words}")
        return Health(status="failing", words=words)
    if destination.last_success_at:
        return Health(status="healthy", words="Delivering")
    return Health(status="unknown", words="Nothing sent yet")


def count_day(destination: Destination, *, now: datetime) -> DayFigures:
    """Count the deliveries of the last 24 hours by hour and outcome."""
    since = now - timedelta(hours=24)
    newest = Delivery.objects.filter(destination=destination).order_by("-id")
    rows = list(newest.values_list("id", "status", "created_at")[:DELIVERIES_COUNTED])
    recent = [row for row in rows if row[2] >= since]
    states = Counter(status for _, status, _ in recent)
    by_hour = Counter(
        (min(int((created - since) / timedelta(hours=1)), 23), status)
        for _, status, created in recent
    )
    durations = list_durations([row_id for row_id, _, _ in recent[:ATTEMPTS_TIMED]])
    return DayFigures(
        delivered=states[ENDED_WELL],
        failed=states[ENDED_BADLY],
        waiting=states[Delivery.Status.PENDING] + states[Delivery.Status.SENDING],
        skipped=states[Delivery.Status.SKIPPED],
        median_ms=statistics.median(durations) if durations else None,
        slow_ms=durations[int(len(durations) * 0.95)] if durations else None,
        columns=[_column(since, hour, by_hour) for hour in range(24)],
        is_cut=len(recent) == DELIVERIES_COUNTED,
    )


def list_durations(delivery_ids: list[int]) -> list[int]:
    """Return how long the successful requests took, the shortest first."""
    attempts = Attempt.objects.filter(delivery__in=delivery_ids, error_code="")
    return sorted(attempts.values_list("duration_ms", flat=True))


def _column(
    since: datetime, hour: int, by_hour: Counter[tuple[int, str]]
) -> dict[str, Any]:
    good, bad = by_hour[hour, ENDED_WELL], by_hour[hour, ENDED_BADLY]
    begin = since + timedelta(hours=hour)
    return {
        "good": good,
        "bad": bad,
        "title": f"{begin:%H:%M} UTC: {good} delivered, {bad} failed",
    }
