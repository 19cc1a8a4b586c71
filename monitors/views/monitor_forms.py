"""The form of a monitor, what it would read, and when it would run."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.permissions import access_of
from monitors.forms import MonitorForm
from monitors.models import Schedule
from monitors.previewing import list_next_runs, look_at
from monitors.saving import save_monitor
from monitors.views.strategies import may_edit_strategy

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from accounts.permissions import Access


@never_cache
def monitor_form(request: HttpRequest, monitor_id: UUID | None = None) -> HttpResponse:
    """Create or change a monitor; a new secret is shown in the answer, once."""
    access = access_of(request)
    monitor = _find(access, monitor_id)
    access.require_edit(monitor)
    form = _build_form(request, access, monitor)
    if request.method == "POST" and form.is_valid():
        saved = _save(form)
        if saved is not None:
            return _tell_saved(request, *saved, is_new=monitor is None)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return _render_form(request, form, monitor, status=status)


@require_POST
def monitor_preview(
    request: HttpRequest, monitor_id: UUID | None = None
) -> HttpResponse:
    """Read the first page once, as the form says, and show what is there.

    Nothing is stored and nobody is told; the page is fetched as a run would do it.
    """
    access = access_of(request)
    monitor = _find(access, monitor_id)
    access.require_edit(monitor)
    form = _build_form(request, access, monitor)
    look = look_at(form, now=timezone.now())
    if request.headers.get("HX-Request"):
        return render(request, "monitors/_preview.html", {"look": look})
    _forget_errors(form)
    return _render_form(request, form, monitor, look=look)


@require_POST
def monitor_timing(
    request: HttpRequest, monitor_id: UUID | None = None
) -> HttpResponse:
    """Show when the monitor would run next, as the form says."""
    access = access_of(request)
    monitor = _find(access, monitor_id)
    access.require_edit(monitor)
    form = _build_form(request, access, monitor)
    runs = list_next_runs(form, now=timezone.now())
    return render(request, "monitors/_next_runs.html", {"runs": runs})


def _find(access: Access, monitor_id: UUID | None) -> Schedule | None:
    if monitor_id is None:
        return None
    rows = Schedule.objects.select_related("strategy", "service", "destination")
    return access.get(rows, monitor_id)


def _build_form(
    request: HttpRequest, access: Access, monitor: Schedule | None
) -> MonitorForm:
    return MonitorForm(
        request.POST if request.method == "POST" else None,
        access=access,
        instance=monitor or Schedule(organization=access.organization),
        initial={} if monitor else _suggest(request, access),
    )


def _suggest(request: HttpRequest, access: Access) -> dict[str, Any]:
    """Return what the address says of a new monitor."""
    network_ids = access.network_ids
    suggested = {
        "pages": request.GET.get("url", "").strip()[:2048],
        "service": request.GET.get("service", ""),
        "strategy": request.GET.get("strategy", ""),
        "networks": [] if network_ids is None else list(network_ids),
    }
    return {name: value for name, value in suggested.items() if value}


def _save(form: MonitorForm) -> tuple[Schedule, str | None] | None:
    """Write monitor and strategy; None when the form now says what is wrong."""
    try:
        return save_monitor(form, now=timezone.now())
    except ValidationError as error:
        form.add_error(None, error)
        return None


def _tell_saved(
    request: HttpRequest, monitor: Schedule, secret: str | None, *, is_new: bool
) -> HttpResponse:
    """Go to the monitor, or show a secret that nobody can see again first."""
    if secret:
        context = {"monitor": monitor, "secret": secret, "is_new": is_new}
        return render(request, "monitors/monitor_secret.html", context)
    said = "is made" if is_new else "is saved"
    messages.success(request, f"Monitor “{monitor}” {said}.")
    return redirect(monitor)


def _forget_errors(form: MonitorForm) -> None:
    """Looking at it is no reason to complain about what is not typed yet."""
    form.errors.clear()


def _render_form(
    request: HttpRequest,
    form: MonitorForm,
    monitor: Schedule | None,
    *,
    status: int = HTTPStatus.OK,
    **more: Any,
) -> HttpResponse:
    access = access_of(request)
    shared = None
    if monitor is not None and form.own_strategy is None:
        shared = monitor.strategy
    context = {
        "form": form,
        "monitor": monitor,
        "form_url": _url("monitor-edit", monitor)
        if monitor
        else reverse("monitors:monitor-add"),
        "preview_url": _url("monitor-preview", monitor),
        "timing_url": _url("monitor-timing", monitor),
        "shared": shared,
        "may_edit_shared": bool(shared and may_edit_strategy(access, shared)),
        "runs": list_next_runs(form, now=timezone.now()),
    }
    return render(request, "monitors/monitor_form.html", context | more, status=status)


def _url(name: str, monitor: Schedule | None) -> str:
    if monitor is not None:
        return reverse(f"monitors:{name}", args=[monitor.pk])
    return reverse(f"monitors:{name}-unsaved")
