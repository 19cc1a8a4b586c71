"""What the pages of services show of uptime: windows, months, days, the budget."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from alerts.actions import UptimeDay, find_preferences, list_uptime_days
from alerts.actions.uptime import build_policy
from alerts.error_budget import BUDGET_DAYS, Budget, build_budget, list_left
from alerts.uptime import Policy, add_up, describe_formula, describe_share
from alerts.uptime_report import (
    Figure,
    build_cells,
    build_months,
    build_windows,
    describe_day,
    describe_days,
    describe_length,
    list_bad_days,
    say_date,
)

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from accounts.models import Organization
    from alerts.models import Service

BAR_DAYS = 90
#: The table of months goes back a year; the month that began then is whole.
MONTH_DAYS = 366 + 30
MONTHS_SHOWN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class UptimePart:
    """A service's uptime, as its page shows it."""

    windows: list[Figure]
    months: list[Figure]
    cells: list[dict[str, str]]
    label: str  # what the bars show, in sentences
    bad_days: list[str]
    zone: str
    budget: BudgetPart | None  # None without a target


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetPart:
    """What is left of the budget, in words, and how it went."""

    target: str
    share: str
    is_met: bool
    allowed: str
    lost: str
    left: str
    left_percent: float
    is_spent: bool
    points: list[dict[str, Any]]
    label: str  # what the chart shows, in a sentence
    lost_days: list[str]


def build_uptime_part(service: Service, *, now: datetime) -> UptimePart:
    """Return what the page of a service shows of its uptime."""
    organization = service.organization
    preferences = find_preferences(organization)
    policy = build_policy(preferences)
    days = list_uptime_days(
        organization, [service], days=MONTH_DAYS, now=now, preferences=preferences
    )[service.pk]
    shown = days[-BAR_DAYS:]
    return UptimePart(
        windows=build_windows(shown, policy),
        months=build_months(days, policy)[:MONTHS_SHOWN],
        cells=build_cells(shown),
        label=describe_days(service.name, shown, policy),
        bad_days=[describe_day(day) for day in list_bad_days(shown)],
        zone=preferences.time_zone,
        budget=_build_budget(service, days[-BUDGET_DAYS:], policy),
    )


def _build_budget(
    service: Service, days: Sequence[UptimeDay], policy: Policy
) -> BudgetPart | None:
    if service.uptime_target is None:
        return None
    target = float(service.uptime_target)
    seconds = add_up(day.seconds for day in days)
    share = policy.find_share(seconds)
    budget = build_budget(target, seconds, policy)
    lost = [policy.find_lost(day.seconds) for day in days]
    left = list_left(budget, lost)
    return BudgetPart(
        target=f"{target:g} %",
        share=describe_share(share),
        is_met=share is None or share * 100 >= target,
        allowed=_say_minutes(budget.allowed_seconds),
        lost=_say_minutes(budget.lost_seconds),
        left=_say_minutes(abs(budget.left_seconds)),
        left_percent=budget.left_percent,
        is_spent=budget.left_seconds < 0,
        points=[
            {"value": value, "title": f"{say_date(day.day)}: {value:.0f} % left"}
            for day, value in zip(days, left, strict=True)
        ],
        label=_describe_budget(budget),
        lost_days=[
            f"{say_date(day.day)}: {describe_length(loss)} lost, {value:.0f} % left"
            for day, loss, value in zip(days, lost, left, strict=True)
            if loss
        ][::-1],
    )


def _say_minutes(seconds: float) -> str:
    """Say a part of a budget in minutes, which is what targets are thought in."""
    minutes = seconds / 60
    return f"{minutes:,.1f} min" if minutes < 1000 else f"{minutes:,.0f} min"


def _describe_budget(budget: Budget) -> str:
    if budget.left_seconds < 0:
        left = f"overspent by {-budget.left_percent:.0f} %"
    else:
        left = f"{budget.left_percent:.0f} % left"
    return (
        f"Error budget day by day over the last {BUDGET_DAYS} days: "
        f"from 100 % to {left} now."
    )


def list_shares(
    organization: Organization, services: Collection[Service], *, now: datetime
) -> dict[UUID, dict[str, str]]:
    """Return the share of the last 90 days of services: text and formula.

    As many statements as `list_uptime_days` makes without incidents, however many
    services.
    """
    preferences = find_preferences(organization)
    policy = build_policy(preferences)
    days = list_uptime_days(
        organization,
        services,
        days=BAR_DAYS,
        now=now,
        preferences=preferences,
        with_incidents=False,
    )
    found = {}
    for service_id, rows in days.items():
        seconds = add_up(day.seconds for day in rows)
        found[service_id] = {
            "text": describe_share(policy.find_share(seconds)),
            "formula": describe_formula(seconds, policy),
        }
    return found
