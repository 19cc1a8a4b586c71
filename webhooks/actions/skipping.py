"""What waits for a destination that is told nothing any more is skipped."""

from __future__ import annotations

from django.db.models import Case, Value, When

from webhooks.models import Delivery, Destination

DISABLED = "The webhook is disabled."


def skip_pending(destination: Destination, *, reason: str) -> int:
    """Skip what waits for a destination. Returns how many deliveries."""
    waiting = Delivery.objects.pending().filter(destination=destination)
    # What had arrived before somebody sent it again has arrived.
    arrived = When(delivered_at__isnull=False, then=Value(Delivery.Status.DELIVERED))
    return waiting.update(
        status=Case(arrived, default=Value(Delivery.Status.SKIPPED)), reason=reason
    )
