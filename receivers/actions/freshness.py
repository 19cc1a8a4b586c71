"""Is this news? A repeated post is none, nor is what is older than what counts."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias
from uuid import UUID

from integrations_project.lib.rows import insert_rows
from receivers.datatypes import ItemOutcome
from receivers.models import LastApplied, Receipt

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from receivers.datatypes import Reading, ReceiverSpec

#: When what counts happened, by service and key.
Times: TypeAlias = dict[tuple[UUID, str], datetime]
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


def list_times(spec: ReceiverSpec, service_ids: Collection[UUID]) -> Times:
    """Return the newest time that counted, by service and key."""
    rows = LastApplied.objects.filter(receiver=spec.id, service__in=service_ids)
    return {
        (service_id, key): occurred_at
        for service_id, key, occurred_at in rows.values_list(
            "service_id", "key", "occurred_at"
        )
    }


def note_times(spec: ReceiverSpec, news: Iterable[tuple[UUID, Reading]]) -> None:
    """Remember how new the news of services is; their rows are locked by now."""
    newest = {
        (service_id, reading.key): reading.occurred_at
        for service_id, reading in news
        if reading.occurred_at is not None
    }
    insert_rows(
        [
            LastApplied(
                receiver_id=spec.id,
                service_id=service_id,
                key=key,
                occurred_at=occurred_at,
            )
            for (service_id, key), occurred_at in newest.items()
        ],
        unique=("receiver", "service", "key"),
        update=("occurred_at",),
    )


def explain_stale(occurred_at: datetime, known: datetime) -> str:
    """Return why an older time changes nothing."""
    return STALE.format(occurred=occurred_at, known=known)
