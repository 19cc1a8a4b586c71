"""The work of a bulk replay: batch by batch, resumed wherever it was left.

A batch is one transaction: its deliveries, how far the replay has come and its
counts are committed together, so that a worker may be killed at any moment and
another one goes on with exact counts.
"""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Case, Value, When

from accounts.actions import record_audit
from accounts.datatypes import SYSTEM
from integrations_project.lib.clock import database_now
from integrations_project.lib.queue import queue_task
from webhooks.engine import doorbell
from webhooks.engine.database import is_postgresql
from webhooks.models import Delivery, Destination, Replay

logger = logging.getLogger(__name__)

TASK = "webhooks.tasks.run_replay"
#: On SQLite a longer write makes a receiver wait.
BATCH = 500 if is_postgresql() else 200
#: Between two batches others get at the database, and cancel is heard.
PAUSE_SECONDS = 0.01
#: A run ends after so long and calls a successor: the worker has other tasks too.
RUN_SECONDS = 20.0
#: A running replay without a sign of life for so long has lost its worker.
STALE = timedelta(seconds=30)


def run_replay(replay_id: UUID | str, *, run_seconds: float = RUN_SECONDS) -> None:
    """Go on with a replay for some seconds, then call a successor if need be.

    Run twice at the same time, the two take turns: a batch locks the replay. Run
    for a replay that has ended, it does nothing.
    """
    ends_at = time.monotonic() + run_seconds
    while queue_batch(replay_id):
        if time.monotonic() >= ends_at:
            call_worker(Replay.objects.get(pk=replay_id))
            return
        time.sleep(PAUSE_SECONDS)


@transaction.atomic
def queue_batch(replay_id: UUID | str) -> bool:
    """Queue the next deliveries of a replay. Returns whether there may be more."""
    replay = (
        Replay.objects.select_for_update(of=("self",))
        .running()
        .filter(pk=replay_id)
        .first()
    )
    if replay is None:
        return False
    if not Destination.objects.enabled().filter(pk=replay.destination_id).exists():
        _give_up(replay)
        return False

    ids = _find(replay)
    queued_count = _queue(replay, ids)
    replay.queued_count += queued_count
    replay.left_out_count += len(ids) - queued_count
    replay.last_delivery_id = ids[-1] if ids else replay.last_delivery_id
    if len(ids) < BATCH:
        end_replay(replay, status=Replay.Status.FINISHED)
        return False
    replay.total_count = max(replay.total_count, replay.done_count)
    replay.beat_at = database_now()
    replay.save()
    return True


def _find(replay: Replay) -> list[int]:
    """Return the next deliveries by id: the first of each status by its index."""
    found: set[int] = set()
    for status in replay.statuses:
        rows = Delivery.objects.for_replay(replay, status).order_by("pk")
        found.update(rows.values_list("pk", flat=True)[:BATCH])
    return sorted(found)[:BATCH]


def _queue(replay: Replay, ids: list[int]) -> int:
    """Make deliveries due; returns how many still were as they had been found."""
    count = Delivery.objects.filter(
        pk__in=ids, status__in=replay.statuses, payload__isnull=False
    ).update(
        # Judged by the status before, as every expression of an UPDATE is.
        is_last_attempt=Case(
            When(status=Delivery.Status.SKIPPED, then=Value(False)),
            default=Value(True),
        ),
        status=Delivery.Status.PENDING,
        reason="",
        # Behind the first attempts of what happens now.
        priority=Delivery.Priority.RETRY,
        due_at=database_now(),
        is_manual=True,
        is_suspect=False,
        lost_alone_count=0,
    )
    if count:
        doorbell.ring()
    return count


def end_replay(replay: Replay, *, status: Replay.Status) -> None:
    """Write how a replay ended; the caller holds its lock.

    What was counted at the start and had changed when its turn came is left out.
    """
    now = database_now()
    if status == Replay.Status.FINISHED:
        replay.total_count = max(replay.total_count, replay.done_count)
        replay.left_out_count = replay.total_count - replay.queued_count
    replay.status = status
    replay.beat_at = now
    replay.finished_at = now
    replay.save()
    logger.info(
        "replay ended id=%s status=%s queued=%s left_out=%s",
        replay.pk, status, replay.queued_count, replay.left_out_count,
    )  # fmt: skip


def _give_up(replay: Replay) -> None:
    # To a disabled webhook nothing is sent, and what was queued has been skipped.
    end_replay(replay, status=Replay.Status.CANCELLED)
    record_audit(
        organization=replay.organization,
        actor=SYSTEM,
        action="replay.cancelled",
        target=replay,
        changes={
            "reason": [None, "The webhook was disabled."],
            "queued": [None, replay.queued_count],
        },
    )


def call_worker(replay: Replay) -> None:
    """Put the task of a replay into the queue, in the caller's transaction."""
    # With another broker that is away, the sweep calls again.
    queue_task(TASK, str(replay.pk))


def resume_replays() -> int:
    """Call a worker for each running replay that shows no sign of life.

    The sweep: `serve` asks every few seconds. Returns how many were called for.
    """
    before = database_now() - STALE
    count = 0
    for replay in Replay.objects.running().filter(beat_at__lt=before):
        with transaction.atomic():
            # Of several who see it, one calls.
            is_ours = (
                Replay.objects.running()
                .filter(pk=replay.pk, beat_at=replay.beat_at)
                .update(beat_at=database_now())
            )
            if is_ours:
                call_worker(replay)
                count += 1
                logger.warning("replay resumed id=%s", replay.pk)
    return count
