"""Error budgets that burn fast: told once, until they no longer do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from alerts.actions.preferences import find_preferences
from alerts.actions.quiet import find_service_silencer
from alerts.actions.routing import publish_event
from alerts.actions.uptime import build_policy, list_intervals, list_uptime_days
from alerts.error_budget import (
    BUDGET_DAYS,
    LOOK_BACK,
    Budget,
    Burn,
    build_budget,
    find_burn,
)
from alerts.models import Service, Status, StatusChange
from alerts.snapshots import build_burning_snapshot
from alerts.uptime import Policy, Seconds, add_up, describe_share
from integrations_project.lib.ids import uuid7
from webhooks.datatypes import NewEvent


def watch_budgets(*, now: datetime) -> int:
    """Publish ``uptime.budget_burning`` for services whose budget begins to burn fast.

    Once while it burns: `Service.budget_burning_since` is set with the event, in one
    transaction, by an update that only one of several runs can make; it is emptied
    when no alarm of `error_budget.ALARMS` is due any more.

    Returns:
        How many services were told of.
    """
    count = 0
    for services in _list_watched(now).values():
        count += _watch(services, now)
    return count


def _list_watched(now: datetime) -> dict[UUID, list[Service]]:
    """Return the services with a target to which something happened, by whose."""
    recent = StatusChange.objects.filter(
        service=OuterRef("pk"), changed_at__gte=now - LOOK_BACK
    )
    rows = Service.objects.filter(uptime_target__isnull=False).filter(
        Q(budget_burning_since__isnull=False)
        | ~Q(status=Status.OPERATIONAL)
        | Exists(recent)
    )
    found: defaultdict[UUID, list[Service]] = defaultdict(list)
    for service in rows.select_related("organization", "network").order_by("pk"):
        found[service.organization_id].append(service)
    return found


def _watch(services: Sequence[Service], now: datetime) -> int:
    """Judge the services of one organization."""
    policy = build_policy(find_preferences(services[0].organization))
    by_id = {service.pk: service for service in services}
    count = 0
    for service_id, intervals in list_intervals(services, start=now - LOOK_BACK):
        service = by_id[service_id]
        assert service.uptime_target is not None  # selected so
        target = float(service.uptime_target) / 100
        burn = find_burn(intervals, now=now, target=target, policy=policy)
        if burn is None:
            _end(service)
        elif service.budget_burning_since is None:
            count += _begin(service, burn, policy, now)
    return count


def _end(service: Service) -> None:
    if service.budget_burning_since is not None:
        Service.objects.filter(pk=service.pk).update(budget_burning_since=None)


@transaction.atomic
def _begin(service: Service, burn: Burn, policy: Policy, now: datetime) -> bool:
    """Note that it burns and tell of it; False when another run did, or it is gone."""
    if find_service_silencer(service, now=now) is not None:
        return False  # told by the first run after the window, if it burns still
    begun = Service.objects.filter(
        pk=service.pk, budget_burning_since=None, uptime_target=service.uptime_target
    ).update(budget_burning_since=now)
    if not begun:
        return False
    seconds = measure_budget_window(service, now=now)
    assert service.uptime_target is not None  # selected so
    target = float(service.uptime_target)
    budget = build_budget(target, seconds, policy)
    share = policy.find_share(seconds)
    data = build_burning_snapshot(
        service, budget=budget, share=share, burn=burn, since=now
    )
    data["message"] = _say(service, burn, budget, share)
    network = service.network
    event = NewEvent(
        type="uptime.budget_burning",
        data=data,
        occurred_at=now,
        trace=uuid7(),
        subject_kind="service",
        subject_id=str(service.pk),
        subject_label=service.name,
        network_id=network.pk if network else None,
        network_name=network.label if network else "",
    )
    publish_event(service.organization, event, service_ids=[service.pk])
    return True


def measure_budget_window(service: Service, *, now: datetime) -> Seconds:
    """Return the seconds of the last 30 days, today so far among them."""
    days = list_uptime_days(service.organization, [service], days=BUDGET_DAYS, now=now)[
        service.pk
    ]
    return add_up(day.seconds for day in days)


def _say(service: Service, burn: Burn, budget: Budget, share: float | None) -> str:
    hours = burn.window // timedelta(hours=1)
    span = "hour" if hours == 1 else f"{hours} hours"
    left = max(budget.left_percent, 0)
    return (
        f"{service.name} burns its error budget {burn.rate:.1f} times too fast over "
        f"the last {span}: {describe_share(share)} of the last {BUDGET_DAYS} days, "
        f"the target is {float(service.uptime_target or 0):g} %, "
        f"{left:.0f} % of the budget is left."
    )
