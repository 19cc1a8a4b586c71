"""Named selections of destinations, deliveries and attempts."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Count, Q

if TYPE_CHECKING:
    from datetime import datetime

    from webhooks.models import Attempt, Delivery, Destination, Replay  # noqa: F401  # for the bases


class DestinationQuerySet(models.QuerySet["Destination"]):
    """Selections of destinations."""

    def enabled(self) -> DestinationQuerySet:
        """Only those that events are sent to."""
        return self.filter(enabled=True)

    def with_delivery_counts(self, *, now: datetime) -> DestinationQuerySet:
        """Add ``delivered_24h`` and ``failed_24h``: ended deliveries of 24 hours."""
        recent = Q(deliveries__created_at__gte=now - timedelta(hours=24))
        return self.annotate(
            delivered_24h=Count(
                "deliveries", filter=recent & Q(deliveries__status="delivered")
            ),
            failed_24h=Count(
                "deliveries", filter=recent & Q(deliveries__status="failed")
            ),
        )


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
