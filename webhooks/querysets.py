"""Named selections of destinations, deliveries and attempts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import connection, models
from django.db.models.expressions import RawSQL

if TYPE_CHECKING:
    from datetime import datetime

    from webhooks.models import Attempt, Delivery, Destination, Replay  # noqa: F401  # for the bases

#: The newest deliveries of a destination that tell how it does.
DELIVERIES_COUNTED = 500
_NEWEST_COUNT = """
SELECT count(*)
  FROM (SELECT x.status, x.created_at FROM webhooks_delivery x
         WHERE x.destination_id = webhooks_destination.id
         ORDER BY x.id DESC LIMIT %s) newest
 WHERE newest.status = %s AND newest.created_at >= %s
"""


class DestinationQuerySet(models.QuerySet["Destination"]):
    """Selections of destinations."""

    def enabled(self) -> DestinationQuerySet:
        """Only those that events are sent to."""
        return self.filter(enabled=True)

    def with_delivery_counts(self, *, now: datetime) -> DestinationQuerySet:
        """Add ``delivered_24h`` and ``failed_24h``: ended deliveries of 24 hours.

        Only the newest `DELIVERIES_COUNTED` of each destination are looked at, so
        that a list costs the same after a million deliveries.
        """
        since = connection.ops.adapt_datetimefield_value(now - timedelta(hours=24))
        return self.annotate(
            delivered_24h=_count_newest("delivered", since),
            failed_24h=_count_newest("failed", since),
        )


def _count_newest(status: str, since: object) -> RawSQL:
    # The ORM counts before it limits; here the limit comes first.
    parameters = (DELIVERIES_COUNTED, status, since)
    return RawSQL(_NEWEST_COUNT, parameters, output_field=models.IntegerField())  # noqa: S611  # constants only


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Selections of deliveries."""

    def pending(self) -> DeliveryQuerySet:
        """Those that wait for an attempt."""
        return self.filter(status="pending")

    def open(self) -> DeliveryQuerySet:
        """Those that wait for an attempt or are under way."""
        return self.filter(status__in=("pending", "sending"))

    def for_replay(self, replay: Replay) -> DeliveryQuerySet:
        """Those that a replay has still before it, the oldest first by id."""
        return self.filter(
            destination=replay.destination_id,
            status__in=replay.statuses,
            created_at__gte=replay.since,
            created_at__lt=replay.until,
            pk__gt=replay.last_delivery_id,
        )


class AttemptQuerySet(models.QuerySet["Attempt"]):
    """Selections of attempts."""

    def failed(self) -> AttemptQuerySet:
        """Those that got no 2xx."""
        return self.exclude(error_code="")


class ReplayQuerySet(models.QuerySet["Replay"]):
    """Selections of replays."""

    def running(self) -> ReplayQuerySet:
        """Those that have not ended."""
        return self.filter(status="running")
