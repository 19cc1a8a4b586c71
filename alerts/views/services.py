"""Pages about services: the list, one service, its form, and its status."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import access_of
from alerts import actions
from alerts.actions.quiet import list_service_windows
from alerts.datatypes import MANUAL, StatusUpdate
from alerts.forms import ServiceForm, ServiceStatusForm
from alerts.models import Service, Status, StatusChange
from alerts.staleness import list_stale, prefetch_stale
from alerts.timeline import build_day_bars
from alerts.views.service_uptime import build_uptime_part, list_shares
from alerts.window_words import say_window
from integrations_project.lib.ids import uuid7
from integrations_project.lib.pages import paginate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from accounts.models import Organization

#: More than this on one page helps nobody; the search finds the rest.
LIST_LIMIT = 500
CHANGES_SHOWN = 20
MONITORS_SHOWN = 20


@require_safe
def service_list(request: HttpRequest) -> HttpResponse:
    """List services, the worst first when asked, with the bars of 24 hours."""
    access = access_of(request)
    rows = access.rows(Service).select_related("network")
    rows = rows.prefetch_related(prefetch_stale())
    status, query = request.GET.get("status", ""), request.GET.get("q", "").strip()
    if status in Status.values:
        rows = rows.filter(status=status)
    if query:
        rows = rows.filter(name__icontains=query)
    services = list(rows.order_by("group", "name", "pk")[:LIST_LIMIT])
    now = timezone.now()
    context = {
        "services": services,
        "bars": build_day_bars(services, now=now),
        "notes": list_window_notes(access.organization, services, now=now),
        "shares": list_shares(access.organization, services, now=now),
        "status": status,
        "query": query,
        "statuses": Status.choices,
        "is_cut": len(services) == LIST_LIMIT,
        "form": ServiceForm(access=access, instance=_new(request)),
    }
    return render(request, "alerts/service_list.html", context)


@require_safe
def service_detail(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """Show one service: its status, who says so, and what changed."""
    access = access_of(request)
    service = access.get(Service, service_id)
    now = timezone.now()
    context = {
        "service": service,
        "bar": build_day_bars([service], now=now)[service.pk],
        "uptime": build_uptime_part(service, now=now),
        "stale": list_stale(service),
        "sources": service.sources.order_by("source_label", "key"),
        "changes": service.changes.order_by("-changed_at")[:CHANGES_SHOWN],
        "incidents": _list_incidents(service),
        "rules": service.rules.order_by("label"),
        "monitors": _list_monitors(service),
        "status_form": ServiceStatusForm(initial={"status": service.status}),
        "may_edit": access.may_edit(service),
    }
    return render(request, "alerts/service_detail.html", context)


def _list_monitors(service: Service) -> list[object]:
    """Return the monitors whose runs this service follows."""
    rows = service.monitor_schedules.select_related("strategy").order_by("-pk")
    return list(rows[:MONITORS_SHOWN])


def _list_incidents(service: Service) -> list[object]:
    """Return the last incidents of a service, newest first."""
    links = service.affecting.select_related("incident").order_by("-linked_at")
    return [link.incident for link in links[:10]]


@require_safe
def service_history(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """List every change of one service."""
    service = access_of(request).get(Service, service_id)
    page = paginate(StatusChange.objects.filter(service=service), request)
    context = {"service": service, "page": page}
    return render(request, "alerts/service_history.html", context)


def service_form(request: HttpRequest, service_id: UUID | None = None) -> HttpResponse:
    """Create a service, or change what is known of it."""
    access = access_of(request)
    service = access.get(Service, service_id) if service_id else _new(request)
    access.require_edit(service if service_id else None)
    form = ServiceForm(request.POST or None, access=access, instance=service)
    if request.method == "POST" and form.is_valid():
        if service_id:
            actions.save_service(form.instance, actor=access.actor)
            messages.success(request, f"{form.instance.name} is saved.")
        else:
            service = actions.create_service(
                access.organization,
                actor=access.actor,
                now=timezone.now(),
                **{name: form.cleaned_data[name] for name in form.Meta.fields},
            )
            messages.success(
                request, f"{service.name} is created. Add a receiver that feeds it?"
            )
        return redirect(service)
    context = {"form": form, "service": service if service_id else None}
    return render(request, "alerts/service_form.html", context, status=_code(form))


@require_POST
def service_status(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """Set the status by hand."""
    access = access_of(request)
    service = access.get(Service, service_id)
    access.require_edit(service)
    form = ServiceStatusForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Choose one of the four statuses.")
        return redirect(service)
    outcome = actions.change_service_status(
        service.pk,
        StatusUpdate(
            status=form.cleaned_data["status"],
            message=form.cleaned_data["message"],
            source=MANUAL,
            trace=uuid7(),
            now=timezone.now(),
        ),
        actor=access.actor,
    )
    if outcome.changed:
        label = Status(outcome.status).label.lower()
        messages.success(request, f"{service.name} is {label} now.")
    else:
        messages.info(request, outcome.reason or "Nothing changed.")
    return redirect(service)


def service_delete(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """Delete a service, after saying what goes with it."""
    access = access_of(request)
    service = access.get(Service, service_id)
    access.require_edit(service)
    if request.method == "POST":
        actions.delete_service(service, actor=access.actor)
        messages.success(request, f"{service.name} is deleted.")
        return redirect("alerts:service-list")
    context = {
        "heading": f"Delete {service.name}?",
        "consequences": [
            f"{service.changes.count()} recorded status changes",
            "Its receivers, with their receipts: tools that post to them get a 404",
            "What monitors say of it; they go on reading their pages",
            "Its place in incidents; the incidents stay",
            "Rules that watch it alone are switched off",
        ],
        "confirm_label": "Delete service",
        "cancel_url": reverse("alerts:service-detail", args=[service.pk]),
    }
    return render(request, "components/confirm_page.html", context)


def list_window_notes(
    organization: Organization, services: Sequence[Service], *, now: datetime
) -> dict[UUID, str]:
    """Say of each service that is under maintenance or silenced until when it is."""
    found = list_service_windows(organization.pk, services, now=now)
    return {
        service_id: say_window(
            windows[0].title,
            windows[0].until,
            windows[0].time_zone,
            is_maintenance=windows[0].is_maintenance,
            now=now,
        )
        for service_id, windows in found.items()
        if windows
    }


def _new(request: HttpRequest) -> Service:
    return Service(organization=access_of(request).organization)


def _code(form: ServiceForm) -> int:
    return HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
