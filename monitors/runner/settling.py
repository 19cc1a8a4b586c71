"""What is to be carried out for claimed runs, and what is written down of it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from django.db import InterfaceError, OperationalError
from django.db.models import OuterRef, Subquery

from integrations_project.lib.clock import database_now
from monitors.actions.recording import record_failure, record_success
from monitors.addresses import page_policy
from monitors.exceptions import InvalidSchedule, RunFailed
from monitors.expectations import parse_expectations
from monitors.fetching import Conditions, add_parameters
from monitors.models import Host, Job
from monitors.runner.claim import MAX_LOST, find_origin
from monitors.runner.errand import INTERNAL, Errand
from monitors.runner.manners import Robots, is_own_address

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from uuid import UUID

    from django.db.models import QuerySet

    from monitors.models import Schedule
    from monitors.runner.errand import Outcome

logger = logging.getLogger(__name__)

LOST = (
    f"The run was lost {MAX_LOST} times: the process that read the page ended each "
    "time. Should it happen again, report it with the address of the page."
)


def build_errands(jobs: Sequence[Job]) -> Iterator[tuple[Job, Errand]]:
    """Yield what is to be done for claimed runs; what cannot be done is failed."""
    if not jobs:
        return
    robots = load_robots(find_origin(job) for job in jobs)
    conditions = find_conditions(jobs)
    for job in jobs:
        try:
            yield job, _build(job, robots, conditions.get(job.pk))
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            # One row that should not be must not keep the others from running.
            logger.exception("run cannot begin job=%s", job.pk)
            error = RunFailed(INTERNAL, code="internal")
            record_failure(job, error=error, status_code=None, now=database_now())


def _build(
    job: Job, robots: Mapping[str, Robots], conditions: Conditions | None
) -> Errand:
    strategy, schedule = job.strategy, job.schedule
    origin = find_origin(job)
    url = add_parameters(job.url, {**strategy.parameters, **job.parameters})
    return Errand(
        job_id=job.pk,
        url=url,
        origin=origin,
        scraper_type=strategy.scraper_type,
        schema=strategy.output_schema,
        filter_config=strategy.filter_config,
        conditions=conditions,
        accepted_statuses=_find_accepted(schedule),
        honours_robots=schedule is None or schedule.honours_robots,
        robots={origin: robots[origin]} if origin in robots else {},
    )


def find_conditions(jobs: Sequence[Job]) -> dict[UUID, Conditions]:
    """Return what pages are to be asked with, by run, as recording does.

    What the run before was told counts when it asked for the same page: with the
    same parameters, and before the strategy was changed.
    """
    rows = (
        Job.objects.filter(pk__in=[job.pk for job in jobs if job.schedule_id])
        .annotate(before=Subquery(_before().values("pk")))
        .order_by()
        .values_list("pk", "before")
    )
    before = {run_id: job_id for job_id, run_id in rows if run_id is not None}
    wanted = {job.pk: job.parameters for job in jobs}
    told = Job.objects.filter(pk__in=before).exclude(etag="", last_modified="")
    fields = ("pk", "etag", "last_modified", "parameters")
    return {
        before[run_id]: Conditions(etag=etag, last_modified=last_modified)
        for run_id, etag, last_modified, parameters in told.values_list(*fields)
        if wanted[before[run_id]] == parameters
    }


def _before() -> QuerySet[Job]:
    rows = Job.objects.filter(
        schedule=OuterRef("schedule"),
        strategy=OuterRef("strategy"),
        url=OuterRef("url"),
        status=Job.Status.COMPLETED,
        started_at__gte=OuterRef("strategy__read_anew_at"),
    )
    return rows.order_by("-id")[:1]


def _find_accepted(schedule: Schedule | None) -> frozenset[int]:
    if schedule is None:
        return frozenset()
    try:
        return frozenset(parse_expectations(schedule.expectations).status_codes)
    except InvalidSchedule:  # checked when it was stored
        return frozenset()


def load_robots(origins: Iterable[str]) -> dict[str, Robots]:
    """Return what is known of robots.txt files, by origin."""
    found = {}
    for row in Host.objects.filter(origin__in=set(origins)):
        code, read_at = row.robots_status, row.robots_read_at
        if code is not None and read_at is not None:
            text = row.robots_text
            found[row.origin] = Robots(text=text, status_code=code, read_at=read_at)
    return found


def settle(job: Job, outcome: Outcome) -> None:
    """Write down what came of a run, and when its host may be asked again."""
    note_manners(outcome)
    now = database_now()
    fetched = outcome.fetched
    if outcome.error is None and fetched is not None:
        record_success(job, fetched=fetched, extraction=outcome.extraction, now=now)
        return
    error = outcome.error or RunFailed()
    code = fetched.status_code if fetched else None
    record_failure(job, error=error, status_code=code, now=now, fetched=fetched)


def note_manners(outcome: Outcome) -> None:
    """Keep what was learnt of sites, and free the host of an errand."""
    for origin, robots in outcome.robots.items():
        values: dict[str, Any] = {
            "robots_text": robots.text.replace("\0", ""),
            "robots_status": robots.status_code,
            "robots_read_at": robots.read_at,
        }
        Host.objects.update_or_create(origin=origin[:300], defaults=values)
    errand = outcome.errand
    if not outcome.asks_to_wait and is_own_address(errand.url, page_policy()):
        return  # nobody reserved it
    next_at = database_now() + outcome.distance
    Host.objects.update_or_create(origin=errand.origin, defaults={"next_at": next_at})


def fail_hopeless(jobs: Iterable[Job]) -> None:
    """Fail runs that were lost too often."""
    for job in jobs:
        error = RunFailed(LOST, code="lost")
        record_failure(job, error=error, status_code=None, now=database_now())
