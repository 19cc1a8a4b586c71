"""What an outcome means for its delivery: pure."""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from http import HTTPStatus

from webhooks.backoff import BUSY_STATUSES, find_delay, parse_retry_after
from webhooks.engine.claim import Claimed
from webhooks.engine.messages import Failure, HttpOutcome
from webhooks.engine.wire import Recipient, to_datetime

GONE = "The endpoint answered 410 Gone; enter its new address, then enable it again."
#: Failures of the way to an endpoint: whatever is sent there would meet them.
OUTAGES = frozenset(
    {
        "dns_failed",
        "connection_refused",
        "connection_failed",
        "connect_timeout",
        "tls_failed",
        "timeout",
        "connection_lost",
        "invalid_answer",
        "too_many_headers",
        "oauth2_token_failed",
        "smtp_unreachable",
        "smtp_auth_failed",
        "chat_unreachable",
    }
)
#: Failures that say by their status whether they are of the endpoint as a whole.
_ANSWERS = frozenset({"http_error", "chat_refused"})


class Sign(enum.Enum):
    """What an attempt says about its endpoint as a whole."""

    ALIVE = enum.auto()  # it answered, if only to refuse this one delivery
    OUTAGE = enum.auto()  # out of reach, silent, broken or too busy
    NONE = enum.auto()  # nothing went there, such as to a refused address


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What follows from an attempt, for its delivery and its destination."""

    status: str  #: delivered, pending or failed
    delay_seconds: float | None = None  #: until the next attempt, when pending
    reason: str = ""  #: why it failed for good
    disables: bool = False  #: the destination is to be disabled
    sign: Sign = Sign.NONE
    was_probe: bool = False  #: it was the one request that an open breaker let through
    asked_seconds: float = 0.0  #: the pause that the endpoint asked for


#: Made once: nearly every attempt ends like this.
_DELIVERED = Verdict(status="delivered", sign=Sign.ALIVE)
_DELIVERED_BY_PROBE = replace(_DELIVERED, was_probe=True)


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
        return _DELIVERED_BY_PROBE if claimed.is_probe else _DELIVERED
    asked_seconds = _read_retry_after(outcome)
    verdict = _judge_failure(
        claimed,
        recipient,
        outcome,
        asked_seconds=asked_seconds,
        random_value=random_value,
    )
    return replace(
        verdict,
        sign=read_sign(outcome),
        was_probe=claimed.is_probe,
        asked_seconds=asked_seconds or 0.0,
    )


def _judge_failure(
    claimed: Claimed,
    recipient: Recipient,
    outcome: HttpOutcome,
    *,
    asked_seconds: float | None,
    random_value: float,
) -> Verdict:
    assert outcome.error is not None
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
        retry_after_seconds=asked_seconds,
    )
    if delay is None:
        return _give_up(claimed, f"Gave up after {count} attempts.")
    return Verdict(status="pending", delay_seconds=delay)


def read_sign(outcome: HttpOutcome) -> Sign:
    """Return what an outcome says about the endpoint as a whole."""
    error, status = outcome.error, outcome.status_code
    if error is None:
        return Sign.ALIVE
    if error.code in OUTAGES:
        return Sign.OUTAGE
    if status is None:
        return Sign.NONE
    if error.code in _ANSWERS and (
        status >= HTTPStatus.INTERNAL_SERVER_ERROR
        or status == HTTPStatus.TOO_MANY_REQUESTS
    ):
        return Sign.OUTAGE
    return Sign.ALIVE


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
