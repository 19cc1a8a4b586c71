"""What is told about a destination's health: each turn for the worse or better once.

The engine notes failures on the destination's row and asks for these when a limit is
crossed. A conditional update decides who tells it, however many pumps see it, and
the event is committed with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts.datatypes import SYSTEM
from integrations_project.lib.clock import database_now
from integrations_project.lib.ids import uuid7
from webhooks.actions.destinations import disable_destination
from webhooks.actions.notices import queue_disabled_notice
from webhooks.actions.publishing import publish_own
from webhooks.datatypes import NewEvent
from webhooks.formats.base import iso
from webhooks.models import Destination

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from webhooks.engine.health import Change

HOPELESS = (
    "It failed for five days without one success; mend it, then enable it again and "
    "replay what was missed."
)
#: Where a person finds it. Not `reverse`: loading every page of the product would hold
#: up the pump for a second.
PAGE = "/settings/integrations/webhooks/{}/"
_READ = (
    "organization", "label", "kind", "url", "enabled", "disabled_reason",
    "consecutive_failures", "failing_since", "last_error",
)  # fmt: skip


def report_health(change: Change) -> None:
    """Tell what follows from what the engine noted about a destination."""
    if change.is_hopeless:
        disable_by_itself(change.destination_id, reason=HOPELESS)
    if change.is_failing:
        report_failing(change.destination_id)
    if change.has_recovered:
        report_recovered(change.destination_id)


@transaction.atomic
def report_failing(destination_id: UUID | str) -> bool:
    """Publish `destination.failing`, unless that was done or it works again.

    Returns:
        Whether it was published now.
    """
    rows = Destination.objects.filter(
        pk=destination_id,
        enabled=True,
        is_reported_failing=False,
        consecutive_failures__gt=0,
    )
    if not rows.update(is_reported_failing=True):
        return False
    destination = _read(destination_id)
    count = destination.consecutive_failures
    _publish(destination, "failing", f"{count} attempts in a row failed.")
    return True


@transaction.atomic
def report_recovered(destination_id: UUID | str) -> bool:
    """Publish `destination.recovered`, unless it was never told that it fails.

    Returns:
        Whether it was published now.
    """
    rows = Destination.objects.filter(
        pk=destination_id, is_reported_failing=True, consecutive_failures=0
    )
    if not rows.update(is_reported_failing=False):
        return False
    _publish(_read(destination_id), "recovered", "An attempt succeeded again.")
    return True


@transaction.atomic
def disable_by_itself(destination_id: UUID | str, *, reason: str) -> bool:
    """Disable a destination that cannot be helped, and tell it.

    What waits is skipped. Publishes `destination.disabled` and queues one mail to
    the administrators; all of it is committed together.

    Returns:
        False when it was disabled or deleted already; nothing was written then.
    """
    destination = _rows().filter(pk=destination_id).first()
    if destination is None:
        return False
    if not disable_destination(destination, actor=SYSTEM, reason=reason):
        return False
    _publish(destination, "disabled", reason)
    queue_disabled_notice(destination)
    return True


def _rows() -> QuerySet[Destination]:
    # Without the secrets: one that cannot be read must not hinder the telling.
    return Destination.objects.select_related("organization").only(
        *_READ, "organization__name", "organization__slug"
    )


def _read(destination_id: UUID | str) -> Destination:
    return _rows().get(pk=destination_id)


def _publish(destination: Destination, happening: str, message: str) -> None:
    since = destination.failing_since
    event = NewEvent(
        type=f"destination.{happening}",
        data={
            "webhook": {
                "id": str(destination.pk),
                "label": destination.label,
                "kind": destination.kind,
                "host": destination.host,
            },
            "status": happening,
            "message": message,
            "consecutive_failures": destination.consecutive_failures,
            "failing_since": iso(since) if since else None,
            "last_error": destination.last_error,
            "url": settings.SITE_URL + PAGE.format(destination.pk),
        },
        occurred_at=database_now(),
        trace=uuid7(),
        subject_kind="webhook",
        subject_id=str(destination.pk),
        subject_label=destination.label,
        # It would only join what cannot be delivered there.
        excluded_destination_ids=(destination.pk,),
    )
    publish_own(destination.organization, event)
