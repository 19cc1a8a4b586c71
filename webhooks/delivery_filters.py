"""What the list of deliveries may be asked for, read from an address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Q
from django.utils.dateparse import parse_date, parse_datetime

from webhooks.models import Delivery

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Ids know no time before 1970, and databases not every zone of the years 1 and 9999.
EARLIEST, LATEST = datetime(1971, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
#: The parameters, in the order of the form.
FILTERS = ("q", "status", "webhook", "type", "since", "from", "until")
#: What `since` says when the two times are given by themselves.
BETWEEN = "between"
#: What `since` may say instead of a time, and its words.
PERIODS = {
    "1h": (timedelta(hours=1), "Last hour"),
    "24h": (timedelta(hours=24), "Last 24 hours"),
    "7d": (timedelta(days=7), "Last 7 days"),
    "30d": (timedelta(days=30), "Last 30 days"),
}
MAX_TEXT_LENGTH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFilters:
    """Which deliveries are wanted; what is empty does not matter."""

    text: str = ""
    status: str = ""
    webhook: UUID | None = None
    event_type: str = ""  # a type, a group such as incident.*, or *
    since: datetime | None = None
    until: datetime | None = None
    #: What was asked for and makes no sense, as a sentence; nothing matches then.
    mistake: str = ""

    def type_query(self) -> Q:
        """Return the condition for the event type."""
        wanted = self.event_type
        if wanted.endswith("*"):
            prefix = wanted.rstrip("*")
            return Q(event_type__startswith=prefix) if prefix else Q()
        return Q(event_type=wanted) if wanted else Q()

    def time_query(self) -> Q:
        """Return the condition for the time, to the second."""
        query = Q()
        if self.since is not None:
            query &= Q(created_at__gte=clamp_time(self.since))
        if self.until is not None:
            query &= Q(created_at__lt=clamp_time(self.until))
        return query


def clamp_time(moment: datetime) -> datetime:
    """Return the nearest time that databases and ids know; anyone may type any year."""
    return min(max(moment, EARLIEST), LATEST)


def parse_filters(chosen: Mapping[str, str], *, now: datetime) -> DeliveryFilters:
    """Read the filters of an address.

    Args:
        chosen: The text of each of `FILTERS`, empty when it was left out.
        now: What periods such as ``24h`` are counted from.
    """
    mistakes: list[str] = []
    since = chosen["from"] if chosen["since"] == BETWEEN else chosen["since"]
    status = chosen["status"]
    if status and status not in Delivery.Status.values:
        mistakes.append(f"There is no status “{status:.30}”.")
    return DeliveryFilters(
        text=chosen["q"][:MAX_TEXT_LENGTH],
        status=status,
        webhook=_parse_webhook(chosen["webhook"], mistakes),
        event_type=chosen["type"].lower(),
        since=_parse_time(since, now=now, mistakes=mistakes),
        until=_parse_time(chosen["until"], now=now, mistakes=mistakes),
        mistake=" ".join(mistakes),
    )


def _parse_webhook(text: str, mistakes: list[str]) -> UUID | None:
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError:
        mistakes.append("There is no such webhook.")
        return None


def _parse_time(text: str, *, now: datetime, mistakes: list[str]) -> datetime | None:
    if not text:
        return None
    if text in PERIODS:
        return now - PERIODS[text][0]
    try:
        moment = parse_datetime(text)
        day = parse_date(text) if moment is None else None
    except ValueError:
        moment = day = None  # such as the 31st of November
    if day is not None:
        moment = datetime(day.year, day.month, day.day, tzinfo=UTC)
    if moment is None:
        mistakes.append(
            f"“{text:.30}” is no time; write one such as 2026-11-21T14:05 (in UTC)."
        )
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
