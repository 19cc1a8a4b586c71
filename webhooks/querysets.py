"""Named selections of destinations, deliveries and attempts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection, models
from django.db.models.expressions import RawSQL

if TYPE_CHECKING:
    from datetime import datetime

    from webhooks.models import Attempt, Delivery, Destination, Replay  # noqa: F401  # for the bases

#: These have indexes of their own, since they are rare in a long history.
UNSENT = ("failed", "skipped", "cancelled")
UNSENT_SQL = "webhooks_delivery.status IN ('failed', 'skipped', 'cancelled')"
#: The newest deliveries of a destination that tell how it does.
DELIVERIES_COUNTED = 500
_NEWEST_COUNT = """
SELECT count(*)
  FROM (SELECT x.status, x.created_at FROM webhooks_delivery x
         WHERE x.destination_id = webhooks_destination.id AND x.id >= %s
         ORDER BY x.id DESC LIMIT %s) newest
 WHERE newest.status = %s AND newest.created_at >= %s
"""
# By the claim's own index, whose second column is the priority.
_IS_WAITING = """
webhooks_destination.enabled AND webhooks_destination.rate_per_minute IS NOT NULL
AND COALESCE(webhooks_destination.next_slot_at > %s, FALSE)
AND EXISTS (SELECT 1 FROM webhooks_delivery x
             WHERE x.destination_id = webhooks_destination.id
               AND x.priority IN (0, 1) AND x.status = 'pending' AND x.due_at <= %s)
"""
_FLAG = models.BooleanField()


class DestinationQuerySet(models.QuerySet["Destination"]):
    """Selections of destinations."""

    def enabled(self) -> DestinationQuerySet:
        """Only those that events are sent to."""
        return self.filter(enabled=True)

    def with_delivery_counts(
        self, *, since: datetime, first_id: int
    ) -> DestinationQuerySet:
        """Add ``delivered_count`` and ``failed_count``: what has ended since a time.

        Only the newest `DELIVERIES_COUNTED` of each destination are looked at, so
        that a list costs the same after a million deliveries.

        Args:
            since: Deliveries made at or after this.
            first_id: None of them is below this id, so nothing older is read.
        """
        moment = connection.ops.adapt_datetimefield_value(since)
        return self.annotate(
            delivered_count=_count_newest("delivered", moment, first_id),
            failed_count=_count_newest("failed", moment, first_id),
        )

    def with_waiting(self, *, now: datetime) -> DestinationQuerySet:
        """Add ``is_waiting``: its rate limit holds back a delivery that is due."""
        moment = connection.ops.adapt_datetimefield_value(now)
        found = RawSQL(_IS_WAITING, (moment, moment), output_field=_FLAG)  # noqa: S611  # constants only
        return self.annotate(is_waiting=found)


def _count_newest(status: str, since: object, first_id: int) -> RawSQL:
    # The ORM counts before it limits; here the limit comes first.
    parameters = (first_id, DELIVERIES_COUNTED, status, since)
    return RawSQL(_NEWEST_COUNT, parameters, output_field=models.IntegerField())  # noqa: S611  # constants only


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Selections of deliveries."""

    def pending(self) -> DeliveryQuerySet:
        """Those that wait for an attempt."""
        return self.filter(status="pending")

    def open(self) -> DeliveryQuerySet:
        """Those that wait for an attempt or are under way."""
        return self.filter(status__in=("pending", "sending"))

    def for_replay(self, replay: Replay, status: str) -> models.QuerySet[Delivery]:
        """Those of one status that a replay has still before it."""
        rows: models.QuerySet[Delivery] = self.filter(
            destination=replay.destination_id,
            status=status,
            created_at__gte=replay.since,
            created_at__lt=replay.until,
            pk__gt=replay.last_delivery_id,
        )
        if status in UNSENT:
            # Said as the partial index says it; SQLite does not take it otherwise.
            rows = rows.extra(where=[UNSENT_SQL])  # noqa: S610  # a constant
        return rows


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
