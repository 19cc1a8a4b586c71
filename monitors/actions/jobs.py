"""Make runs, and have them run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction

from integrations_project.lib.ids import uuid7
from monitors.models import Job
from monitors.runner import doorbell
from monitors.runner.asking import read_once, run_job_now
from monitors.runner.manners import name_origin

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from monitors.models import Schedule, Strategy

__all__ = ["create_batch", "create_job", "read_once", "run_job_now"]


def create_job(  # what a run consists of
    strategy: Strategy,
    *,
    url: str,
    parameters: Mapping[str, Any] | None = None,
    schedule: Schedule | None = None,
    batch_id: UUID | None = None,
    now: datetime,
) -> Job:
    """Make a run that a worker begins as soon as it can.

    Args:
        strategy: How the page is read.
        url: The page.
        parameters: In place of those of the strategy with the same names.
        schedule: Whose run it is, beside its slots.
        batch_id: What several runs are asked for by.
        now: When it is due.
    """
    job = _build(strategy, url, parameters, now=now)
    job.schedule = schedule
    job.batch_id = batch_id
    with transaction.atomic():
        job.save(force_insert=True)
        doorbell.ring()
    return job


def create_batch(
    strategy: Strategy,
    *,
    urls: Sequence[str],
    parameters: Mapping[str, Any] | None = None,
    now: datetime,
) -> tuple[UUID, list[Job]]:
    """Make a run of each page; returns the batch's id and the runs, in their order."""
    batch_id = uuid7()
    jobs = [_build(strategy, url, parameters, now=now) for url in urls]
    for job in jobs:
        job.batch_id = batch_id
    with transaction.atomic():
        Job.objects.bulk_create(jobs)
        doorbell.ring()
    return batch_id, jobs


def _build(
    strategy: Strategy,
    url: str,
    parameters: Mapping[str, Any] | None,
    *,
    now: datetime,
) -> Job:
    return Job(
        organization_id=strategy.organization_id,
        strategy=strategy,
        url=url,
        origin=name_origin(url),
        parameters=dict(parameters or {}),
        due_at=now,
        created_at=now,
    )
