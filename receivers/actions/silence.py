"""The dead-man switch: a receiver that expects posts says when none come."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import OuterRef, Subquery

from accounts.datatypes import SYSTEM
from alerts import actions as alerts
from alerts.datatypes import IncidentPolicy, Source, StatusUpdate
from alerts.exceptions import ServiceGone
from integrations_project.lib.ids import uuid7
from receivers.cache import forget_specs
from receivers.models import Receipt, Receiver

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

#: The key of what the switch says, apart from anything a sender says.
KEY = "(silent)"


def watch_silence(*, now: datetime) -> int:
    """Speak for receivers that are silent, and stop for those that are not.

    Any authentic post is a sign of life, whatever it says. Run twice at the same
    time, the second finds nothing to do.

    Returns:
        How many receivers fell silent or spoke again.
    """
    newest = (
        Receipt.objects.filter(receiver=OuterRef("pk"))
        .exclude(result=Receipt.Result.AUTH_FAILED)
        .order_by("-id")
        .values("received_at")[:1]
    )
    rows = Receiver.objects.filter(
        expected_every_minutes__isnull=False, service__isnull=False
    ) | Receiver.objects.filter(silent_since__isnull=False)
    count = 0
    for receiver in rows.annotate(heard_at=Subquery(newest)).defer("token"):
        # Annotated; None when nothing ever came.
        heard_at = getattr(receiver, "heard_at", None) or receiver.updated_at
        is_silent = _is_silent(receiver, heard_at, now=now)
        if is_silent != (receiver.silent_since is not None):
            count += _turn(receiver, heard_at if is_silent else None, now=now)
    return count


def end_silence(receiver_id: UUID, *, now: datetime) -> None:
    """Stop speaking for a receiver that something came to just now."""
    receiver = Receiver.objects.filter(pk=receiver_id).defer("token").first()
    if receiver is not None and receiver.silent_since is not None:
        _turn(receiver, None, now=now)
        forget_specs()


def _is_silent(receiver: Receiver, heard_at: datetime, *, now: datetime) -> bool:
    minutes = receiver.expected_every_minutes
    if minutes is None or not receiver.enabled or receiver.service_id is None:
        return False
    # A switch that was just set waits one whole period, too.
    since = max(heard_at, receiver.updated_at)
    return now - since > timedelta(minutes=minutes)


@transaction.atomic
def _turn(receiver: Receiver, silent_since: datetime | None, *, now: datetime) -> int:
    was_silent = silent_since is None
    changed = Receiver.objects.filter(
        pk=receiver.pk, silent_since__isnull=not was_silent
    ).update(silent_since=silent_since)
    if not changed or receiver.service_id is None:
        return changed
    status, message = "operational", f"{receiver.name} speaks again."
    if silent_since is not None:
        minutes = int((now - silent_since).total_seconds() // 60)
        status = receiver.silent_status
        message = f"Nothing has come from {receiver.name} for {minutes} min."
    update = StatusUpdate(
        status=status,
        source=Source(kind="receiver", id=str(receiver.pk), label=receiver.name),
        message=message,
        key=KEY,
        is_stale=silent_since is not None,
        since=silent_since,
        incidents=IncidentPolicy(
            auto_create=receiver.auto_create_incidents,
            severity=receiver.incident_severity,
            auto_resolve=receiver.auto_resolve_incidents,
        ),
        trace=uuid7(),
        now=now,
    )
    try:
        alerts.change_service_status(receiver.service_id, update, actor=SYSTEM)
    except ServiceGone:
        return 0
    return changed
