"""How a webhook has been doing, as the API shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from integrations_project.lib.api.fields import write_time
from webhooks.api.serializers.schemas import NULLABLE_TEXT, NULLABLE_TIME
from webhooks.fate import describe_rate
from webhooks.figures import Health, describe_health, measure_latency

if TYPE_CHECKING:
    from webhooks.models import Destination

NULLABLE_NUMBER = {"type": "number", "nullable": True}
HEALTH_SCHEMA = {
    "type": "object",
    "properties": {
        "state": {
            "type": "string",
            "description": "healthy, failing, waiting for its breaker or its rate "
            "limit, disabled, or unknown: nothing was sent yet.",
        },
        "detail": {"type": "string", "description": "The same in words."},
        "last_success_at": NULLABLE_TIME,
        "last_failure_at": NULLABLE_TIME,
        "consecutive_failures": {"type": "integer"},
        "failing_since": {
            **NULLABLE_TIME,
            "description": "The first failure after the last success.",
        },
        "success_rate_24h": {
            **NULLABLE_NUMBER,
            "description": "0 to 1, of the newest 500 deliveries; null without one "
            "that ended.",
        },
        "latency_ms": {
            "type": "object",
            "nullable": True,
            "description": "How long the newest successful requests took; null in "
            "lists, and without one.",
            "properties": {
                name: {"type": "number"} for name in ("median", "p95", "p99")
            },
        },
        "breaker": {
            "type": "object",
            "nullable": True,
            "description": "Not null while nothing but one probe at a time is sent.",
            "properties": {
                "opened_at": NULLABLE_TIME,
                "next_probe_at": NULLABLE_TIME,
                "failed_probes": {"type": "integer"},
            },
        },
        "last_error": NULLABLE_TEXT,
    },
}


def show_health(destination: Destination, *, is_timed: bool) -> dict[str, Any]:
    """Return the health of a webhook.

    Args:
        destination: With the counts of `with_delivery_counts` on it, and the flag
            of `with_waiting`.
        is_timed: Look up how long its requests took: two statements more.
    """
    health = describe_health(destination)
    if getattr(destination, "is_waiting", False):
        health = Health(status="waiting", words=describe_rate(destination))
    delivered = getattr(destination, "delivered_count", 0)
    ended = delivered + getattr(destination, "failed_count", 0)
    return {
        "state": health.status,
        "detail": health.words,
        "last_success_at": write_time(destination.last_success_at),
        "last_failure_at": write_time(destination.last_failure_at),
        "consecutive_failures": destination.consecutive_failures,
        "failing_since": write_time(destination.failing_since),
        "success_rate_24h": round(delivered / ended, 4) if ended else None,
        "latency_ms": show_latency(destination) if is_timed else None,
        "breaker": show_breaker(destination),
        "last_error": destination.last_error or None,
    }


def show_latency(destination: Destination) -> dict[str, float] | None:
    """Return how long the newest successful requests took; None without one."""
    latency = measure_latency(destination)
    if latency is None:
        return None
    return {
        "median": latency.median_ms,
        "p95": latency.p95_ms,
        "p99": latency.p99_ms,
    }


def show_breaker(destination: Destination) -> dict[str, Any] | None:
    """Return what an open breaker waits for; None when it is closed."""
    if destination.breaker_opened_at is None:
        return None
    return {
        "opened_at": write_time(destination.breaker_opened_at),
        "next_probe_at": write_time(destination.probe_at),
        "failed_probes": destination.probe_count,
    }
