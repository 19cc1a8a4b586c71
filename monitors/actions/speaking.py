"""What a schedule says of its service: bad after failures in a row, well after none."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING
from uuid import UUID

from accounts.datatypes import SYSTEM
from alerts import actions as alerts
from alerts.datatypes import IncidentPolicy, Source, StatusUpdate
from alerts.exceptions import ServiceGone
from alerts.models import ServiceSource, Status

if TYPE_CHECKING:
    from datetime import datetime

    from monitors.models import Schedule

logger = logging.getLogger(__name__)

MAX_ERROR_LENGTH = 500


def source_of(schedule: Schedule) -> Source:
    """Return as whom a schedule speaks of its service: one source, whatever fails."""
    return Source(kind="monitor", id=str(schedule.pk), label=str(schedule)[:200])


def count_failure(schedule: Schedule, url: str, sentence: str) -> None:
    """Count a failure of a page; not stored."""
    before = schedule.failures.get(url) or {}
    count = int(before.get("count", 0)) + 1
    schedule.failures[url] = {"count": count, "error": sentence}
    _sum_up(schedule)


def count_success(schedule: Schedule, url: str) -> None:
    """Forget the failures of a page that is well again; not stored."""
    schedule.failures.pop(url, None)
    _sum_up(schedule)


def speak_of_service(schedule: Schedule, *, trace: UUID, now: datetime) -> None:
    """Say of the service what the last run of each page means for it.

    It turns to the schedule's failure status when a page failed as often in a row as
    the threshold says, and to operational when no page fails any more; in between it
    stays. Incidents follow the schedule's setting; only its own are resolved. In the
    caller's transaction, with the schedule's row locked.
    """
    if schedule.service_id is None or not schedule.enabled:
        return
    source = source_of(schedule)
    has_said = ServiceSource.objects.filter(
        service=schedule.service_id, source_kind=source.kind, source_id=source.id
    ).exists()
    is_bad = schedule.consecutive_failures >= schedule.failure_threshold
    if is_bad or (has_said and schedule.failures):
        status, message = schedule.failure_status, _explain(schedule)
    elif has_said:
        status, message = Status.OPERATIONAL.value, f"{schedule} is well again."
    else:
        return
    update = StatusUpdate(
        status=status,
        source=source,
        message=message,
        incidents=IncidentPolicy(
            auto_create=schedule.auto_create_incidents,
            severity=schedule.incident_severity,
        ),
        trace=trace,
        now=now,
    )
    try:
        alerts.change_service_status(schedule.service_id, update, actor=SYSTEM)
    except ServiceGone:
        logger.warning("service gone schedule=%s", schedule.pk)


def _sum_up(schedule: Schedule) -> None:
    worst = max(
        schedule.failures.values(), key=lambda each: each["count"], default=None
    )
    schedule.consecutive_failures = 0 if worst is None else worst["count"]
    schedule.last_error = "" if worst is None else worst["error"][:MAX_ERROR_LENGTH]


def _explain(schedule: Schedule) -> str:
    """Return why, by the page that fails longest."""
    failing = sorted(schedule.failures.items(), key=lambda each: -each[1]["count"])
    url, worst = failing[0]
    if not schedule.is_batch:
        return str(worst["error"])
    more = len(failing) - 1
    pages = f" {more} more {'page fails' if more == 1 else 'pages fail'}, too."
    return f"{url}: {worst['error']}{pages if more else ''}"
