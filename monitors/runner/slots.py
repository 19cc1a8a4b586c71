"""Turn the slots of schedules that have come into runs, each slot once.

A schedule's `next_run_at` is the slot that nobody took yet. Who takes it moves it on,
in one transaction with the runs that it makes.
"""

from __future__ import annotations

import logging
from datetime import UTC
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from integrations_project.lib.clock import database_now
from monitors.exceptions import InvalidSchedule
from monitors.models import Job, Schedule
from monitors.runner.claim import UNFINISHED
from monitors.runner.manners import name_origin
from monitors.timing import find_next_slot

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime
    from uuid import UUID

    from django.db.models import QuerySet

logger = logging.getLogger(__name__)

INTERNAL = "its times cannot be counted. Save it anew."
#: Slots that one transaction takes; on SQLite it is the only writer meanwhile.
MAX_SLOTS = 100
#: What a slot changes of its schedule.
_STATE = ("next_run_at", "skipped_at", "last_error")
_STORE = f"""
UPDATE monitors_schedule SET {", ".join(f"{name} = %s" for name in _STATE)}
 WHERE id = %s
"""  # noqa: S608  # constants only


def take_slots() -> int:
    """Make the runs of slots that have come; returns how many slots were taken.

    What was missed while nothing ran is one slot. A schedule whose last runs have not
    ended leaves the slot out, and says so: nothing piles up behind a slow site.
    """
    if not _due(database_now()).exists():
        return 0  # without a lock: most looks find nothing
    with transaction.atomic():
        now = database_now()
        due = _due(now).select_for_update(skip_locked=True, of=("self",))
        schedules = list(due.order_by("next_run_at")[:MAX_SLOTS])
        busy = _find_busy([each.pk for each in schedules])
        runs: list[Job] = []
        for schedule in schedules:
            slot_at = schedule.next_run_at
            assert slot_at is not None  # or it would not be due
            _move_on(schedule, slot_at, now=now)
            if schedule.pk in busy:
                _leave_out(schedule, slot_at)
            elif schedule.next_run_at is not None:
                runs += build_runs(schedule, slot_at=slot_at, now=now)
        _store(schedules)
        Job.objects.bulk_create(runs, ignore_conflicts=True)
    return len(schedules)


def build_runs(schedule: Schedule, *, slot_at: datetime, now: datetime) -> list[Job]:
    """Return the runs of a slot, one a page, not stored yet."""
    return [
        Job(
            organization_id=schedule.organization_id,
            strategy_id=schedule.strategy_id,
            schedule=schedule,
            url=url,
            origin=name_origin(url),
            parameters=schedule.parameters,
            slot_at=slot_at,
            due_at=now,
            created_at=now,
        )
        for url in dict.fromkeys(schedule.urls)
    ]


def _due(now: datetime) -> QuerySet[Schedule]:
    return Schedule.objects.filter(enabled=True, next_run_at__lte=now)


def _find_busy(schedule_ids: Collection[UUID]) -> set[UUID | None]:
    unfinished = Job.objects.filter(UNFINISHED, schedule_id__in=schedule_ids)
    return set(unfinished.order_by().values_list("schedule_id", flat=True).distinct())


def _move_on(schedule: Schedule, slot_at: datetime, *, now: datetime) -> None:
    try:
        schedule.next_run_at = find_next_slot(schedule, last=slot_at, now=now)
    except Exception as error:
        # Checked when it was stored; a zone may have vanished since. One schedule
        # must not keep the others from running.
        logger.exception("schedule runs no more id=%s", schedule.pk)
        reason = error.message if isinstance(error, InvalidSchedule) else INTERNAL
        schedule.next_run_at = None
        schedule.last_error = f"It runs no more: {reason}"[:500]


def _store(schedules: list[Schedule]) -> None:
    # Past the ORM, which takes as long to write this as the rest of a slot.
    fields: list[Any] = [Schedule._meta.get_field(name) for name in (*_STATE, "id")]
    rows = [
        [
            field.get_db_prep_save(getattr(each, field.name), connection)
            for field in fields
        ]
        for each in schedules
    ]
    with connection.cursor() as cursor:
        cursor.executemany(_STORE, rows)


def _leave_out(schedule: Schedule, slot_at: datetime) -> None:
    schedule.skipped_at = slot_at
    moment = f"{slot_at.astimezone(UTC):%d %b %H:%M:%S} UTC"
    schedule.last_error = (
        f"The run of {moment} was left out, because the one before had not ended. "
        "Choose a longer interval, or fewer pages."
    )
