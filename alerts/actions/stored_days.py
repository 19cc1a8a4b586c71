"""The finished days of services, from the daily roll-ups: many at once, and fast."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Q, TextField
from django.db.models.functions import Cast

from alerts.days import find_day, find_day_span
from alerts.models import DailyUptime, Service
from alerts.uptime import Policy, Seconds

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

#: So many services are named in a statement; of more the whole organization is read.
MOST_NAMED = 200
#: Worst first; a day shows the worst that happened in it.
_WORST_FIRST = ("down", "degraded", "maintenance", "operational")
_KEYS = (Cast("service_id", TextField()), Cast("day", TextField()))
_COLUMNS = (
    "incident_count",
    "operational_seconds",
    "degraded_seconds",
    "down_seconds",
    "maintenance_seconds",
    "unknown_seconds",
)


class UptimeDay(NamedTuple):
    """One day of a service, in the zone of its organization."""

    day: date
    seconds: Seconds
    share: float | None  # 0 to 1; None is no data
    incident_count: int = 0  # incidents that it joined on that day

    @property
    def status(self) -> str:
        """The worst status of the day; empty when nothing is known of it."""
        for status in _WORST_FIRST:
            if getattr(self.seconds, status) > 0:
                return status
        return ""


def about(services: Collection[Service]) -> Q:
    """Return the condition for rows of services; of very many, for all of their own.

    To write down a thousand ids takes longer than to skip rows that are not asked
    for: whoever asks for so many asks for nearly all of an organization.
    """
    ids = [service.pk for service in services]
    if len(ids) <= MOST_NAMED:
        return Q(service__in=ids)
    # As numbers, which are compared a lot faster than ids.
    owners = {s.organization_id.int: s.organization_id for s in services}
    return Q(service__organization__in=list(owners.values()))


class StoredDays:
    """The finished days of a window, as they are stored or, without a row, were.

    Only days on which something was are stored. All others are alike for every
    service, so that they are made once and shared.
    """

    def __init__(
        self,
        services: Collection[Service],
        *,
        first: date,
        until: date,
        zone: ZoneInfo,
    ) -> None:
        """Say which days of which services.

        Args:
            services: With their time of creation.
            first: The first day.
            until: The day after the last one.
            zone: Whose days.
        """
        self._services = services
        self._first = first
        self._until = until
        self._zone = zone
        self._days = [first + timedelta(days=n) for n in range((until - first).days)]

    def list_all(self, policy: Policy) -> list[list[UptimeDay]]:
        """Return the days of each of the services, oldest first.

        Args:
            policy: How shares are counted.
        """
        found = self._build_all(policy)
        if not self._days:
            return found
        write = str if connection.features.has_native_uuid_field else _get_hex
        by_key = {
            write(service.pk): days
            for service, days in zip(self._services, found, strict=True)
        }
        places = {day.isoformat(): (n, day) for n, day in enumerate(self._days)}
        with connection.cursor() as cursor:
            cursor.execute(*self._write_query())
            for row in cursor:
                days = by_key.get(row[0])
                if days is None:
                    continue
                number, day = places[row[1]]
                seconds = Seconds(*row[3:])
                share = policy.find_share(seconds)
                days[number] = UptimeDay(day, seconds, share, row[2])
        return found

    def _write_query(self) -> tuple[str, tuple[Any, ...]]:
        # As texts, without the ORM: a thousand services have some ten thousand rows,
        # and an id and a date would be made of each, of which there are few.
        rows = DailyUptime.objects.filter(
            Q(day__gte=self._first, day__lt=self._until), about(self._services)
        ).values_list(*_KEYS, *_COLUMNS)
        written: tuple[str, tuple[Any, ...]] = rows.query.sql_with_params()
        return written

    def _build_all(self, policy: Policy) -> list[list[UptimeDay]]:
        """Return the days of each service as if nothing had happened."""
        good, unknown = self._build_plain(policy)
        births: dict[datetime, int] = {}
        found = []
        for service in self._services:
            born = births.get(service.created_at)
            if born is None:
                since = find_day(service.created_at, self._zone) - self._first
                born = births[service.created_at] = max(0, min(since.days, len(good)))
            found.append(unknown[:born] + good[born:])
        return found

    def _build_plain(self, policy: Policy) -> tuple[list[UptimeDay], list[UptimeDay]]:
        """Return the days on which nothing was, and those before a service existed."""
        good, unknown = [], []
        for day in self._days:
            span = find_day_span(day, day, self._zone)
            length = (span.end - span.start).total_seconds()
            seconds = Seconds(operational=length)
            good.append(UptimeDay(day, seconds, policy.find_share(seconds)))
            unknown.append(UptimeDay(day, Seconds(unknown=length), None))
        return good, unknown


def _get_hex(key: UUID) -> str:
    return key.hex
