"""Count finished days once and store them, so that months come back in no time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Min, Q, QuerySet

from accounts.models import Organization
from alerts.actions.uptime import Count, count_from_changes
from alerts.days import ONE_DAY, find_day, find_day_start
from alerts.models import (
    DailyUptime,
    Preferences,
    Service,
    StatusChange,
    UptimeProgress,
)
from integrations_project.lib.ids import first_id_at
from integrations_project.lib.zones import find_zone

#: So many services are counted and written in one transaction.
CHUNK = 50
#: A change may be committed this long after its id was made.
COMMIT_DELAY = timedelta(minutes=10)


def roll_up_uptime(*, now: datetime) -> int:
    """Store the days that are over, and again those that were changed afterwards.

    Cheap when there is nothing to do, so that it may run every minute: a day is
    stored soon after its midnight in each organization's zone. After a pause it
    catches up; another zone begins anew; changes that arrived late have the days
    since then counted again. Running it twice, also at once, stores the same.

    Returns:
        How many times the days of a service were counted.
    """
    zones = dict(Preferences.objects.values_list("organization_id", "time_zone"))
    progress = {row.pk: row for row in UptimeProgress.objects.all()}
    count = 0
    for organization_id in Organization.objects.values_list("pk", flat=True):
        zone = find_zone(zones.get(organization_id, "UTC"))
        count += _catch_up(organization_id, progress.get(organization_id), zone, now)
    return count + _count_late(now)


def _catch_up(
    organization_id: UUID,
    progress: UptimeProgress | None,
    zone: ZoneInfo,
    now: datetime,
) -> int:
    yesterday = find_day(now, zone) - ONE_DAY
    if progress is None or progress.time_zone != zone.key:
        last_day = None
        _begin(organization_id, zone, now)
    else:
        last_day = progress.last_day
    if last_day is not None and last_day >= yesterday:
        return 0
    services = Service.objects.filter(organization=organization_id).order_by("pk")
    first = _find_first_day(services, zone) if last_day is None else last_day + ONE_DAY
    count = _store_days(organization_id, list(services), zone, (first, yesterday))
    UptimeProgress.objects.filter(
        Q(last_day=None) | Q(last_day__lt=yesterday),
        pk=organization_id,
        time_zone=zone.key,
    ).update(last_day=yesterday)
    return count


@transaction.atomic
def _begin(organization_id: UUID, zone: ZoneInfo, now: datetime) -> None:
    """Begin anew in a zone; until it has caught up nothing that is stored counts."""
    values = {"time_zone": zone.key, "last_day": None, "checked_at": now}
    UptimeProgress.objects.update_or_create(
        organization_id=organization_id, defaults=values
    )
    DailyUptime.objects.filter(service__organization=organization_id).delete()


def _find_first_day(services: QuerySet[Service], zone: ZoneInfo) -> date:
    first = services.aggregate(first=Min("created_at"))["first"]
    return find_day(first, zone) if first else date.max


def _store_days(
    organization_id: UUID,
    services: Sequence[Service],
    zone: ZoneInfo,
    days: tuple[date, date],
) -> int:
    """Count and store days of services, some at a time; tells how many services."""
    first, last = days
    if first > last:
        return 0
    count = 0
    for start in range(0, len(services), CHUNK):
        chunk = services[start : start + CHUNK]
        if not _store_chunk(organization_id, chunk, zone, days):
            break
        count += len(chunk)
    return count


@transaction.atomic
def _store_chunk(
    organization_id: UUID,
    services: Sequence[Service],
    zone: ZoneInfo,
    days: tuple[date, date],
) -> bool:
    """Replace what is stored of days; False when the zone is another by now.

    The progress is locked meanwhile, so that two runs write one after the other.
    """
    progress = UptimeProgress.objects.select_for_update().filter(
        pk=organization_id, time_zone=zone.key
    )
    if not list(progress):
        return False
    ids = [service.pk for service in services]
    first, last = days
    end = find_day_start(last + ONE_DAY, zone)
    # Status first, changes second, as always: one in between is among the changes.
    known = list(Service.objects.filter(pk__in=ids))
    counts = count_from_changes(known, first=first, end=end, zone=zone)
    DailyUptime.objects.filter(service__in=ids, day__range=days).delete()
    DailyUptime.objects.bulk_create(
        _build_row(service_id, day, count)
        for service_id, found in counts.items()
        for day, count in found.items()
        if not _is_plain(count)
    )
    return True


def _is_plain(count: Count) -> bool:
    """Whether nothing happened: such days are known without a row."""
    seconds = count.seconds
    return not count.incident_count and sum(seconds) in (
        seconds.operational,
        seconds.unknown,
    )


def _build_row(service_id: UUID, day: date, count: Count) -> DailyUptime:
    return DailyUptime(
        service_id=service_id,
        day=day,
        operational_seconds=count.seconds.operational,
        degraded_seconds=count.seconds.degraded,
        down_seconds=count.seconds.down,
        maintenance_seconds=count.seconds.maintenance,
        unknown_seconds=count.seconds.unknown,
        incident_count=count.incident_count,
    )


def _count_late(now: datetime) -> int:
    """Count days again for which changes arrived after they were stored.

    The ids tell: they are made when a row is, whatever time the row speaks of.
    """
    progress = {
        row.pk: row for row in UptimeProgress.objects.filter(last_day__isnull=False)
    }
    if not progress:
        return 0
    since = min(row.checked_at for row in progress.values()) - COMMIT_DELAY
    late: defaultdict[tuple[UUID, date], set[UUID]] = defaultdict(set)
    for organization_id, service_id, moment in _list_recent(since):
        row = progress.get(organization_id)
        if row is None or row.last_day is None:
            continue
        day = find_day(moment, find_zone(row.time_zone))
        if day <= row.last_day:
            late[organization_id, day].add(service_id)
    count = 0
    for (organization_id, day), service_ids in sorted(late.items()):
        row = progress[organization_id]
        assert row.last_day is not None  # selected so
        count += _store_days(
            organization_id,
            list(Service.objects.filter(pk__in=service_ids).order_by("pk")),
            find_zone(row.time_zone),
            (day, row.last_day),
        )
    UptimeProgress.objects.filter(pk__in=progress, checked_at__lt=now).update(
        checked_at=now
    )
    return count


def _list_recent(since: datetime) -> list[tuple[UUID, UUID, datetime]]:
    """Return the services that are new or changed: organization, id, first moment."""
    floor = first_id_at(since)
    changes = StatusChange.objects.filter(pk__gte=floor).order_by()
    services = Service.objects.filter(pk__gte=floor).order_by()
    return [
        *changes.values("organization_id", "service_id")
        .annotate(first=Min("changed_at"))
        .values_list("organization_id", "service_id", "first"),
        *services.values_list("organization_id", "pk", "created_at"),
    ]
