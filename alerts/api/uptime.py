"""`/api/v1/services/<id>/uptime`: a window, a month or a range, with its formula."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any, NamedTuple, TypedDict

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.request import Request

from alerts.actions.budgets import measure_budget_window
from alerts.actions.preferences import find_preferences
from alerts.actions.uptime import build_policy, list_days_between, measure_range
from alerts.days import (
    WINDOW_DAYS,
    Span,
    find_day,
    find_day_span,
    find_month,
    find_window,
)
from alerts.error_budget import BUDGET_DAYS, build_budget
from alerts.models import Preferences, Service
from alerts.uptime import (
    Policy,
    Seconds,
    add_up,
    describe_formula,
    describe_share,
    describe_uncounted,
)
from integrations_project.lib.api.fields import write_time
from integrations_project.lib.api.filters import parse_time
from integrations_project.lib.json_types import quote
from integrations_project.lib.zones import find_zone

DEFAULT_WINDOW = "30d"
NAMES = ("window", "month", "since", "until")
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_TIME_HELP = "A time such as 2026-11-21T09:30:00Z."
UPTIME_PARAMETERS = [
    OpenApiParameter(
        "window",
        enum=tuple(WINDOW_DAYS),
        description="Today so far, or so many days with today the last of them.",
    ),
    OpenApiParameter("month", description="A calendar month such as 2026-11."),
    OpenApiParameter("since", description=_TIME_HELP),
    OpenApiParameter("until", description=f"{_TIME_HELP} Now, unless it is said."),
]


class SecondsSerializer(serializers.Serializer[Any]):
    """How long each state lasted."""

    operational = serializers.FloatField()
    degraded = serializers.FloatField()
    down = serializers.FloatField()
    maintenance = serializers.FloatField()
    unknown = serializers.FloatField(help_text="Without data: before it existed.")


class WeightsSerializer(serializers.Serializer[Any]):
    """How the organization counts."""

    degraded = serializers.FloatField()
    down = serializers.FloatField()
    maintenance = serializers.ChoiceField(choices=Preferences.Maintenance.choices)


class BudgetSerializer(serializers.Serializer[Any]):
    """What the target allows to be lost in 30 days, and what of it is left."""

    window_days = serializers.IntegerField()
    allowed_seconds = serializers.FloatField()
    lost_seconds = serializers.FloatField()
    left_seconds = serializers.FloatField()
    left_percent = serializers.FloatField()
    burning_since = serializers.DateTimeField(allow_null=True)


class UptimeSerializer(serializers.Serializer[Any]):
    """How much of a time a service was up."""

    service = serializers.UUIDField()
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    time_zone = serializers.CharField()
    share = serializers.FloatField(allow_null=True, help_text="0 to 1; null: no data.")
    percent = serializers.FloatField(allow_null=True)
    text = serializers.CharField()
    seconds = SecondsSerializer()
    counted_seconds = serializers.FloatField()
    formula = serializers.CharField()
    not_counted = serializers.CharField(allow_blank=True)
    weights = WeightsSerializer()
    target = serializers.FloatField(allow_null=True, help_text="Percent.")
    is_met = serializers.BooleanField(allow_null=True)
    budget = BudgetSerializer(allow_null=True)


class Weights(TypedDict):
    """How the organization counts, as it is shown."""

    degraded: float
    down: float
    maintenance: str


class _Asked(NamedTuple):
    """The time that was asked for; days when it is of whole days."""

    span: Span
    days: tuple[date, date] | None


def show_uptime(service: Service, request: Request, *, now: datetime) -> dict[str, Any]:
    """Return the answer for the time that the query parameters name.

    Raises:
        ValidationError: With a sentence for each parameter that is unknown or wrong.
    """
    preferences = find_preferences(service.organization)
    policy = build_policy(preferences)
    zone = find_zone(preferences.time_zone)
    asked = _read_time(request, now, zone)
    seconds = _measure(service, asked, preferences, now)
    share = policy.find_share(seconds)
    target = None if service.uptime_target is None else float(service.uptime_target)
    has_aim = target is not None and share is not None
    return {
        "service": str(service.pk),
        "since": write_time(asked.span.start),
        "until": write_time(min(asked.span.end, max(now, asked.span.start))),
        "time_zone": zone.key,
        "share": share,
        "percent": None if share is None else share * 100,
        "text": describe_share(share),
        "seconds": seconds._asdict(),
        "counted_seconds": policy.find_counted(seconds),
        "formula": describe_formula(seconds, policy),
        "not_counted": describe_uncounted(seconds, policy),
        "weights": Weights(
            degraded=policy.degraded_weight,
            down=policy.down_weight,
            maintenance=preferences.maintenance,
        ),
        "target": target,
        "is_met": share * 100 >= target if has_aim else None,  # type: ignore[operator]  # both are there
        "budget": _show_budget(service, target, policy, now),
    }


def _measure(
    service: Service, asked: _Asked, preferences: Preferences, now: datetime
) -> Seconds:
    if asked.days is None:
        start, end = asked.span
        return measure_range(service, start=start, end=end, now=now)
    first, last = asked.days
    days = list_days_between(preferences, [service], first=first, last=last, now=now)
    return add_up(day.seconds for day in days[service.pk])


def _show_budget(
    service: Service, target: float | None, policy: Policy, now: datetime
) -> dict[str, Any] | None:
    if target is None:
        return None
    budget = build_budget(target, measure_budget_window(service, now=now), policy)
    return {
        "window_days": BUDGET_DAYS,
        "allowed_seconds": round(budget.allowed_seconds, 3),
        "lost_seconds": round(budget.lost_seconds, 3),
        "left_seconds": round(budget.left_seconds, 3),
        "left_percent": round(budget.left_percent, 2),
        "burning_since": write_time(service.budget_burning_since),
    }


def _read_time(request: Request, now: datetime, zone: Any) -> _Asked:
    given = _read_parameters(request)
    if "month" in given:
        days = _read_month(given["month"])
        return _Asked(find_day_span(*days, zone), days)
    if "since" in given:
        return _Asked(_read_range(given, now), None)
    name = given.get("window", DEFAULT_WINDOW)
    if name not in WINDOW_DAYS:
        words = ", ".join(WINDOW_DAYS)
        message = f"{quote(name)} is none of these; use one of {words}."
        raise serializers.ValidationError({"window": [message]})
    first, last = find_window(find_day(now, zone), WINDOW_DAYS[name])
    return _Asked(find_day_span(first, last, zone), (first, last))


def _read_parameters(request: Request) -> dict[str, str]:
    """Return the query parameters, which must name one time."""
    errors: dict[str, list[str]] = {}
    given: dict[str, str] = {}
    for name in request.query_params:
        values = request.query_params.getlist(name)
        if name not in NAMES:
            words = ", ".join(NAMES)
            errors[name] = [f"There is no parameter {quote(name)} here; use {words}."]
        elif len(values) > 1:
            errors[name] = [f"This is there {len(values)} times; write it once."]
        else:
            given[name] = values[0].strip()
    if not errors:
        errors = _find_clash(given)
    if errors:
        raise serializers.ValidationError(errors)
    return given


def _find_clash(given: dict[str, str]) -> dict[str, list[str]]:
    if "until" in given and "since" not in given:
        return {"since": ["Say since when: until needs a since."]}
    ways = [name for name in ("window", "month", "since") if name in given]
    if len(ways) > 1:
        message = "Name one time: a window, a month, or since with until."
        return {name: [message] for name in ways}
    return {}


def _read_month(text: str) -> tuple[date, date]:
    found = _MONTH.fullmatch(text)
    if found and 1970 < int(found[1]) < 9999 and 1 <= int(found[2]) <= 12:
        return find_month(int(found[1]), int(found[2]))
    message = f"{quote(text)} is no month; write one such as 2026-11."
    raise serializers.ValidationError({"month": [message]})


def _read_range(given: dict[str, str], now: datetime) -> Span:
    errors: dict[str, Any] = {}
    times = {"until": now}
    for name in ("since", "until"):
        if name in given:
            try:
                times[name] = parse_time(given[name])
            except serializers.ValidationError as error:
                errors[name] = error.detail
    if not errors and times["since"] >= times["until"]:
        errors["since"] = ["The time must begin before it ends, and before now."]
    if errors:
        raise serializers.ValidationError(errors)
    return Span(times["since"], times["until"])
