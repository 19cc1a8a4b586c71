"""Silences and maintenance windows: saved, ended early, cancelled, deleted."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.actions import list_changes, record_audit
from alerts.actions.automatic_posts import post_window
from alerts.actions.status_pages import touch_status_pages
from alerts.actions.window_runs import (
    end_window_now,
    follow_window,
    list_scope,
    lock_window,
)
from alerts.exceptions import WindowIsOff, WindowIsOver
from alerts.models import Window
from alerts.windows import find_current, find_next

if TYPE_CHECKING:
    from django.db.models import Model

    from accounts.datatypes import Actor
    from accounts.models import Network
    from alerts.models import Service

FIELDS = (
    "kind",
    "title",
    "description",
    "company_wide",
    "labels",
    "starts_at",
    "ends_at",
    "time_zone",
    "recurrence",
    "weekdays",
    "recurs_until",
    "is_public",
)
RELATIONS = ("networks", "services")


class WindowRelations(TypedDict):
    """What `save_window` is told beside the window's own values."""

    networks: Iterable[Network]
    services: Iterable[Service]


def save_window(
    window: Window, *, actor: Actor, now: datetime, **relations: Unpack[WindowRelations]
) -> Window:
    """Store a window with its scope; one that is to be on by its times begins at once.

    An occurrence that was ended early stays so unless its times are changed.

    Args:
        window: With its new values on it.
        actor: Who does it.
        now: When.
        **relations: ``networks`` and ``services`` that it is about.

    Raises:
        ValidationError: With a sentence for each field that needs mending.
    """
    related: dict[str, list[Any]] = {
        "networks": list(relations["networks"]),
        "services": list(relations["services"]),
    }
    if errors := find_window_errors(window, related, now=now):
        raise ValidationError(errors)
    with transaction.atomic():
        _write(window, related, actor=actor, now=now)
    return window


def find_window_errors(
    window: Window, related: dict[str, list[Any]], *, now: datetime
) -> dict[str, Any]:
    """Return what needs mending on a window and its scope: field to sentences."""
    errors: dict[str, Any] = {}
    try:
        window.full_clean()
    except ValidationError as error:
        errors = error.update_error_dict(errors)
    for name in RELATIONS:
        if any(r.organization_id != window.organization_id for r in related[name]):
            errors.setdefault(name, []).append("Choose from this organization only.")
    if not (window.company_wide or window.labels or any(related.values())):
        message = "Choose services, networks or labels, or make it company wide."
        errors.setdefault("services", []).append(message)
    is_new = window._state.adding
    if is_new and not errors and not _is_to_come(window, now):
        errors["ends_at"] = ["This is over already; choose a later end."]
    return errors


@transaction.atomic
def end_window(window: Window, *, actor: Actor, now: datetime) -> Window:
    """End the occurrence that is on; a recurring window comes again.

    Raises:
        WindowIsOff: None is on.
    """
    locked = lock_window(window.pk)
    if locked is None or locked.active_until is None:
        raise WindowIsOff
    current = find_current(locked, now)
    if current is not None:
        locked.ended_start = current.starts_at
        locked.save(update_fields=("ended_start", "updated_at"))
    end_window_now(locked, now=now, actor=actor)
    _record(locked, "window.ended", actor=actor)
    touch_status_pages(list_scope(locked))
    return locked


@transaction.atomic
def cancel_window(window: Window, *, actor: Actor, now: datetime) -> Window:
    """Let a window not come any more; one that is on ends.

    Raises:
        WindowIsOver: It would not have come again anyway.
    """
    locked = lock_window(window.pk)
    if locked is None or locked.cancelled_at is not None:
        raise WindowIsOver
    if locked.active_until is None and not _is_to_come(locked, now):
        raise WindowIsOver
    locked.cancelled_at = now
    locked.save(update_fields=("cancelled_at", "updated_at"))
    end_window_now(locked, now=now, actor=actor)
    _record(locked, "window.cancelled", actor=actor)
    touch_status_pages(list_scope(locked))
    return locked


@transaction.atomic
def delete_window(window: Window, *, actor: Actor) -> None:
    """Remove a window and what status pages say of it; one that is on ends first."""
    locked = lock_window(window.pk)
    if locked is None:
        return
    end_window_now(locked, now=timezone.now(), actor=actor)
    service_ids = list_scope(locked)
    _record(locked, "window.deleted", actor=actor)
    locked.delete()
    touch_status_pages(service_ids)


def _write(
    window: Window, related: dict[str, list[Any]], *, actor: Actor, now: datetime
) -> None:
    is_new = window._state.adding
    stored = None if is_new else lock_window(window.pk)
    before = {} if stored is None else _values(stored)
    reached = set() if stored is None else set(list_scope(stored))
    if stored is None:
        window.created_by = actor.label[:200]
        window.save(force_insert=True)
    else:
        _keep_state(window, stored)
        window.save()
    for name, rows in related.items():
        getattr(window, name).set(rows)
    changes = list_changes(before, _values(window))
    if is_new or changes:
        action = "window.created" if is_new else "window.updated"
        _record(window, action, actor=actor, changes=changes)
    has_begun = follow_window(window, now=now, actor=actor, again=bool(changes))
    if is_new and not has_begun:
        post_window(window, "scheduled", now=now)
    touch_status_pages(sorted(reached.union(list_scope(window))))


def _keep_state(window: Window, stored: Window) -> None:
    """Take over what only the product writes, as it is stored now."""
    window.active_until = stored.active_until
    window.cancelled_at = stored.cancelled_at
    is_moved = (window.starts_at, window.ends_at) != (stored.starts_at, stored.ends_at)
    window.ended_start = None if is_moved else stored.ended_start


def _is_to_come(window: Window, now: datetime) -> bool:
    """Whether it is on by its times, or will be."""
    return bool(find_current(window, now) or find_next(window, now))


def _record(window: Window, action: str, *, actor: Actor, changes: Any = None) -> None:
    record_audit(
        organization=window.organization,
        actor=actor,
        action=action,
        target=window,
        **({} if changes is None else {"changes": changes}),
    )


def _values(window: Window) -> dict[str, Any]:
    values = {name: getattr(window, name) for name in FIELDS}
    return values | {name: _labels(getattr(window, name).all()) for name in RELATIONS}


def _labels(rows: Iterable[Model]) -> list[str]:
    return sorted(str(row) for row in rows)
