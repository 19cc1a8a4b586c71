"""`/api/jobs`: runs, one page each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db.models import Count, Q
from django.utils import timezone
from rest_framework import exceptions, serializers
from rest_framework.response import Response

from integrations_project.lib.api.fields import Choice, Reference, write_time
from integrations_project.lib.json_types import quote
from monitors.actions import jobs as actions
from monitors.client_api.base import ClientResource, Pages, cut, parse_since
from monitors.client_api.schedule_inputs import Executing, Running
from monitors.client_api.shapes import show_comparison, show_job
from monitors.comparison import compare
from monitors.models import Job, Schedule, Strategy

if TYPE_CHECKING:
    from rest_framework.request import Request

Status = Job.Status
#: Before a run begins, or while a worker has it; the client gives up after 60.
WAIT_SECONDS = 45.0
#: Bounds what one answer takes: results of very large pages are not listed together.
MAX_LISTED_ITEMS = 20_000


class Listing(Pages):
    """The query parameters of ``list_jobs``."""

    strategy_id = Reference(Strategy, required=False)
    schedule_id = Reference(Schedule, required=False)
    status = Choice(required=False, choices=Status.values)
    since = serializers.CharField(required=False, max_length=64)


class Jobs(ClientResource):
    """Runs: begun, executed, listed, read and compared."""

    model = Job
    slow_actions = frozenset({"execute"})

    def create(self, request: Request) -> Response:
        """Begin a run, or one for each page of ``urls``."""
        given = self.read_input(Running).validated_data
        now = timezone.now()
        strategy, parameters = given["strategy_id"], given.get("parameters")
        if not given.get("urls"):
            job = actions.create_job(
                strategy, url=given["url"], parameters=parameters, now=now
            )
            return Response(show_job(job), status=201)
        batch_id, jobs = actions.create_batch(
            strategy, urls=given["urls"], parameters=parameters, now=now
        )
        answer = {
            "batch_id": str(batch_id),
            "job_count": len(jobs),
            "job_ids": [str(job.pk) for job in jobs],
            "status": Status.PENDING.value,
            "strategy_id": str(strategy.pk),
            "urls": given["urls"],
            "created_at": write_time(now),
        }
        return Response(answer, status=201)

    def execute(self, request: Request) -> Response:
        """Run now and wait; a run that fails is an error that has the run in it."""
        given = self.read_input(Executing).validated_data
        job = actions.create_job(
            given["strategy_id"],
            url=given["url"],
            parameters=given.get("parameters"),
            now=timezone.now(),
        )
        job = actions.run_job_now(job.pk, wait_seconds=WAIT_SECONDS)
        if job.status == Status.COMPLETED:
            return Response(show_job(job))
        return _answer_unfinished(job)

    def list(self, request: Request) -> Response:
        """The newest first, those that are completed with their results."""
        given = self.read_query(Listing)
        rows = self.get_queryset().order_by("-pk")
        for name in ("strategy_id", "schedule_id"):
            if name in given:
                rows = rows.filter(**{name: given[name].pk})
        if "status" in given:
            rows = rows.filter(status=given["status"])
        if "since" in given:
            since = _read_since(given["since"])
            rows = rows.filter(created_at__gte=since)
        page = cut(rows, given)
        _check_size(page)
        return Response([show_job(each) for each in page])

    def retrieve(self, request: Request, pk: str) -> Response:
        """One of them, as it is now."""
        return Response(show_job(self.find(Job, pk)))

    def compare(self, request: Request, pk: str, other_pk: str) -> Response:
        """How two completed runs differ; the older one counts as the first."""
        rows = self.get_queryset().select_related("strategy")
        given = [self.find(rows, each) for each in (pk, other_pk)]
        for job in given:
            if job.status != Status.COMPLETED:
                message = (
                    f"The job {job.pk} is {job.get_status_display().lower()}; only "
                    "completed jobs can be compared."
                )
                raise serializers.ValidationError(message)
        first, second = sorted(given, key=lambda job: job.pk)
        found = compare(first.results, second.results, second.strategy.stable)
        told = {"job_id": str(first.pk), "other_job_id": str(second.pk)}
        return Response(told | show_comparison(found))


class Batches(ClientResource):
    """`/api/jobs/batch/<id>`: how far the runs of a batch are."""

    model = Job

    def progress(self, request: Request, batch_id: str) -> Response:
        """Count them by state."""
        rows = self.get_queryset().filter(batch_id=_read_batch_id(batch_id))
        counts = rows.aggregate(
            total=Count("pk"),
            **{s.value: Count("pk", filter=Q(status=s)) for s in Status},
        )
        if not counts["total"]:
            raise _no_batch(batch_id)
        ended = counts["completed"] + counts["failed"]
        return Response(
            {
                "batch_id": batch_id,
                "status": _sum_up(counts),
                **counts,
                "progress_percent": round(100 * ended / counts["total"], 1),
            }
        )


def _answer_unfinished(job: Job) -> Response:
    if job.status == Status.FAILED:
        detail = f"The job failed: {job.error}"
        return Response({"detail": detail} | show_job(job), status=422)
    detail = (
        f"The job has not ended yet; ask for it with GET /api/jobs/{job.pk}, or "
        "wait_for_job."
    )
    return Response({"detail": detail} | show_job(job), status=504)


def _read_since(text: str) -> Any:
    try:
        return parse_since(text, now=timezone.now())
    except serializers.ValidationError as error:
        raise serializers.ValidationError({"since": error.detail}) from error


def _check_size(page: Any) -> None:
    """Refuse a page whose results are more than one answer should hold."""
    if sum(page.values_list("item_count", flat=True)) > MAX_LISTED_ITEMS:
        message = (
            f"These jobs have more than {MAX_LISTED_ITEMS:,} items; ask for fewer."
        )
        raise serializers.ValidationError({"limit": [message]})


def _sum_up(counts: dict[str, int]) -> str:
    if counts["pending"] == counts["total"]:
        return "pending"
    return "running" if counts["pending"] or counts["running"] else "completed"


def _read_batch_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise _no_batch(text) from None


def _no_batch(text: str) -> exceptions.NotFound:
    return exceptions.NotFound(f"There is no batch with the id {quote(text)}.")
