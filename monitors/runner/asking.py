"""Runs and previews in the process of whoever asks for them."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

from django.utils import timezone

from integrations_project.lib.clock import database_now
from integrations_project.lib.ids import uuid7
from monitors.actions.recording import CUT_PAGE
from monitors.addresses import page_policy
from monitors.datatypes import Extraction
from monitors.exceptions import RunFailed
from monitors.fetching import PageUnavailable, add_parameters
from monitors.models import Job
from monitors.runner.claim import Room, claim_jobs, reserve_host
from monitors.runner.errand import Errand, carry_out
from monitors.runner.manners import is_own_address, name_origin
from monitors.runner.rooms import rooms
from monitors.runner.settling import build_errands, load_robots, note_manners, settle

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

#: Nobody renews the lease of a run in a request; no run takes longer.
REQUEST_LEASE = timedelta(seconds=120)
#: Whoever asks waits no longer than this for the end of a run.
WAIT_SECONDS = 55.0
#: And no longer for a site that is being read by somebody else.
HOST_WAIT_SECONDS = 10.0
LOOK_SECONDS = 0.2


class StrategyLike(Protocol):
    """What a preview needs of a strategy, stored or not."""

    scraper_type: str
    output_schema: Any
    filter_config: Any
    parameters: Any


def run_job_now(job_id: UUID, *, wait_seconds: float = WAIT_SECONDS) -> Job:
    """Run a job here and return it; wait for it when a worker has it.

    A job whose site wants to be left alone longer than that comes back unfinished; a
    worker runs it later.

    Args:
        job_id: Of a stored job.
        wait_seconds: No longer than this, before it begins or while others run it.

    Raises:
        Job.DoesNotExist: There is none.
    """
    until = time.monotonic() + wait_seconds
    while True:
        if _run(job_id):
            return Job.objects.get(pk=job_id)
        job = Job.objects.get(pk=job_id)
        is_over = job.status in (Job.Status.COMPLETED, Job.Status.FAILED)
        if is_over or time.monotonic() >= until:
            return job
        time.sleep(LOOK_SECONDS)


def _run(job_id: UUID) -> bool:
    room = Room(limit=1, job_ids=(job_id,))
    jobs, _ = claim_jobs(uuid7(), room, lease=REQUEST_LEASE)
    for job, errand in build_errands(jobs):
        outcome = carry_out(
            errand, read=rooms.read, policy=page_policy(), now=timezone.now()
        )
        settle(job, outcome)
    return bool(jobs)


def read_once(
    strategy: StrategyLike,
    *,
    url: str,
    parameters: Mapping[str, Any] | None = None,
    now: datetime,
) -> Extraction:
    """Read a page and store nothing of it but its site's manners.

    Args:
        strategy: How it is read; need not be stored.
        url: The page.
        parameters: In place of those of the strategy with the same names.
        now: What counts as fresh is counted from here.

    Raises:
        ProjectError: With a sentence: refused, not answered, nothing in it.
    """
    page_policy().check_url(url)
    origin = name_origin(url)
    errand = Errand(
        job_id=None,
        url=add_parameters(url, {**(strategy.parameters or {}), **(parameters or {})}),
        origin=origin,
        scraper_type=strategy.scraper_type,
        schema=strategy.output_schema,
        filter_config=strategy.filter_config,
        robots=load_robots([origin]),
    )
    _wait_for_host(errand)
    outcome = carry_out(errand, read=rooms.read, policy=page_policy(), now=now)
    note_manners(outcome)
    if outcome.error is not None:
        raise outcome.error
    if outcome.extraction is None or outcome.fetched is None:
        raise RunFailed
    notices = outcome.extraction.notices
    if outcome.fetched.is_truncated:
        notices = (*notices, CUT_PAGE)
    return Extraction(items=outcome.extraction.items, notices=notices)


def _wait_for_host(errand: Errand) -> None:
    if is_own_address(errand.url, page_policy()):
        return
    until = time.monotonic() + HOST_WAIT_SECONDS
    while (free_at := reserve_host(errand.origin)) is not None:
        left = (free_at - database_now()).total_seconds()
        if time.monotonic() + min(left, LOOK_SECONDS) >= until:
            raise PageUnavailable(
                f"{errand.origin} is being read, or asked to be left alone for a "
                "while. Try again in a minute.",
                code="host_busy",
            )
        time.sleep(LOOK_SECONDS)
