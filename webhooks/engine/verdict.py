"""What an outcome means for its delivery: pure."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from webhooks.backoff import BUSY_STATUSES, find_delay, parse_retry_after
from webhooks.engine.claim import Claimed
from webhooks.engine.messages import Failure, HttpOutcome
from webhooks.engine.wire import Recipient, to_datetime

GONE = "The endpoint answered 410 Gone; enter its new address, then enable it again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The state of a delivery after an attempt."""

    status: str  #: delivered, pending or failed
    delay_seconds: float | None = None  #: until the next attempt, when pending
    reason: str = ""  #: why it failed for good
    disables: bool = False  #: the destination is to be disabled


def judge(
    claimed: Claimed, recipient: Recipient, outcome: HttpOutcome, *, random_value: float
) -> Verdict:
    """Decide what follows from an attempt.

    Args:
        claimed: The delivery, as it was before the attempt.
        recipient: Where it went; brings its own schedule or none.
        outcome: What came back; not a failure of ours.
        random_value: 0 to 1, for the jitter.
    """
    if outcome.error is None:
        return Verdict(status="delivered")
    if outcome.status_code == HTTPStatus.GONE:
        return _give_up(claimed, "The endpoint is gone (410).", disables=True)
    if outcome.error.permanent:
        return _give_up(claimed, "Sending the same again cannot help.")
    if claimed.is_last_attempt:
        return _give_up(claimed, "The attempt that was asked for failed.")
    count = claimed.attempt_count + 1
    delay = find_delay(
        count,
        schedule=recipient.retry_schedule,
        random_value=random_value,
        retry_after_seconds=_read_retry_after(outcome),
    )
    if delay is None:
        return _give_up(claimed, f"Gave up after {count} attempts.")
    return Verdict(status="pending", delay_seconds=delay)


def is_ours(error: Failure | None) -> bool:
    """Whether a failure is no fault of the destination."""
    return error is not None and error.code == "internal"


def _give_up(claimed: Claimed, reason: str, *, disables: bool = False) -> Verdict:
    # A delivery that had arrived before somebody sent it again has arrived.
    status = "delivered" if claimed.was_delivered else "failed"
    return Verdict(status=status, reason=reason, disables=disables)


def _read_retry_after(outcome: HttpOutcome) -> float | None:
    if outcome.status_code not in BUSY_STATUSES:
        return None
    ended_at = to_datetime(outcome.started_at + outcome.duration_ms / 1000)
    return parse_retry_after(outcome.header("retry-after"), now=ended_at)
