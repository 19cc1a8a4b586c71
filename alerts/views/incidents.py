"""Pages about incidents: the list, one incident, and what can be done to it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db.models import Q
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import access_of
from alerts import actions
from alerts.exceptions import AlertsError
from alerts.forms import IncidentEditForm, IncidentForm, IncidentUpdateForm
from alerts.models import Incident, IncidentEntry
from integrations_project.lib.pages import paginate

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

#: How each line of the timeline is drawn: icon and tone.
ENTRY_LOOKS = {
    IncidentEntry.Kind.OPENED: ("siren", "bad"),
    IncidentEntry.Kind.ACKNOWLEDGED: ("eye", "warn"),
    IncidentEntry.Kind.UPDATE: ("message-square", "info"),
    IncidentEntry.Kind.EDITED: ("pencil", "neutral"),
    IncidentEntry.Kind.STATUS: ("activity", "neutral"),
    IncidentEntry.Kind.LINKED: ("plus", "warn"),
    IncidentEntry.Kind.UNLINKED: ("circle-check", "ok"),
    IncidentEntry.Kind.RESOLVED: ("circle-check", "ok"),
}


@require_safe
def incident_list(request: HttpRequest) -> HttpResponse:
    """List incidents, the open ones first by default."""
    access = access_of(request)
    rows = access.rows(Incident).prefetch_related("affected__service")
    status = request.GET.get("status", "opened")
    severity, query = request.GET.get("severity", ""), request.GET.get("q", "").strip()
    if status in Incident.Status.values:
        rows = rows.filter(status=status)
    if severity in Incident.Severity.values:
        rows = rows.filter(severity=severity)
    if query:
        rows = rows.filter(Q(title__icontains=query) | _number(query))
    context = {
        "page": paginate(rows, request),
        "status": status,
        "severity": severity,
        "query": query,
        "severities": Incident.Severity.choices,
        "has_any": access.rows(Incident).exists(),
    }
    return render(request, "alerts/incident_list.html", context)


def _number(query: str) -> Q:
    digits = query.removeprefix("#")
    is_number = digits.isdecimal() and len(digits) < 10
    return Q(number=int(digits)) if is_number else Q(pk__in=())


@require_safe
def incident_detail(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """Show one incident with its services, its timeline, and the actions on it."""
    access = access_of(request)
    return _render_detail(request, access.get(Incident, incident_id))


def _render_detail(
    request: HttpRequest,
    incident: Incident,
    *,
    form: IncidentUpdateForm | None = None,
) -> HttpResponse:
    context = {
        "incident": incident,
        "affected": incident.affected.select_related("service").order_by("linked_at"),
        "entries": [build_entry(entry) for entry in incident.entries.order_by("-id")],
        "form": form or IncidentUpdateForm(),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form else HTTPStatus.OK
    return render(request, "alerts/incident_detail.html", context, status=status)


def build_entry(entry: IncidentEntry) -> dict[str, Any]:
    """Return a line of the timeline as the component draws it."""
    icon, tone = ENTRY_LOOKS[IncidentEntry.Kind(entry.kind)]
    return {
        "icon": icon,
        "tone": tone,
        "title": entry.get_kind_display(),
        "text": entry.message,
        "at": entry.created_at,
        "by": entry.actor_label,
    }


def incident_form(request: HttpRequest) -> HttpResponse:
    """Open an incident by hand."""
    access = access_of(request)
    access.require_respond()
    form = IncidentForm(request.POST or None, organization=access.organization)
    if request.method == "POST" and form.is_valid():
        incident = actions.open_incident(
            access.organization,
            title=form.cleaned_data["title"],
            severity=form.cleaned_data["severity"],
            services=list(form.cleaned_data["services"]),
            message=form.cleaned_data["message"],
            actor=access.actor,
            now=timezone.now(),
        )
        messages.success(request, f"Incident #{incident.number} is open.")
        return redirect(incident)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "alerts/incident_form.html", {"form": form}, status=status)


def incident_edit(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """Correct the title, the severity or the labels."""
    access = access_of(request)
    access.require_respond()
    incident = access.get(Incident, incident_id)
    form = IncidentEditForm(request.POST or None, instance=incident)
    if request.method == "POST" and form.is_valid():
        actions.edit_incident(
            access.get(Incident, incident_id),
            actor=access.actor,
            now=timezone.now(),
            **{name: form.cleaned_data[name] for name in form.Meta.fields},
        )
        messages.success(request, f"Incident #{incident.number} is saved.")
        return redirect(incident)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    context = {"form": form, "incident": incident}
    return render(request, "alerts/incident_form.html", context, status=status)


@require_POST
def incident_acknowledge(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """Say that somebody looks after it."""
    access = access_of(request)
    access.require_respond()
    incident = access.get(Incident, incident_id)
    try:
        changed = actions.acknowledge_incident(
            incident, actor=access.actor, now=timezone.now()
        )
    except AlertsError as error:
        messages.error(request, error.message)
    else:
        said = "is yours now" if changed else "was acknowledged before"
        messages.success(request, f"Incident #{incident.number} {said}.")
    return redirect(incident)


@require_POST
def incident_resolve(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """Say that it is over."""
    access = access_of(request)
    access.require_respond()
    incident = access.get(Incident, incident_id)
    changed = actions.resolve_incident(
        incident,
        actor=access.actor,
        now=timezone.now(),
        message=request.POST.get("message", "").strip()[:5000],
    )
    said = "is resolved" if changed else "was resolved before"
    messages.success(request, f"Incident #{incident.number} {said}.")
    return redirect(incident)


@require_POST
def incident_update(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """Post words to the timeline."""
    access = access_of(request)
    access.require_respond()
    incident = access.get(Incident, incident_id)
    form = IncidentUpdateForm(request.POST)
    if not form.is_valid():
        return _render_detail(request, incident, form=form)
    actions.post_incident_update(
        incident,
        message=form.cleaned_data["message"],
        actor=access.actor,
        now=timezone.now(),
    )
    messages.success(request, "Your update is posted.")
    return redirect(incident)
