"""Windows begin and end: services show maintenance, rules fall silent and speak."""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from accounts.datatypes import SYSTEM
from alerts.actions.automatic_posts import post_window
from alerts.actions.late_news import hold_back, tell_late_news
from alerts.actions.quiet import build_scopes
from alerts.actions.status import change_statuses, lock_services
from alerts.datatypes import IncidentPolicy, Source, StatusUpdate
from alerts.models import Escalation, Service, ServiceSource, Silenced, Window
from alerts.windows import LONGEST, find_current
from integrations_project.lib.ids import uuid7
from integrations_project.lib.prepared import Prepared

if TYPE_CHECKING:
    from accounts.datatypes import Actor

logger = logging.getLogger(__name__)

SOURCE_KIND = "maintenance"
#: `Window.active_until` while it is being ended: silent no more, but not yet off.
ENDING = datetime(1970, 1, 1, tzinfo=UTC)
_ON = Prepared(
    lambda organization_id: Window.objects.filter(
        organization=organization_id, active_until__isnull=False
    ).order_by("pk"),
    organization_id=UUID(int=1),
)


def run_windows(*, now: datetime) -> int:
    """Begin what is due, end what is over, and follow what is in scope meanwhile.

    Each begin and each end is one transaction with a conditional update: of two runs
    at the same time one does it. After a pause, what is over by now is not begun, and
    what was on is ended late.

    Args:
        now: The database's time.

    Returns:
        How many began or ended.
    """
    count = 0
    for window_id in _list_due(now):
        try:
            with transaction.atomic():
                window = lock_window(window_id)
                count += window is not None and follow_window(window, now=now)
        except Exception:  # one window must not keep the others waiting
            logger.exception("window failed id=%s", window_id)
    owing = Silenced.objects.order_by().values_list("organization", flat=True)
    for organization_id in sorted(set(owing.distinct())):
        tell_late_news(organization_id, now=now)
    return count


def lock_window(window_id: UUID) -> Window | None:
    """Return a window as stored now, locked until the commit; None when it is gone."""
    rows = Window.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("organization").filter(pk=window_id).first()


def follow_window(
    window: Window, *, now: datetime, actor: Actor = SYSTEM, again: bool = False
) -> bool:
    """Let a locked window be on or off, as its times say.

    Args:
        window: As it is stored.
        now: When.
        actor: Who is named with the changes of services.
        again: It was edited: say anew what it says of services.

    Returns:
        Whether it began or ended.
    """
    current = find_current(window, now)
    if current is None:
        return end_window_now(window, now=now, actor=actor)
    has_begun = window.active_until is None
    if not _set_until(window, current.ends_at):
        return False
    _enter(window, now=now, actor=actor, again=again)
    hold_back(window.organization_id, now=now)
    if has_begun:
        post_window(window, "in_progress", now=now)
        logger.info("window began id=%s until=%s", window.pk, current.ends_at)
    return has_begun


def end_window_now(window: Window, *, now: datetime, actor: Actor) -> bool:
    """End the occurrence that is on; what is bad still is told. False: none was on."""
    until = window.active_until
    if until is None or not _set_until(window, ENDING):
        return False
    _leave(window, _list_entered(window), now=now, actor=actor)
    tell_late_news(window.organization_id, now=now)
    # What waited for its end goes on now.
    Escalation.objects.filter(
        incident__organization=window.organization_id, next_at=until
    ).update(next_at=now)
    _set_until(window, None)
    post_window(window, "completed", now=now)
    logger.info("window ended id=%s", window.pk)
    return True


@transaction.atomic
def follow_service(service: Service, *, now: datetime, actor: Actor = SYSTEM) -> None:
    """Let a service that was made or edited join the maintenance that is on, or leave.

    One statement when no window is on.
    """
    found = _ON.run(organization_id=service.organization_id)
    for window in found:
        _enter(window, now=now, actor=actor, only=service.pk)
    if found:
        service.refresh_from_db(fields=("status", "status_since", "status_message"))


def list_scope(window: Window) -> list[UUID]:
    """Return the services that a window is about, in the order of their keys."""
    rows = Service.objects.filter(organization=window.organization_id)
    scope = build_scopes([window])[window.pk]
    if scope.company_wide:
        return list(rows.order_by("pk").values_list("pk", flat=True))
    if not scope.labels:
        named = Q(pk__in=scope.service_ids) | Q(network__in=scope.network_ids)
        return list(rows.filter(named).order_by("pk").values_list("pk", flat=True))
    found = rows.order_by("pk").values_list("pk", "network_id", "labels")
    return [
        key
        for key, network_id, labels in found
        if scope.covers(key, network_id, labels if isinstance(labels, dict) else {})
    ]


def _list_due(now: datetime) -> list[UUID]:
    """Return the windows that are on, or should be by their times."""
    is_past = Q(recurs_until__lt=(now - LONGEST - timedelta(days=1)).date())
    once = Window.Recurrence.ONCE
    may_begin = Q(starts_at__lte=now, cancelled_at=None) & (
        Q(recurrence=once, ends_at__gt=now) | (~Q(recurrence=once) & ~is_past)
    )
    rows = Window.objects.filter(may_begin | Q(active_until__isnull=False))
    return [
        each.pk
        for each in rows.order_by("starts_at", "pk")
        if each.active_until is not None or find_current(each, now) is not None
    ]


def _set_until(window: Window, until: datetime | None) -> bool:
    """Move its end by a conditional update; False when somebody else did."""
    rows = Window.objects.filter(pk=window.pk, active_until=window.active_until)
    changed = bool(rows.update(active_until=until))
    window.active_until = until
    return changed


def _enter(
    window: Window,
    *,
    now: datetime,
    actor: Actor,
    again: bool = False,
    only: UUID | None = None,
) -> None:
    """Make the services that show a window's maintenance those in its scope."""
    wanted = list_scope(window) if window.is_maintenance else []
    entered = set(_list_entered(window))
    if only is not None:
        wanted = [key for key in wanted if key == only]
        entered &= {only}
    _leave(window, sorted(entered.difference(wanted)), now=now, actor=actor)
    new = wanted if again else [key for key in wanted if key not in entered]
    _say(window, new, "maintenance", window.title, now=now, actor=actor)


def _leave(
    window: Window, service_ids: Collection[UUID], *, now: datetime, actor: Actor
) -> None:
    message = f"The maintenance “{window.title}” is over."
    _say(window, service_ids, "operational", message, now=now, actor=actor)


def _say(
    window: Window,
    service_ids: Collection[UUID],
    status: str,
    message: str,
    *,
    now: datetime,
    actor: Actor,
) -> None:
    if not service_ids:
        return
    update = StatusUpdate(
        status=status,
        source=Source(kind=SOURCE_KIND, id=str(window.pk), label="Maintenance window"),
        message=message,
        # Incidents are the business of those who found them.
        incidents=IncidentPolicy(auto_resolve=False),
        trace=uuid7(),
        now=now,
    )
    # Those that are gone meanwhile are left out; no other one goes before the end.
    there = lock_services(service_ids)
    change_statuses([(service_id, update) for service_id in there], actor=actor)


def _list_entered(window: Window) -> list[UUID]:
    rows = ServiceSource.objects.filter(
        source_kind=SOURCE_KIND, source_id=str(window.pk)
    )
    return list(rows.order_by("service").values_list("service", flat=True))
