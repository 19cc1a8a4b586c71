"""Is this news? A repeated post is none, nor is what is older than what counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from receivers.datatypes import ItemOutcome
from receivers.models import LastApplied, Receipt

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime
    from uuid import UUID

    from receivers.datatypes import Reading, ReceiverSpec

DUPLICATE = "The same post was taken before, as receipt {receipt}."
STALE = (
    "It happened at {occurred:%Y-%m-%d %H:%M:%S} UTC; what counts now happened later, "
    "at {known:%Y-%m-%d %H:%M:%S} UTC."
)


def find_repeated(spec: ReceiverSpec, delivery_id: str) -> list[ItemOutcome] | None:
    """Return what a post did when it came first, each item told as a duplicate.

    None when it is new. A post that could not be understood, or was refused, may be
    sent again as often as its sender likes.
    """
    if not delivery_id:
        return None
    first = (
        Receipt.objects.filter(
            receiver=spec.id,
            delivery_id=delivery_id,
            result__in=(Receipt.Result.PROCESSED, Receipt.Result.IGNORED),
        )
        .only("id", "items", "service_id")
        .first()
    )
    if first is None:
        return None
    detail = DUPLICATE.format(receipt=first.pk)
    return [
        ItemOutcome(
            service=item.get("service"),
            raw_status=item.get("raw_status"),
            status=item.get("status"),
            previous_status=item.get("previous_status"),
            result="ignored",
            reason="duplicate",
            incident=item.get("incident"),
            detail=detail,
            service_id=first.service_id if len(first.items) == 1 else None,
        )
        for item in first.items
    ]


def list_times(
    spec: ReceiverSpec, service_ids: Collection[UUID]
) -> dict[tuple[UUID, str], datetime]:
    """Return the newest time that counted, by service and key."""
    rows = LastApplied.objects.filter(receiver=spec.id, service__in=service_ids)
    return {
        (service_id, key): occurred_at
        for service_id, key, occurred_at in rows.values_list(
            "service_id", "key", "occurred_at"
        )
    }


def note_time(spec: ReceiverSpec, service_id: UUID, reading: Reading) -> None:
    """Remember how new the news is; the service's row is locked by now."""
    if reading.occurred_at is None:
        return
    LastApplied.objects.bulk_create(
        [
            LastApplied(
                receiver_id=spec.id,
                service_id=service_id,
                key=reading.key,
                occurred_at=reading.occurred_at,
            )
        ],
        update_conflicts=True,
        unique_fields=("receiver", "service", "key"),
        update_fields=("occurred_at",),
    )


def explain_stale(occurred_at: datetime, known: datetime) -> str:
    """Return why an older time changes nothing."""
    return STALE.format(occurred=occurred_at, known=known)
