"""Deliveries that wait before their first attempt, and may be cancelled meanwhile.

A held delivery is pending, was never tried, is due later, and its reason begins with
`HELD`; whatever claims it, fails it or sends it by hand takes one of these away.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Case, QuerySet, Value, When

from integrations_project.lib.clock import database_now
from webhooks.fate import HELD
from webhooks.models import Delivery, Destination, Event

if TYPE_CHECKING:
    from webhooks.datatypes import NewEvent


def hold_deliveries(
    rows: Collection[Event], event: NewEvent, *, patterns: Collection[str]
) -> None:
    """Let deliveries of new events wait as one of them says; nobody saw them yet.

    Args:
        rows: The events as they are stored, with their deliveries.
        event: Who waits, for how long and why.
        patterns: A destination that subscribes to one of these is told at once:
            what it asked for itself does not wait for a rule.
    """
    if not event.holds:
        return
    held = Destination.objects.filter(pk__in=event.holds)
    subscribed = {
        destination_id
        for destination_id, types in held.values_list("pk", "event_types")
        if set(patterns).intersection(types or ())
    }
    waits: defaultdict[tuple[timedelta, str], list[UUID]] = defaultdict(list)
    for destination_id, wait in event.holds.items():
        if destination_id not in subscribed:
            reason = event.hold_reasons.get(destination_id, HELD)
            waits[wait, reason[:255]].append(destination_id)
    now = database_now()
    for (wait, reason), destination_ids in waits.items():
        Delivery.objects.pending().filter(
            event__in=[row.pk for row in rows], destination__in=destination_ids
        ).update(due_at=now + wait, reason=reason)


def cancel_held(
    reasons: Mapping[UUID, str], *, subject_kind: str, subject_id: str
) -> frozenset[UUID]:
    """Cancel what is held about a subject, unless a pump has claimed it meanwhile.

    Runs in the caller's transaction, in three statements.

    Args:
        reasons: The destinations, each with the sentence that its delivery shows.
        subject_kind: Of the events, such as ``incident``.
        subject_id: Of the events.

    Returns:
        The destinations whose deliveries were cancelled; the others have been told,
        or had nothing that was held.
    """
    now = database_now()
    about = Delivery.objects.filter(
        destination__in=reasons,
        event__subject_kind=subject_kind,
        event__subject_id=subject_id,
    )
    owners = dict(_held(about, now).values_list("pk", "destination_id"))
    if not owners:
        return frozenset()
    wanted = Delivery.objects.filter(pk__in=owners)
    sentences = Case(
        *(When(destination=d, then=Value(s[:255])) for d, s in reasons.items()),
        default=Value(""),
    )
    # The condition again: a pump may have taken one between the two statements.
    _held(wanted, now).update(status=Delivery.Status.CANCELLED, reason=sentences)
    cancelled = wanted.filter(status=Delivery.Status.CANCELLED)
    return frozenset(cancelled.values_list("destination_id", flat=True))


def move_held(
    waits: Mapping[UUID, tuple[datetime, str]], *, subject_kind: str, subject_id: str
) -> None:
    """Let what is held about a subject wait until another moment.

    Runs in the caller's transaction; what a pump has claimed meanwhile is left alone.

    Args:
        waits: The destinations, each with when it is told and the sentence that its
            delivery shows until then.
        subject_kind: Of the events, such as ``incident``.
        subject_id: Of the events.
    """
    now = database_now()
    for destination_id, (due_at, reason) in waits.items():
        about = Delivery.objects.filter(
            destination=destination_id,
            event__subject_kind=subject_kind,
            event__subject_id=subject_id,
        )
        ids = list(_held(about, now).values_list("pk", flat=True))
        # The condition again: a pump may have taken one between the two statements.
        rows = _held(Delivery.objects.filter(pk__in=ids), now)
        rows.update(due_at=max(due_at, now), reason=reason[:255])


def find_told(event_id: UUID, destination_ids: Collection[UUID]) -> frozenset[UUID]:
    """Return those of the destinations that an event was sent to, or is being sent."""
    rows = Delivery.objects.filter(event_id=event_id, destination__in=destination_ids)
    unsent = (Delivery.Status.CANCELLED, Delivery.Status.SKIPPED)
    waiting = _held(rows, database_now()).values("pk")
    told = rows.exclude(status__in=unsent).exclude(pk__in=waiting)
    return frozenset(told.values_list("destination_id", flat=True))


def _held(rows: QuerySet[Delivery], now: datetime) -> QuerySet[Delivery]:
    return rows.filter(
        status=Delivery.Status.PENDING,
        priority=Delivery.Priority.FIRST,
        due_at__gt=now,
        attempt_count=0,
        is_manual=False,
        last_error_code="",
        reason__startswith=HELD,
    )
