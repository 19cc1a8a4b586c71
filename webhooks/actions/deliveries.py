"""What a person can do with a delivery."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.actions import record_audit
from accounts.datatypes import Actor
from integrations_project.lib.clock import database_now
from webhooks.engine import doorbell
from webhooks.exceptions import NotRedeliverable
from webhooks.models import Delivery, Destination

#: An attempt of these still has its retries before it.
_WITH_RETRIES = (Delivery.Status.PENDING, Delivery.Status.SKIPPED)


@transaction.atomic
def redeliver(delivery: Delivery, *, actor: Actor, now: datetime) -> Delivery:
    """Send a delivery again at once: the same id and the same bytes.

    Takes the place of a waiting retry. A delivery that had ended gets exactly one
    attempt; one that was skipped starts its schedule. An open breaker lets it through
    as its probe; a rate limit lets it go first when its next turn comes.

    Args:
        delivery: Which one.
        actor: Who asks for it.
        now: The time of the request; what decides is the database's clock.

    Raises:
        NotRedeliverable: It is being sent now, its webhook is disabled, or the
            format cannot carry the event. Nothing was written.
    """
    del now
    locked = (
        Delivery.objects.select_for_update(of=("self",))
        .select_related("destination")
        .get(pk=delivery.pk)
    )
    _check(locked)
    locked.is_last_attempt = locked.status not in _WITH_RETRIES
    locked.status = Delivery.Status.PENDING
    locked.reason = ""
    locked.priority = Delivery.Priority.FIRST
    locked.due_at = database_now()
    locked.is_manual = True
    locked.lost_alone_count = 0
    changed = (
        "is_last_attempt", "status", "reason", "priority", "due_at", "is_manual",
        "lost_alone_count",
    )  # fmt: skip
    locked.save(update_fields=changed)
    Destination.objects.filter(
        pk=locked.destination_id, breaker_opened_at__isnull=False
    ).update(probe_at=locked.due_at)
    for field in changed:
        setattr(delivery, field, getattr(locked, field))
    record_audit(
        organization=locked.organization,
        actor=actor,
        action="delivery.redelivered",
        target=locked,
    )
    doorbell.ring()
    return delivery


def _check(delivery: Delivery) -> None:
    if delivery.status == Delivery.Status.SENDING:
        message = "This delivery is being sent right now; wait for its result."
        raise NotRedeliverable(message)
    if delivery.payload_id is None:
        message = (
            "The webhook's format cannot carry this event; choose another format for "
            "further events."
        )
        raise NotRedeliverable(message)
    if not delivery.destination.enabled:
        message = "The webhook is disabled; enable it first, then send again."
        raise NotRedeliverable(message)
