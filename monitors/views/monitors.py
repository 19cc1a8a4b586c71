"""Pages about monitors: their list, one of them, and what is done with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import access_of
from integrations_project.lib.exceptions import ProjectError
from integrations_project.lib.pages import paginate
from monitors.actions import schedules
from monitors.models import Job, Schedule
from monitors.monitor_filters import (
    RUN_STATES,
    STATES,
    filter_monitors,
    filter_runs,
    read_chosen,
    unseen_changes,
)
from monitors.run_words import list_expectations
from monitors.sparkline import find_sparklines

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

    from accounts.permissions import Access

RUNS_SHOWN = 25
#: Nobody needs to know by how much it is more.
COUNTED = 1_000


@require_safe
def monitor_list(request: HttpRequest) -> HttpResponse:
    """List the monitors with their last runs; a page costs the same on any page."""
    access = access_of(request)
    chosen = read_chosen(request.GET.dict(), STATES)
    rows = filter_monitors(access.rows(Schedule), chosen)
    page = paginate(rows.select_related("strategy", "service"), request)
    charts = find_sparklines(page.rows)
    context = {
        "page": page,
        "rows": [(each, charts[each.pk]) for each in page.rows],
        "chosen": chosen,
        "states": STATES,
        "is_filtered": any(chosen.values()),
    }
    return render(request, "monitors/monitor_list.html", context)


@require_safe
def monitor_detail(request: HttpRequest, monitor_id: UUID) -> HttpResponse:
    """Show one monitor: how it does, and its runs."""
    return render_detail(request, get_monitor(access_of(request), monitor_id))


def render_detail(request: HttpRequest, monitor: Schedule, **more: Any) -> HttpResponse:
    """Draw the page of a monitor, perhaps with the verdict of Verify."""
    chosen = read_chosen(request.GET.dict(), RUN_STATES)
    page = paginate(filter_runs(list_runs(monitor), chosen), request, size=RUNS_SHOWN)
    context = {
        **describe_monitor(access_of(request), monitor),
        "page": page,
        "chosen": chosen,
        "states": RUN_STATES,
        "is_filtered": any(chosen.values()),
        "chart": find_sparklines([monitor])[monitor.pk],
        "has_open": any(run.status in ("pending", "running") for run in page.rows),
        "expectations": list_expectations(monitor),
    }
    status = more.pop("status", 200)
    page_name = "monitors/monitor_detail.html"
    return render(request, page_name, context | more, status=status)


def get_monitor(access: Access, monitor_id: UUID) -> Schedule:
    """Return a monitor of one's organization, with what its pages show of it."""
    rows = Schedule.objects.select_related("strategy", "service", "destination")
    return access.get(rows, monitor_id)


def describe_monitor(access: Access, monitor: Schedule) -> dict[str, Any]:
    """Return what every page of a monitor shows."""
    unseen = unseen_changes().filter(schedule=monitor)
    return {
        "monitor": monitor,
        "may_edit": access.may_edit(monitor),
        "unseen_count": unseen.order_by()[:COUNTED].count(),
    }


def list_runs(monitor: Schedule) -> QuerySet[Job]:
    """Return the runs of a monitor without what they read, which may be much."""
    return Job.objects.filter(schedule=monitor).defer("results", "notices")


@require_POST
def monitor_toggle(request: HttpRequest, monitor_id: UUID) -> HttpResponse:
    """Pause a monitor, or let it run again."""
    access = access_of(request)
    monitor = access.get(Schedule, monitor_id)
    access.require_edit(monitor)
    now = timezone.now()
    if monitor.enabled:
        schedules.pause_schedule(monitor, actor=access.actor, now=now)
        said = "is paused: nothing is read until it is resumed"
    else:
        schedules.resume_schedule(monitor, actor=access.actor, now=now)
        said = "runs again"
    messages.success(request, f"Monitor “{monitor}” {said}.")
    return redirect(_find_way_back(request, monitor))


def _find_way_back(request: HttpRequest, monitor: Schedule) -> str:
    """Return to the list, where it was filtered, when the button was there."""
    back = request.POST.get("next", "")
    own = reverse("monitors:monitor-list")
    is_ours = url_has_allowed_host_and_scheme(
        back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    is_list = back.partition("?")[0] == own
    return back if is_ours and is_list else monitor.get_absolute_url()


@require_POST
def monitor_run(request: HttpRequest, monitor_id: UUID) -> HttpResponse:
    """Read the pages of a monitor now, beside its timing."""
    access = access_of(request)
    monitor = access.get(Schedule, monitor_id)
    access.require_edit(monitor)
    try:
        runs = schedules.run_now(monitor, now=timezone.now())
    except ProjectError as error:
        messages.error(request, error.message)
        return redirect(monitor)
    said = "The page is read now." if len(runs) == 1 else "The pages are read now."
    messages.success(request, f"{said} The next run stays when it was.")
    return redirect(monitor)


def monitor_delete(request: HttpRequest, monitor_id: UUID) -> HttpResponse:
    """Delete a monitor, after saying what goes with it."""
    access = access_of(request)
    monitor = get_monitor(access, monitor_id)
    access.require_edit(monitor)
    if request.method == "POST":
        label = str(monitor)
        schedules.delete_schedule(monitor, actor=access.actor, now=timezone.now())
        messages.success(request, f"Monitor “{label}” is deleted.")
        return redirect("monitors:monitor-list")
    context = {
        "heading": f"Delete the monitor “{monitor}”?",
        "text": "To stop it for a while, pause it instead.",
        "consequences": list_losses(monitor),
        "confirm_label": "Delete monitor",
        "cancel_url": monitor.get_absolute_url(),
    }
    return render(request, "components/confirm_page.html", context)


def list_losses(monitor: Schedule) -> list[str]:
    """Return what is gone when a monitor is deleted, and what stays."""
    losses = [f"It is read no more: {', '.join(map(str, monitor.urls[:3]))}"]
    if monitor.destination_id:
        losses.append("Its webhook, with its secret; nobody is told any more")
    if monitor.service:
        losses.append(f"What it says of the service “{monitor.service.name}”")
    losses.append("Its runs stay under Runs, as long as runs are kept")
    return losses
