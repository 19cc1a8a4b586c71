"""Named selections of receivers."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Count, Max, Q

if TYPE_CHECKING:
    from datetime import datetime

    from receivers.models import Receiver  # noqa: F401  # for the base


class ReceiverQuerySet(models.QuerySet["Receiver"]):
    """Selections of receivers."""

    def with_health(self, *, now: datetime) -> ReceiverQuerySet:
        """Add ``last_received_at`` and the counts of 24 hours.

        The counts are ``received_24h``, ``processed_24h``, ``failed_24h`` and
        ``auth_failed_24h``; requests that one receipt stands for count as one.
        """
        recent = Q(receipts__received_at__gte=now - timedelta(hours=24))
        return self.annotate(
            last_received_at=Max("receipts__received_at"),
            received_24h=Count("receipts", filter=recent),
            processed_24h=Count(
                "receipts", filter=recent & Q(receipts__result="processed")
            ),
            failed_24h=Count("receipts", filter=recent & Q(receipts__result="failed")),
            auth_failed_24h=Count(
                "receipts", filter=recent & Q(receipts__result="auth_failed")
            ),
        )
