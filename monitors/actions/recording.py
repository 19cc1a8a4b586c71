"""Write down how a run ended: once, by whoever has it, with all that follows.

What follows is the schedule's state, one event, and the word about its service. All
of it is committed together or not at all. A run that somebody else has meanwhile,
because its lease was over, is left alone.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from django.db import transaction

from monitors.actions.speaking import count_failure, count_success, speak_of_service
from monitors.actions.telling_runs import publish_run
from monitors.exceptions import InvalidSchedule, UnexpectedStatus
from monitors.expectations import Expectations, find_unmet, parse_expectations
from monitors.fetching import MAX_BYTES, PageUnavailable
from monitors.findings import Findings, trim_notices, weigh
from monitors.models import Job, Schedule

if TYPE_CHECKING:
    from datetime import datetime

    from integrations_project.lib.exceptions import ProjectError
    from monitors.datatypes import Extraction
    from monitors.fetching import FetchedPage

logger = logging.getLogger(__name__)

MAX_ERROR_LENGTH = 500
CUT_PAGE = (
    f"The page is longer than {MAX_BYTES // 1024 // 1024} MiB; what follows is not "
    "read."
)
NOTHING_BEFORE = (
    "The site says that nothing is new, but the run that this refers to is gone; the "
    "next run reads the whole page."
)


def record_success(
    job: Job, *, fetched: FetchedPage, extraction: Extraction | None, now: datetime
) -> None:
    """Complete a run with what was read.

    Writes the results, bounded, with their hash and what is different from the run
    before; publishes ``monitor.job_completed``; moves the schedule's state, and the
    status of its service when it has one.

    Args:
        job: As it was claimed: its ``lease_owner`` tells whose it is.
        fetched: The answer.
        extraction: What was read from it, filtered; None when the site said that
            nothing is new: the results of the run before count as they are.
        now: When it ended.
    """
    previous = find_previous_run(job)
    findings = _find(job, extraction, previous)
    if findings is None:
        error = PageUnavailable(NOTHING_BEFORE)
        record_failure(job, error=error, status_code=fetched.status_code, now=now)
        return
    unmet = find_unmet(_expectations_of(job.schedule), fetched, now=now)
    notices = [*findings.notices, *([CUT_PAGE] if fetched.is_truncated else [])]
    values: dict[str, Any] = {
        "status": Job.Status.COMPLETED,
        "status_code": fetched.status_code,
        "duration_ms": fetched.duration_ms,
        "error": "",
        "error_code": "",
        "unmet": unmet,
        "results": findings.results,
        "item_count": findings.item_count,
        "content_hash": findings.content_hash,
        "structure_hash": findings.structure_hash,
        "previous_id": None if previous is None else previous.pk,
        "has_changes": findings.has_changes,
        "added_count": findings.added_count,
        "removed_count": findings.removed_count,
        "changed_count": findings.changed_count,
        "notices": list(trim_notices(notices)),
    }
    values |= _keep_conditions(fetched, previous, unmet=unmet)
    _record(job, values, failure=unmet, now=now)


def record_failure(
    job: Job,
    *,
    error: ProjectError,
    status_code: int | None,
    now: datetime,
    fetched: FetchedPage | None = None,
) -> None:
    """Fail a run with a sentence.

    Publishes ``monitor.job_failed``; moves the schedule's state, and the status of
    its service when it has one: an answer that meets what the schedule expects is no
    failure of the service, though nothing could be read from it.

    Args:
        job: As it was claimed: its ``lease_owner`` tells whose it is.
        error: Why.
        status_code: What the site answered; None when it did not.
        now: When it ended.
        fetched: The answer, when one came that could not be read.
    """
    sentence = error.message[:MAX_ERROR_LENGTH]
    unmet, failure = "", sentence
    wanted = _expectations_of(job.schedule)
    is_answered = fetched is not None and not isinstance(error, UnexpectedStatus)
    if fetched is not None and is_answered and wanted.as_json():
        unmet = failure = find_unmet(wanted, fetched, now=now)
    started_at = job.started_at or now
    values: dict[str, Any] = {
        "status": Job.Status.FAILED,
        "status_code": status_code,
        "duration_ms": max(0, int((now - started_at).total_seconds() * 1000)),
        "error": sentence,
        "error_code": error.error_code[:40],
        "unmet": unmet,
    }
    _record(job, values, failure=failure, now=now)


def find_previous_run(job: Job) -> Job | None:
    """Return the completed run that a run is compared with; its results are deferred.

    It is the newest one of the same schedule and page; without a schedule, of the
    same strategy, page and parameters. What was read by another strategy, or before
    it was changed, does not count.
    """
    rows = Job.objects.filter(
        schedule=job.schedule_id,
        strategy=job.strategy_id,
        url=job.url,
        status=Job.Status.COMPLETED,
        started_at__gte=job.strategy.read_anew_at,
    ).exclude(pk=job.pk)
    if job.schedule_id is None:
        rows = rows.filter(parameters=job.parameters)
    return rows.defer("results").order_by("-id").first()


def _find(
    job: Job, extraction: Extraction | None, previous: Job | None
) -> Findings | None:
    if extraction is not None:
        return weigh(
            extraction,
            job.strategy.stable,
            previous_hash="" if previous is None else previous.content_hash,
            load_previous=lambda: [] if previous is None else previous.results,
        )
    if previous is None:
        return None
    return Findings(
        results=previous.results,
        item_count=previous.item_count,
        content_hash=previous.content_hash,
        structure_hash=previous.structure_hash,
        notices=tuple(previous.notices),
    )


def _keep_conditions(
    fetched: FetchedPage, previous: Job | None, *, unmet: str
) -> dict[str, str]:
    """Return what the next fetch asks with; nothing when the page must be seen."""
    if unmet or fetched.is_truncated:
        return {"etag": "", "last_modified": ""}
    etag, last_modified = fetched.etag, fetched.last_modified
    if fetched.is_unchanged and previous is not None:
        # A 304 need not repeat them.
        etag = etag or previous.etag
        last_modified = last_modified or previous.last_modified
    return {"etag": etag, "last_modified": last_modified}


def _expectations_of(schedule: Schedule | None) -> Expectations:
    if schedule is None:
        return Expectations()
    try:
        return parse_expectations(schedule.expectations)
    except InvalidSchedule:
        # Checked when it was saved; a run is not lost for it.
        logger.warning("schedule expectations unreadable id=%s", schedule.pk)
        return Expectations()


@transaction.atomic
def _record(job: Job, values: dict[str, Any], *, failure: str, now: datetime) -> None:
    """Write the end of a run and what follows, unless somebody else has it.

    The schedule is locked first, as by everything that changes one: no deadlocks.
    """
    schedule = _lock_schedule(job)
    values = values | {"completed_at": now, "lease_owner": None}
    changed = Job.objects.filter(
        pk=job.pk, status=Job.Status.RUNNING, lease_owner=job.lease_owner
    ).update(**values)
    if not changed:
        logger.warning("run not ours any more id=%s", job.pk)
        return
    for name, value in values.items():
        setattr(job, name, value)
    job.schedule = schedule
    publish_run(job)
    if schedule is not None:
        if failure:
            count_failure(schedule, job.url, failure)
        else:
            count_success(schedule, job.url)
        started_at = job.started_at or now
        if schedule.last_run_at is None or schedule.last_run_at < started_at:
            schedule.last_run_at = started_at
        schedule.save(
            update_fields=(
                "failures",
                "consecutive_failures",
                "last_error",
                "last_run_at",
            )
        )
        speak_of_service(schedule, trace=job.trace, now=now)
    logger.info(
        "run ended id=%s status=%s code=%s ms=%s changes=%s",
        job.pk,
        job.status,
        job.status_code,
        job.duration_ms,
        job.has_changes,
    )


def _lock_schedule(job: Job) -> Schedule | None:
    if job.schedule_id is None:
        return None
    rows = Schedule.objects.select_for_update(of=("self",), no_key=True)
    return (
        rows.select_related("organization", "strategy", "service")
        .filter(pk=job.schedule_id)
        .first()
    )
