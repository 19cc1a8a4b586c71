"""Delete a receiver, and say first what becomes of the incidents that it opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from accounts.actions import record_audit
from alerts import actions as alerts
from alerts.datatypes import Source
from alerts.models import Incident
from integrations_project.lib.ids import uuid7
from receivers.cache import forget_specs

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from accounts.datatypes import Actor
    from receivers.models import Receiver


def list_open_incidents(receiver: Receiver) -> QuerySet[Incident]:
    """Return the incidents that a receiver opened and that are open still."""
    return Incident.objects.filter(
        organization=receiver.organization_id,
        source_kind="receiver",
        source_id=str(receiver.pk),
        status=Incident.Status.OPENED,
    ).order_by("id")


@transaction.atomic
def delete_receiver(
    receiver: Receiver,
    *,
    actor: Actor,
    resolve_incidents: bool = False,
    now: datetime | None = None,
) -> int:
    """Remove a receiver with its receipts; what it said of services no longer counts.

    Args:
        receiver: It is gone afterwards.
        actor: Who does it.
        resolve_incidents: Whether the incidents that it opened are resolved, and
            ``incident.resolved`` is told; otherwise they stay open for people to close.
        now: When; the clock's time when it is left out.

    Returns:
        How many incidents were resolved.
    """
    moment = now or timezone.now()
    record_audit(
        organization=receiver.organization,
        actor=actor,
        action="receiver.deleted",
        target=receiver,
        changes={"resolve_incidents": [None, True]} if resolve_incidents else None,
    )
    source = Source(kind="receiver", id=str(receiver.pk), label=receiver.name)
    alerts.clear_source(source, trace=uuid7(), actor=actor, now=moment)
    chosen = list(list_open_incidents(receiver)) if resolve_incidents else []
    message = f"The receiver {receiver.name}, which opened it, was deleted."
    count = sum(
        alerts.resolve_incident(incident, actor=actor, now=moment, message=message)
        for incident in chosen
    )
    receiver.delete()
    forget_specs()
    return count
