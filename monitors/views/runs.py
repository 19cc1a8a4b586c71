"""Pages about runs: all of them, one of them, and two of them side by side."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import access_of
from integrations_project.lib.pages import paginate
from monitors.comparison import compare
from monitors.models import Job
from monitors.monitor_filters import RUN_STATES, filter_runs, read_chosen
from monitors.readable_diff import build_readable_diff

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

    from accounts.permissions import Access

ITEMS_SHOWN = 200
#: Letters of the JSON on a page; the download has all of it.
JSON_SHOWN = 100_000
#: Completed runs of the same page that can be chosen to compare with.
CHOICES = 100


@require_safe
def run_list(request: HttpRequest) -> HttpResponse:
    """List the runs of the organization, those that an API asked for too."""
    access = access_of(request)
    chosen = read_chosen(request.GET.dict(), RUN_STATES)
    rows = filter_runs(access.rows(Job), chosen).defer("results", "notices")
    page = paginate(rows.select_related("schedule", "strategy"), request)
    context = {
        "page": page,
        "chosen": chosen,
        "states": RUN_STATES,
        "is_filtered": any(chosen.values()),
    }
    return render(request, "monitors/run_list.html", context)


@require_safe
def run_detail(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Show one run: what was read, what was different, and how it was asked."""
    run = _get_run(access_of(request), run_id)
    is_json = request.GET.get("view") == "json"
    text = _write(run.results) if is_json else ""
    context = {
        "run": run,
        "is_open": run.status in (Job.Status.PENDING, Job.Status.RUNNING),
        "items": run.results[:ITEMS_SHOWN],
        "left_out_count": max(0, len(run.results) - ITEMS_SHOWN),
        "is_json": is_json,
        "json_text": text[:JSON_SHOWN],
        "is_json_cut": len(text) > JSON_SHOWN,
    }
    return render(request, "monitors/run_detail.html", context)


@require_safe
def run_results(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Return everything that a run read, as a file."""
    run = _get_run(access_of(request), run_id)
    text = _write(run.results).replace("<", "\\u003c")  # the same JSON, never markup
    return HttpResponse(
        f"{text}\n",
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="run-{run.pk}.json"'},
    )


@require_safe
def run_diff(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """Show how one run became another; both can be chosen.

    Without a choice it is the run of the address, and the one before it.
    """
    access = access_of(request)
    run = _get_run(access, run_id)
    second = _find_other(run, request.GET.get("to", "")) or run
    first = _find_other(run, request.GET.get("from", "")) or _find_before(second)
    context: dict[str, Any] = {
        "run": run,
        "first": first,
        "second": second,
        "choices": _list_choices(run, first, second),
    }
    if first is not None:
        stable = run.strategy.stable
        context["diff"] = build_readable_diff(first.results, second.results, stable)
        comparison = compare(first.results, second.results, stable)
        context["comparison"] = comparison
        context["similarity"] = round(comparison.semantic_similarity * 100)
    return render(request, "monitors/run_diff.html", context)


def _get_run(access: Access, run_id: UUID) -> Job:
    rows = Job.objects.select_related("schedule", "strategy", "schedule__strategy")
    return access.get(rows, run_id)


def _list_comparable(run: Job) -> QuerySet[Job]:
    """Return the completed runs of the same page, read in the same way."""
    rows = Job.objects.filter(
        organization=run.organization_id,
        strategy=run.strategy_id,
        url=run.url,
        status=Job.Status.COMPLETED,
    )
    if run.schedule_id:
        rows = rows.filter(schedule=run.schedule_id)
    return rows


def _find_other(run: Job, run_id: str) -> Job | None:
    """Return the run that an address chooses; None when it cannot be compared."""
    try:
        wanted = UUID(run_id)
    except ValueError:
        return None
    return _list_comparable(run).filter(pk=wanted).first()


def _find_before(run: Job) -> Job | None:
    """Return the run that this one was compared with, else the one before it."""
    if run.previous_id:
        return _list_comparable(run).filter(pk=run.previous_id).first()
    older = _list_comparable(run).filter(pk__lt=run.pk)
    return older.order_by("-pk").first()


def _list_choices(run: Job, *chosen: Job | None) -> list[Job]:
    """Return the newest runs that can be compared, and those that are."""
    newest = _list_comparable(run).defer("results", "notices").order_by("-pk")
    found = {each.pk: each for each in newest[:CHOICES]}
    found |= {each.pk: each for each in chosen if each is not None}
    return sorted(found.values(), key=lambda each: each.pk, reverse=True)


def _write(results: object) -> str:
    return json.dumps(results, ensure_ascii=False, indent=2)
