"""What people do to schedules: make, change, pause, run now, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.actions import list_changes, record_audit
from alerts import actions as alerts
from integrations_project.lib.ids import uuid7
from monitors.actions.jobs import create_job
from monitors.actions.schedule_values import (
    TIMING_FIELDS,
    list_values,
    settle_timing,
    take_values,
)
from monitors.actions.speaking import source_of
from monitors.actions.telling import Telling, keep_telling, plan_telling, stop_telling
from monitors.exceptions import NoWebhook
from monitors.models import Job, Schedule
from monitors.timing import find_next_slot
from webhooks import actions as webhooks

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime
    from uuid import UUID

    from accounts.datatypes import Actor
    from accounts.models import Organization
    from monitors.models import Strategy


def create_schedule(
    organization: Organization,
    *,
    strategy: Strategy,
    values: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> tuple[Schedule, str | None]:
    """Make a schedule; with an interval its pages are read a first time at once.

    What that run finds is what the next one is compared with; a cron expression is
    taken at its word instead.

    Args:
        organization: Whose it is.
        strategy: How its pages are read.
        values: See `monitors.actions.schedule_values.take_values`.
        actor: Who does it.
        now: From when its interval counts.

    Returns:
        The schedule, and its webhook's secret when one was generated: it is shown
        only now.

    Raises:
        ValidationError: With a sentence for each field that needs mending.
    """
    schedule = Schedule(organization=organization, strategy=strategy, created_at=now)
    telling, networks = _prepare(schedule, values)
    if schedule.enabled:
        schedule.next_run_at = find_next_slot(schedule, last=now, now=now)
    with transaction.atomic():
        keep_telling(telling, actor=actor)
        schedule.destination = telling.destination
        schedule.save(force_insert=True)
        schedule.networks.set(networks or ())
        changes = list_changes({}, list_values(schedule))
        _audit(schedule, actor=actor, action="monitor.created", changes=changes)
        if schedule.enabled and schedule.interval_seconds is not None:
            run_now(schedule, now=now)
    return schedule, telling.new_secret


def change_schedule(
    schedule: Schedule, *, values: Mapping[str, Any], actor: Actor, now: datetime
) -> tuple[Schedule, str | None]:
    """Change a schedule; fields that are not named stay.

    An empty ``webhook_secret`` makes a new one, and so does a webhook URL on another
    host than before: a secret is for those whom it was given to.

    Returns:
        The schedule as it is stored now, and a secret that was made, to show once.

    Raises:
        ValidationError: With a sentence for each field; nothing was written.
    """
    stored = Schedule.objects.select_related("service").get(pk=schedule.pk)
    before = list_values(stored)
    telling, networks = _prepare(schedule, values)
    after = list_values(schedule)
    with transaction.atomic():
        locked = Schedule.objects.select_for_update(of=("self",)).get(pk=schedule.pk)
        _keep_state(schedule, locked)
        keep_telling(telling, actor=actor)
        schedule.destination = telling.destination
        _follow(schedule, before, after, now=now, actor=actor)
        schedule.save()
        stop_telling(telling.former)
        if networks is not None:
            before["networks"] = _list_labels(schedule.networks.all())
            after["networks"] = _list_labels(networks)
            schedule.networks.set(networks)
        after["webhook_url"] = schedule.webhook_url
        changes = list_changes(before, after)
        if telling.new_secret or values.get("webhook_secret"):
            changes["webhook_secret"] = ["***", "***"]
        if changes:
            _audit(schedule, actor=actor, action="monitor.updated", changes=changes)
    return schedule, telling.new_secret


@transaction.atomic
def delete_schedule(schedule: Schedule, *, actor: Actor, now: datetime) -> None:
    """Remove a schedule; its past runs stay, what it said of a service does not."""
    lock_schedules([schedule.pk])
    _audit(schedule, actor=actor, action="monitor.deleted")
    let_go(schedule, actor=actor, now=now)
    Job.objects.filter(schedule=schedule, status=Job.Status.PENDING).delete()
    schedule.delete()


def pause_schedule(schedule: Schedule, *, actor: Actor, now: datetime) -> bool:
    """Run no more until it is resumed; what it said of a service no longer counts.

    Returns:
        False when it was paused before.
    """
    return _set_enabled(schedule, enabled=False, actor=actor, now=now)


def resume_schedule(schedule: Schedule, *, actor: Actor, now: datetime) -> bool:
    """Run again from the next slot on. Returns False when it was not paused."""
    return _set_enabled(schedule, enabled=True, actor=actor, now=now)


@transaction.atomic
def regenerate_secret(schedule: Schedule, *, actor: Actor, now: datetime) -> str:
    """Give the webhook another secret, at once, and return it: it is shown only now.

    Raises:
        NoWebhook: Nobody is told, or by e-mail, which carries none.
    """
    destination = schedule.destination
    if destination is None or not destination.secret:
        raise NoWebhook
    secret = webhooks.rotate_secret(destination, actor=actor, now=now, overlap_hours=0)
    _audit(schedule, actor=actor, action="monitor.secret_rotated")
    return secret


@transaction.atomic
def run_now(schedule: Schedule, *, now: datetime) -> list[Job]:
    """Ask for a run of each page at once, beside the slots; returns the jobs."""
    return [
        create_job(
            schedule.strategy,
            url=url,
            parameters=schedule.parameters,
            schedule=schedule,
            now=now,
        )
        for url in schedule.urls
    ]


def lock_schedules(ids: Collection[UUID]) -> None:
    """Wait for runs that are being written down, which begin with the same lock."""
    rows = Schedule.objects.select_for_update(of=("self",)).filter(pk__in=ids)
    list(rows.order_by("pk").values_list("pk"))


def clear_source(
    schedule: Schedule, *, actor: Actor, now: datetime, but_not: Any = None
) -> None:
    """Forget what a schedule says of services; incidents stay for people to close."""
    alerts.clear_source(
        source_of(schedule), trace=uuid7(), actor=actor, now=now, but_not=but_not
    )


def let_go(schedule: Schedule, *, actor: Actor, now: datetime) -> None:
    """End what a schedule does elsewhere, before it is deleted."""
    clear_source(schedule, actor=actor, now=now)
    destination, schedule.destination = schedule.destination, None
    if destination is not None:
        Schedule.objects.filter(pk=schedule.pk).update(destination=None)
        stop_telling(destination)


def _prepare(
    schedule: Schedule, values: Mapping[str, Any]
) -> tuple[Telling, list[Any] | None]:
    """Put new values on a schedule and check them with its webhook, all together."""
    errors: dict[str, Any] = {}
    networks: list[Any] | None = None
    telling: Telling | None = None
    try:
        networks = take_values(schedule, values)
    except ValidationError as error:
        errors = error.update_error_dict(errors)
    try:
        telling = plan_telling(schedule, values, label=str(schedule))
    except ValidationError as error:
        errors = error.update_error_dict(errors)
    if errors or telling is None:
        raise ValidationError(errors)
    schedule.webhook_type = telling.webhook_type
    return telling, networks


def _keep_state(schedule: Schedule, locked: Schedule) -> None:
    """Take over what the runner noted while the settings were being edited."""
    for name in Schedule.STATE_FIELDS:
        setattr(schedule, name, getattr(locked, name))


def _follow(
    schedule: Schedule,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    now: datetime,
    actor: Actor,
) -> None:
    """Do what follows from a change: another slot, another service, a fresh start."""
    was_enabled = before["enabled"]
    if not schedule.enabled:
        schedule.next_run_at = None
    elif not was_enabled or any(before[n] != after[n] for n in TIMING_FIELDS):
        settle_timing(schedule, now=now)
    if was_enabled and not schedule.enabled:
        schedule.forget_failures()
        clear_source(schedule, actor=actor, now=now)
    elif before["service"] != after["service"]:
        clear_source(schedule, actor=actor, now=now, but_not=schedule.service_id)
    schedule.failures = {
        url: each for url, each in schedule.failures.items() if url in schedule.urls
    }


@transaction.atomic
def _set_enabled(
    schedule: Schedule, *, enabled: bool, actor: Actor, now: datetime
) -> bool:
    locked = Schedule.objects.select_for_update(of=("self",)).get(pk=schedule.pk)
    _keep_state(schedule, locked)
    schedule.enabled = enabled
    if locked.enabled == enabled:
        return False
    schedule.next_run_at = None
    schedule.forget_failures()
    if enabled:
        settle_timing(schedule, now=now)
    else:
        clear_source(schedule, actor=actor, now=now)
    schedule.save(update_fields=("enabled", "updated_at", *Schedule.STATE_FIELDS))
    action = "monitor.resumed" if enabled else "monitor.paused"
    _audit(schedule, actor=actor, action=action)
    return True


def _list_labels(networks: Any) -> list[str]:
    return sorted(network.label for network in networks)


def _audit(
    schedule: Schedule,
    *,
    actor: Actor,
    action: str,
    changes: dict[str, Any] | None = None,
) -> None:
    record_audit(
        organization=schedule.organization,
        actor=actor,
        action=action,
        target=schedule,
        changes=changes,
    )
