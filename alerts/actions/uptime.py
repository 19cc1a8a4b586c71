"""How services were, day by day: from the daily roll-ups, and from changes since."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from alerts.actions.preferences import find_preferences
from alerts.actions.stored_days import StoredDays, UptimeDay, about
from alerts.days import ONE_DAY, find_day, find_day_start, list_days
from alerts.models import (
    IncidentService,
    Preferences,
    Service,
    StatusChange,
    UptimeProgress,
)
from alerts.uptime import (
    NOTHING,
    Change,
    Interval,
    Policy,
    Seconds,
    build_intervals,
    count_days,
    count_seconds,
)
from integrations_project.lib.zones import find_zone

if TYPE_CHECKING:
    from accounts.models import Organization


class Count(NamedTuple):
    """What is counted of one day of a service."""

    seconds: Seconds
    incident_count: int


_EMPTY = Count(NOTHING, 0)


def build_policy(preferences: Preferences) -> Policy:
    """Return how an organization counts, as plain values."""
    return Policy(
        degraded_weight=float(preferences.degraded_weight),
        down_weight=float(preferences.down_weight),
        is_maintenance_up=preferences.maintenance == Preferences.Maintenance.UP,
    )


def list_uptime_days(
    organization: Organization,
    services: Collection[Service],
    *,
    days: int,
    now: datetime,
    preferences: Preferences | None = None,
    with_incidents: bool = True,
) -> dict[UUID, list[UptimeDay]]:
    """Return the last days of services, oldest first, today so far the last of them.

    Five statements however many services, four without incidents: finished days come
    from the roll-ups, and what is not rolled up, such as today, from the changes.

    Args:
        organization: Whose services they are; its preferences say how to count.
        services: With their status and their time of creation.
        days: How many, 1 for today alone.
        now: Until when.
        preferences: The organization's, where they are at hand; saves a statement.
        with_incidents: Count the incidents of days that are not rolled up.

    Returns:
        For the id of each service exactly ``days`` days; those before it existed
        have no share.
    """
    preferences = preferences or find_preferences(organization)
    today = find_day(now, find_zone(preferences.time_zone))
    first = today - timedelta(days=days - 1)
    return list_days_between(
        preferences,
        services,
        first=first,
        last=today,
        now=now,
        with_incidents=with_incidents,
    )


def list_days_between(
    preferences: Preferences,
    services: Collection[Service],
    *,
    first: date,
    last: date,
    now: datetime,
    with_incidents: bool = True,
) -> dict[UUID, list[UptimeDay]]:
    """Return the days of services from one to another, both included.

    As `list_uptime_days` does, by the preferences of the organization whose services
    they are; days that are still to come are left out.
    """
    zone, policy = find_zone(preferences.time_zone), build_policy(preferences)
    last = min(last, find_day(now, zone))
    if first > last or not services:
        return {service.pk: [] for service in services}
    following = last + ONE_DAY
    fresh_from = max(
        first, _find_first_fresh(preferences.organization_id, zone) or first
    )
    fresh_from = min(fresh_from, following)
    stored = StoredDays(services, first=first, until=fresh_from, zone=zone)
    end = min(now, find_day_start(following, zone))
    counts = count_from_changes(
        services, first=fresh_from, end=end, zone=zone, with_incidents=with_incidents
    )
    fresh_days = list_days(fresh_from, last)
    found = {}
    for service, rows in zip(services, stored.list_all(policy), strict=True):
        fresh = counts[service.pk]
        for day in fresh_days:
            seconds, count = fresh.get(day, _EMPTY)  # a day begins at this very moment
            rows.append(UptimeDay(day, seconds, policy.find_share(seconds), count))
        found[service.pk] = rows
    return found


def measure_range(
    service: Service, *, start: datetime, end: datetime, now: datetime
) -> Seconds:
    """Return the seconds of each state of one service between two times.

    From the recorded changes; what lies ahead of ``now`` is left out, and a range
    that is wholly ahead has no seconds.
    """
    end = min(end, now)
    if end <= start:
        return NOTHING
    intervals = find_intervals(service, start=start, end=end)
    return count_seconds(intervals, start=start, end=end)


def find_intervals(
    service: Service, *, start: datetime, end: datetime
) -> list[Interval]:
    """Return the states of a service between two times, from its changes."""
    rows = StatusChange.objects.filter(service=service)
    within = rows.filter(changed_at__gte=start, changed_at__lt=end)
    changes = [
        Change(*row)
        for row in within.order_by("changed_at", "pk").values_list(
            "changed_at", "previous_status", "status"
        )
    ]
    status = service.status
    if not changes:
        after = rows.filter(changed_at__gte=end).order_by("changed_at", "pk").first()
        status = after.previous_status if after else service.status
    return build_intervals(
        changes, start=start, known_from=service.created_at, status=status
    )


def list_intervals(
    services: Collection[Service], *, start: datetime
) -> Iterator[tuple[UUID, list[Interval]]]:
    """Return each service's states since a time, in one statement for all."""
    changes: defaultdict[UUID, list[Change]] = defaultdict(list)
    rows = StatusChange.objects.filter(about(services), changed_at__gte=start).order_by(
        "changed_at", "pk"
    )
    for service_id, at, before, after in rows.values_list(
        "service_id", "changed_at", "previous_status", "status"
    ):
        changes[service_id].append(Change(at, before, after))
    unchanged: dict[str, list[Interval]] = {}
    for service in services:
        is_plain = service.pk not in changes and service.created_at <= start
        if is_plain and service.status in unchanged:
            yield service.pk, unchanged[service.status]
            continue
        intervals = build_intervals(
            changes.get(service.pk, []),
            start=start,
            known_from=service.created_at,
            status=service.status,
        )
        if is_plain:
            unchanged[service.status] = intervals
        yield service.pk, intervals


def count_from_changes(
    services: Collection[Service],
    *,
    first: date,
    end: datetime,
    zone: ZoneInfo,
    with_incidents: bool = True,
) -> dict[UUID, dict[date, Count]]:
    """Count days of services from their recorded changes, in two statements.

    Args:
        services: With their status and their time of creation.
        first: The first day.
        end: Until when; the present at the latest.
        zone: Whose days.
        with_incidents: False leaves their counts at 0, and saves a statement.
    """
    start = find_day_start(first, zone)
    incidents = (
        _count_incidents(services, start=start, end=end, zone=zone)
        if with_incidents
        else {}
    )
    # Most services changed nothing, and those that show the same count the same.
    counted: dict[tuple[Interval, ...], dict[date, Seconds]] = {}
    found = {}
    for service_id, intervals in list_intervals(services, start=start):
        key = tuple(intervals)
        if key not in counted:
            counted[key] = count_days(intervals, start=start, end=end, zone=zone)
        found[service_id] = {
            day: Count(seconds, len(incidents.get((service_id, day), ())))
            for day, seconds in counted[key].items()
        }
    return found


def _count_incidents(
    services: Collection[Service], *, start: datetime, end: datetime, zone: ZoneInfo
) -> dict[tuple[UUID, date], set[UUID]]:
    """Return the incidents that services joined, by service and day."""
    rows = IncidentService.objects.filter(
        about(services),
        linked_at__gte=start,
        linked_at__lt=end,
    ).values_list("service_id", "linked_at", "incident_id")
    found: defaultdict[tuple[UUID, date], set[UUID]] = defaultdict(set)
    for service_id, linked_at, incident_id in rows:
        found[service_id, find_day(linked_at, zone)].add(incident_id)
    return found


def _find_first_fresh(organization_id: UUID, zone: ZoneInfo) -> date | None:
    """Return the first day that is not rolled up in this zone; None is all of them."""
    progress = UptimeProgress.objects.filter(
        organization=organization_id, time_zone=zone.key, last_day__isnull=False
    ).first()
    if progress is None or progress.last_day is None:
        return None
    return progress.last_day + ONE_DAY
