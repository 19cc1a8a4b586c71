"""How much of what a target allows to be lost is lost, and how fast. Pure.

A target of 99.9 % allows 0.1 % of 30 days, 43.2 minutes, to be lost: the budget. A
burn rate of 1 uses it up in exactly 30 days.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from alerts.uptime import Interval, Policy, Seconds, count_seconds

BUDGET_DAYS = 30
BUDGET_SECONDS = BUDGET_DAYS * 86_400.0


class Alarm(NamedTuple):
    """Two windows that must both burn at a rate.

    The long one says that it matters, the short one that it still goes on.
    """

    long: timedelta
    short: timedelta
    rate: float


#: 2 % of the budget in an hour, and 5 % in six hours; the fast one first.
#: Source: The Site Reliability Workbook, chapter 5, "Alerting on SLOs", table 5-8.
ALARMS = (
    Alarm(timedelta(hours=1), timedelta(minutes=5), 14.4),
    Alarm(timedelta(hours=6), timedelta(minutes=30), 6.0),
)
#: How far back an alarm looks.
LOOK_BACK = max(alarm.long for alarm in ALARMS)


class Burn(NamedTuple):
    """How fast a budget burns, and the window in which it does."""

    rate: float
    window: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What a target allows to be lost in 30 days, and what of it is."""

    target: float  # 0 to 1
    lost_seconds: float

    @property
    def allowed_seconds(self) -> float:
        """How many seconds of 30 days may be lost."""
        return BUDGET_SECONDS * (1 - self.target)

    @property
    def left_seconds(self) -> float:
        """What is left; below 0 when more was lost than is allowed."""
        return self.allowed_seconds - self.lost_seconds

    @property
    def left_percent(self) -> float:
        """What is left, in percent of what is allowed."""
        return self.left_seconds / self.allowed_seconds * 100


def build_budget(target_percent: float, seconds: Seconds, policy: Policy) -> Budget:
    """Return the budget of the last 30 days.

    Args:
        target_percent: Such as 99.9; below 100.
        seconds: How long each state lasted in these 30 days.
        policy: What counts as lost.
    """
    return Budget(target=target_percent / 100, lost_seconds=policy.find_lost(seconds))


def list_left(budget: Budget, lost_by_day: Sequence[float]) -> list[float]:
    """Return the percent of the budget that was left after each day.

    Args:
        budget: What the target allows.
        lost_by_day: The seconds lost on each day of the window, oldest first.
    """
    left, found = budget.allowed_seconds, []
    for lost in lost_by_day:
        left -= lost
        found.append(left / budget.allowed_seconds * 100)
    return found


def find_burn_rate(
    intervals: Iterable[Interval],
    *,
    window: timedelta,
    now: datetime,
    target: float,
    policy: Policy,
) -> float:
    """Return how many times too fast the budget burned in the window up to now.

    Time under maintenance or without data loses nothing.
    """
    seconds = count_seconds(intervals, start=now - window, end=now)
    return policy.find_lost(seconds) / window.total_seconds() / (1 - target)


def find_burn(
    intervals: Sequence[Interval], *, now: datetime, target: float, policy: Policy
) -> Burn | None:
    """Return how fast a budget burns; None while no alarm is due.

    Args:
        intervals: The states since `LOOK_BACK` before now, at least.
        now: Until when.
        target: 0 to 1, below 1.
        policy: What counts as lost.
    """
    for alarm in ALARMS:
        short, long = (
            find_burn_rate(
                intervals, window=window, now=now, target=target, policy=policy
            )
            for window in (alarm.short, alarm.long)
        )
        if min(short, long) >= alarm.rate:
            return Burn(long, alarm.long)
    return None
