"""How a webhook has been doing: its health in words, and how fast it answers."""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from webhooks.models import Attempt, Delivery, Destination

#: How many of the newest deliveries tell how fast a webhook answers.
DELIVERIES_TIMED = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """A status the screens know how to draw, and its words."""

    status: str  # healthy, failing, waiting, disabled, unknown
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """How long requests took that were answered well, in milliseconds."""

    median_ms: float
    p95_ms: float  # 19 of 20 answers came sooner
    p99_ms: float
    count: int  # how many were timed


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


def measure_latency(destination: Destination) -> Latency | None:
    """Return how fast a webhook answered its newest deliveries; None without any."""
    newest = Delivery.objects.filter(destination=destination).order_by("-id")
    ids = list(newest.values_list("id", flat=True)[:DELIVERIES_TIMED])
    durations = list_durations(ids)
    if not durations:
        return None
    return Latency(
        median_ms=statistics.median(durations),
        p95_ms=durations[int(len(durations) * 0.95)],
        p99_ms=durations[int(len(durations) * 0.99)],
        count=len(durations),
    )


def list_durations(delivery_ids: list[int]) -> list[int]:
    """Return how long the successful requests took, the shortest first."""
    attempts = Attempt.objects.filter(delivery__in=delivery_ids, error_code="")
    return sorted(attempts.values_list("duration_ms", flat=True))
