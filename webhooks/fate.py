"""What became of a delivery, in one sentence: pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from webhooks.backoff import (
    BUSY_STATUSES,
    MAX_RETRY_AFTER_SECONDS,
    parse_retry_after,
)
from webhooks.models import Attempt, Delivery, Destination

if TYPE_CHECKING:
    from datetime import datetime

#: How the reason of a delivery begins that waits before its first attempt.
HELD = "Held"
#: How near the due time must be to what the endpoint asked for.
TOLERANCE = timedelta(seconds=3)
#: A delivery that is due this long waits for a worker.
PATIENCE = timedelta(seconds=10)
Status = Delivery.Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """A sentence with a moment in the middle; screens draw the moment."""

    before: str
    at: datetime | None = None
    after: str = ""

    def __str__(self) -> str:
        """Return the sentence with its moment in UTC, such as 2026-11-21 14:05:00."""
        if self.at is None:
            return f"{self.before}{self.after}"
        return f"{self.before} {self.at.astimezone(UTC):%F %T} UTC{self.after}"


def describe_fate(
    delivery: Delivery, *, now: datetime, last_attempt: Attempt | None = None
) -> Fate:
    """Return the sentence about a delivery.

    Args:
        delivery: Which one.
        now: To tell what waits from what is due.
        last_attempt: With it the sentence knows why the wait is as long as it is.
    """
    match delivery.status:
        case Status.PENDING:
            return _describe_pending(delivery, now=now, last_attempt=last_attempt)
        case Status.SENDING:
            return Fate(before="Being sent right now.")
        case Status.DELIVERED:
            return _describe_delivered(delivery)
        case Status.FAILED:
            reason = delivery.reason or "It could not be delivered."
            return Fate(before=join(reason, delivery.last_error))
        case _:
            return Fate(before=delivery.reason or delivery.get_status_display() + ".")


def _describe_pending(
    delivery: Delivery, *, now: datetime, last_attempt: Attempt | None
) -> Fate:
    if delivery.due_at > now and delivery.next_attempt_at == delivery.due_at:
        if delivery.reason.startswith(HELD):
            after = delivery.reason.removeprefix(HELD)
            return Fate(before="Held until", at=delivery.due_at, after=after)
        why = find_wait_reason(delivery, last_attempt)
        return Fate(before="Waiting until", at=delivery.due_at, after=f": {why}")
    turn = _describe_turn(delivery.destination, now=now)
    if turn is not None:
        return turn
    if now - delivery.due_at > PATIENCE:
        text = "and waits for a free worker or for its webhook's turn."
        return Fate(before="Due since", at=delivery.due_at, after=f" {text}")
    return Fate(before="About to be sent.")


def _describe_turn(destination: Destination, *, now: datetime) -> Fate | None:
    """Return what a delivery waits for at the gate, or None."""
    if destination.breaker_opened_at is not None:
        text = (
            f"Waiting: the endpoint failed {destination.consecutive_failures} times in "
            "a row; one request is tried"
        )
        if destination.probe_at is None or destination.probe_at <= now:
            return Fate(before=f"{text} now.")
        return Fate(before=f"{text} at", at=destination.probe_at, after=".")
    if destination.rate_per_minute is not None:
        return Fate(before=describe_rate(destination))
    return None


def describe_rate(destination: Destination) -> str:
    """Return what a delivery waits for that its webhook's rate limit holds back."""
    rate = destination.rate_per_minute
    word = "request" if rate == 1 else "requests"
    return f"Waiting for its turn: at most {rate} {word} a minute."


def find_wait_reason(delivery: Delivery, last_attempt: Attempt | None) -> str:
    """Return why a delivery waits, to follow "Waiting until …:"."""
    if not delivery.attempt_count:
        return "nothing was sent yet."
    if last_attempt is not None:
        asked = find_asked_pause(delivery, last_attempt)
        if asked:
            code = last_attempt.status_code
            return f"the endpoint asked for {asked} ({code} Retry-After)."
    return f"attempt {delivery.attempt_count} failed. {delivery.last_error}".strip()


def find_asked_pause(delivery: Delivery, attempt: Attempt) -> str:
    """Return the pause that the endpoint asked for, when it is what decides."""
    if attempt.status_code not in BUSY_STATUSES:
        return ""
    value = next(
        (v for n, v in attempt.response_headers.items() if n.lower() == "retry-after"),
        None,
    )
    ended_at = attempt.started_at + timedelta(milliseconds=attempt.duration_ms)
    asked = parse_retry_after(value, now=ended_at)
    if not asked:
        return ""
    until = ended_at + timedelta(seconds=min(asked, MAX_RETRY_AFTER_SECONDS))
    if abs(delivery.due_at - until) > TOLERANCE:
        return ""
    if asked > MAX_RETRY_AFTER_SECONDS:
        return "more than 10 h"
    return f"{asked:g} s" if asked < 120 else f"{asked / 60:.0f} min"


def _describe_delivered(delivery: Delivery) -> Fate:
    attempts = (
        "at the first attempt"
        if delivery.attempt_count <= 1
        else f"after {delivery.attempt_count} attempts"
    )
    after = f" {attempts}."
    if delivery.reason:
        # Somebody sent it again, and that did not work.
        after = join(f" {attempts}.", delivery.reason)
    return Fate(before="Delivered", at=delivery.delivered_at, after=after)


def join(*sentences: str) -> str:
    """Return sentences one after the other, without the empty ones."""
    return " ".join(each for each in sentences if each)
