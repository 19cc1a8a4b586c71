"""When to try again: pure, so that a table can test it.

The default schedule tries for three days: soon for a hiccup, then ever more
rarely for an outage that somebody has to mend. Jitter spreads the retries of
deliveries that failed together.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

#: Seconds to wait after each failure: ten attempts in 75.6 hours.
DEFAULT_SCHEDULE = (5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
JITTER = 0.2
#: An endpoint may ask for a pause, but not put us off for ever.
MAX_RETRY_AFTER_SECONDS = 36_000
#: The answers whose ``Retry-After`` is honoured.
BUSY_STATUSES = frozenset({429, 503})


def find_delay(
    failure_count: int,
    *,
    schedule: Sequence[int] | None,
    random_value: float,
    retry_after_seconds: float | None = None,
) -> float | None:
    """Return how many seconds to wait after a failure, or None to give up.

    Args:
        failure_count: Failed attempts so far, this one included: 1 and up.
        schedule: The destination's own waits in seconds; None takes the default.
        random_value: 0 to 1; 0.5 gives the schedule's own figure, the ends 20 %
            less and more.
        retry_after_seconds: What the endpoint asked for; it can lengthen the wait
            up to ten hours, never shorten it.
    """
    waits = schedule or DEFAULT_SCHEDULE
    if failure_count > len(waits):
        return None
    delay = waits[failure_count - 1] * (1 + JITTER * (2 * random_value - 1))
    asked = min(retry_after_seconds or 0.0, MAX_RETRY_AFTER_SECONDS)
    return max(delay, asked)


def parse_retry_after(value: str | None, *, now: datetime) -> float | None:
    """Return the seconds that a ``Retry-After`` header asks for, or None.

    Source: RFC 9110, section 10.2.3: whole seconds, or a date.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdecimal():
        return float(min(int(text[:12]), 10**9))
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
