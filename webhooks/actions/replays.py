"""Begin and end a bulk replay; `replay_runs` does the work in between."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.actions import record_audit
from accounts.datatypes import Actor
from integrations_project.lib.clock import database_now
from webhooks.actions.replay_runs import call_worker, end_replay
from webhooks.delivery_lists import find_first_id
from webhooks.exceptions import NotReplayable
from webhooks.models import Delivery, Destination, Replay

#: What can be sent again; whatever waits or is under way is sent anyhow.
REPLAYABLE = ("failed", "skipped", "delivered", "cancelled")
DEFAULT_STATUSES = ("failed", "skipped")
#: How far back a replay goes that does not say it.
DEFAULT_PERIOD = timedelta(days=7)
LONGEST_PERIOD = timedelta(days=90)


def start_replay(
    destination: Destination,
    *,
    statuses: Collection[str] = DEFAULT_STATUSES,
    since: datetime | None = None,
    until: datetime | None = None,
    actor: Actor,
    now: datetime,
) -> Replay:
    """Send deliveries of one destination again, in the background.

    Each keeps its id and its bytes. One that had ended gets exactly one attempt,
    marked manual; a skipped one starts its schedule. They wait behind the first
    attempts of new events. Writes the replay, an audit entry and a task; the
    deliveries are queued by the task, some hundreds at a time.

    Args:
        destination: Whose deliveries.
        statuses: Of `REPLAYABLE`; ``["skipped"]`` is what was missed while disabled.
        since: Deliveries made at or after this; None is a week before `until`.
        until: Deliveries made before this; None, or a time to come, is now.
        actor: Who asks for it.
        now: The time of the request; what decides is the database's clock.

    Raises:
        ValidationError: For `statuses`, `since` or `until`; nothing was written.
        NotReplayable: The webhook is disabled, is being replayed already, or there
            is nothing to send again. Nothing was written.
    """
    del now
    wanted = [status for status in REPLAYABLE if status in statuses]
    _check_statuses(statuses)
    begun_at = database_now()
    until = min(until or begun_at, begun_at)
    since = since if since is not None else until - DEFAULT_PERIOD
    _check_window(since, until, now=begun_at)

    replay = Replay(
        organization_id=destination.organization_id,
        destination=destination,
        statuses=wanted,
        since=since,
        until=until,
        requested_by=actor.label[:200],
        beat_at=begun_at,
        created_at=begun_at,
    )
    # Counted before anything is locked: it may take a second with a million rows.
    replay.last_delivery_id = (find_first_id(since) or 1) - 1
    replay.total_count = sum(
        Delivery.objects.for_replay(replay, status).count() for status in wanted
    )
    if not replay.total_count:
        raise NotReplayable(_say_nothing(replay))
    _write(replay, actor=actor)
    return replay


@transaction.atomic
def _write(replay: Replay, *, actor: Actor) -> None:
    # The lock lets one of two at the same time through; it holds up no publishing.
    locked = Destination.objects.select_for_update(no_key=True).filter(
        pk=replay.destination_id
    )
    if not locked.values_list("enabled", flat=True).get():
        message = "The webhook is disabled; enable it first, then replay."
        raise NotReplayable(message)
    if Replay.objects.running().filter(destination=replay.destination_id).exists():
        message = (
            "A replay of this webhook is running already; wait until it has finished, "
            "or cancel it."
        )
        raise NotReplayable(message)
    replay.save(force_insert=True)
    record_audit(
        organization=replay.organization,
        actor=actor,
        action="replay.started",
        target=replay,
        changes={
            "statuses": [None, replay.statuses],
            "since": [None, replay.since.isoformat()],
            "until": [None, replay.until.isoformat()],
            "total": [None, replay.total_count],
        },
    )
    call_worker(replay)


@transaction.atomic
def cancel_replay(replay: Replay, *, actor: Actor, now: datetime) -> bool:
    """Stop a replay before its next batch; what was queued already stays queued.

    Returns:
        False when it had ended; nothing was written then.
    """
    del now
    locked = Replay.objects.select_for_update(of=("self",)).get(pk=replay.pk)
    is_cancelled = locked.is_running
    if is_cancelled:
        end_replay(locked, status=Replay.Status.CANCELLED)
        record_audit(
            organization=locked.organization,
            actor=actor,
            action="replay.cancelled",
            target=locked,
            changes={"queued": [None, locked.queued_count]},
        )
    for field in locked._meta.concrete_fields:
        setattr(replay, field.attname, getattr(locked, field.attname))
    return is_cancelled


def _check_statuses(statuses: Collection[str]) -> None:
    wrong = [status for status in statuses if status not in REPLAYABLE]
    if not statuses or wrong:
        words = ", ".join(REPLAYABLE)
        message = f"Choose one or more of {words}."
        if {"pending", "sending"} & set(wrong):
            message += " What waits or is being sent needs no replay."
        raise ValidationError({"statuses": message})


def _check_window(since: datetime, until: datetime, *, now: datetime) -> None:
    if since >= now:
        message = "This lies in the future; choose a time that is past."
        raise ValidationError({"since": message})
    if since >= until:
        message = "The end must be later than the beginning."
        raise ValidationError({"until": message})
    if until - since > LONGEST_PERIOD:
        message = (
            f"A replay covers at most {LONGEST_PERIOD.days} days; choose a later "
            "beginning, or replay the rest afterwards."
        )
        raise ValidationError({"since": message})


def _say_nothing(replay: Replay) -> str:
    statuses = " or ".join(replay.statuses)
    return (
        f"There is nothing to send again: no {statuses} delivery of this webhook was "
        f"made from {replay.since:%Y-%m-%d %H:%M} to {replay.until:%Y-%m-%d %H:%M} UTC."
    )
