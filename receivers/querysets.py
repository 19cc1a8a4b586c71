"""Named selections of receivers."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.apps import apps
from django.db import models
from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

from integrations_project.lib.ids import first_id_at

if TYPE_CHECKING:
    from datetime import datetime

    from receivers.models import Receiver  # noqa: F401  # for the base

DAY = timedelta(hours=24)


class ReceiverQuerySet(models.QuerySet["Receiver"]):
    """Selections of receivers."""

    def with_health(self, *, now: datetime) -> ReceiverQuerySet:
        """Add ``last_received_at`` and the counts of 24 hours.

        The counts are ``received_24h``, ``processed_24h``, ``failed_24h`` and
        ``auth_failed_24h``; requests that one receipt stands for count as one.
        """
        receipts = apps.get_model("receivers", "Receipt")._default_manager.filter(
            receiver=OuterRef("pk")
        )
        # The id bounds the part of the index that is read; the time decides.
        recent = receipts.filter(
            id__gte=first_id_at(now - DAY - timedelta(hours=1)),
            received_at__gte=now - DAY,
        )
        newest = receipts.order_by("-id").values("received_at")[:1]
        return self.annotate(
            last_received_at=Subquery(newest),
            received_24h=_count(recent),
            processed_24h=_count(recent.filter(result="processed")),
            failed_24h=_count(recent.filter(result="failed")),
            auth_failed_24h=_count(recent.filter(result="auth_failed")),
        )


def _count(rows: models.QuerySet[models.Model]) -> Coalesce:
    counted = rows.order_by().values("receiver").annotate(count=Count("pk"))
    return Coalesce(Subquery(counted.values("count")), 0)
