"""When a destination that has to wait may be asked again: pure.

A rate limit gives out slots: at most a second's share of the rate at once, and
never more than the rate in any minute. An open breaker gives out single probes,
ever more rarely.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

MINUTE = 60
#: So many failures in a row open the breaker, the last of them of the endpoint itself.
BREAKER_FAILURES = 10
#: Seconds until the first probe; each one that fails doubles it, up to the longest.
FIRST_PROBE_SECONDS = 5
LONGEST_PROBE_SECONDS = 300
PROBE_JITTER = 0.2


class Slots(NamedTuple):
    """What a rate limit allows now."""

    count: int  #: requests that may start now
    next_slot_at: datetime  #: when the one after them may start


def find_slots(
    rate_per_minute: int, *, next_slot_at: datetime | None, now: datetime, wanted: int
) -> Slots:
    """Return how many requests may start now, at most `wanted`.

    The generic cell rate algorithm: slots lie a fixed step apart, and a second's
    share of those that passed unused may be made up for. The step is as much longer
    than the rate's own as that share needs, so that no window of a minute ever holds
    more than the rate.

    Args:
        rate_per_minute: 1 and up.
        next_slot_at: From the last time; None when there was none.
        now: The database's time.
        wanted: How many could start if there was no limit; 0 and up.
    """
    burst = max(1, rate_per_minute // MINUTE)
    step = MINUTE / (rate_per_minute - burst + 1)
    earliest = now - timedelta(seconds=step * (burst - 1))
    slot = earliest if next_slot_at is None else max(next_slot_at, earliest)
    if slot > now:
        return Slots(0, slot)
    passed = int((now - slot).total_seconds() / step) + 1
    count = min(passed, burst, wanted)
    return Slots(count, slot + timedelta(seconds=step * count))


def find_probe_seconds(probe_count: int, *, random_value: float) -> float:
    """Return how long to wait for the next probe.

    Args:
        probe_count: Probes that failed since the breaker opened.
        random_value: 0 to 1, for the jitter of 20 %.
    """
    doubled = FIRST_PROBE_SECONDS << min(probe_count, 6)
    seconds = min(doubled, LONGEST_PROBE_SECONDS)
    return seconds * (1 + PROBE_JITTER * (2 * random_value - 1))
