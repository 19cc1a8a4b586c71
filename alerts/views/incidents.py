"""Pages about incidents: the list, one incident, and its forms."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.permissions import access_of
from alerts import actions
from alerts.exceptions import AlertsError
from alerts.forms import IncidentEditForm, IncidentForm, IncidentUpdateForm
from alerts.incident_filters import PERIODS, IncidentFilters
from alerts.incident_forms import (
    JoinForm,
    MergeForm,
    OwnerForm,
    PostMortemForm,
    list_members,
)
from alerts.incident_page import LINES_SHOWN, build_affected, build_entry
from alerts.models import Incident, Service
from integrations_project.lib.pages import paginate

if TYPE_CHECKING:
    from uuid import UUID

    from django import forms
    from django.http import HttpRequest, HttpResponse

    from accounts.permissions import Access

#: Services that the list's filter offers; others are found from their own pages.
SERVICES_OFFERED = 1000


@require_safe
def incident_list(request: HttpRequest) -> HttpResponse:
    """List incidents, by default the open ones."""
    access = access_of(request)
    chosen = IncidentFilters.read(request.GET.dict())
    rows = chosen.apply(
        access.rows(Incident), user=access.user, now=timezone.now()
    ).select_related("owner")
    context = {
        "page": paginate(rows.prefetch_related("affected__service"), request),
        "chosen": chosen,
        "severities": Incident.Severity.choices,
        "periods": PERIODS.items(),
        "owners": _list_owners(access),
        "services": _list_services(access),
        "has_any": access.rows(Incident).exists(),
    }
    return render(request, "alerts/incident_list.html", context)


def _list_owners(access: Access) -> list[tuple[str, str]]:
    people = list_members(access.organization)
    return [("me", "Me"), ("none", "Nobody"), *((str(p.pk), str(p)) for p in people)]


def _list_services(access: Access) -> list[tuple[str, str]]:
    rows = access.rows(Service).order_by("name").values_list("pk", "name")
    return [(str(pk), name) for pk, name in rows[:SERVICES_OFFERED]]


@require_safe
def incident_detail(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """Show one incident with its services, its timeline, and the actions on it."""
    access = access_of(request)
    rows = access.rows(Incident).select_related("owner", "merged_into")
    return render_detail(request, access.get(rows, incident_id))


def render_detail(
    request: HttpRequest, incident: Incident, *, form: IncidentUpdateForm | None = None
) -> HttpResponse:
    """Show an incident, with the words that somebody has to mend, if any."""
    page = paginate(incident.entries.all(), request, size=LINES_SHOWN)
    organization = incident.organization
    context = {
        "incident": incident,
        "affected": build_affected(incident),
        "may_act": incident.is_open and access_of(request).can_respond,
        "page": page,
        "entries": [build_entry(entry) for entry in page.rows],
        "form": form or IncidentUpdateForm(),
        "owner_form": OwnerForm(
            organization=organization, initial={"owner": incident.owner}
        ),
        "merged": incident.merged.order_by("number"),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form else HTTPStatus.OK
    return render(request, "alerts/incident_detail.html", context, status=status)


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


def incident_post_mortem(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """Write what happened and what follows."""
    access = access_of(request)
    access.require_respond()
    incident = access.get(Incident, incident_id)
    form = PostMortemForm(
        request.POST if request.method == "POST" else None,
        initial={"post_mortem": incident.post_mortem},
    )
    if request.method == "POST" and form.is_valid():
        changed = actions.write_post_mortem(
            incident,
            text=form.cleaned_data["post_mortem"],
            actor=access.actor,
            now=timezone.now(),
        )
        messages.success(
            request, "The post-mortem is saved." if changed else "Nothing was changed."
        )
        return redirect(incident)
    return _render_form(
        request, incident, form, heading="Post-mortem", button="Save post-mortem"
    )


def incident_merge(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """Let this incident go on in the place of others."""
    access = access_of(request)
    access.require_respond()
    incident = access.get(Incident, incident_id)
    form = MergeForm(
        request.POST if request.method == "POST" else None, incident=incident
    )
    if request.method == "POST" and form.is_valid():
        chosen = list(form.cleaned_data["incidents"])
        try:
            count = actions.merge_incidents(
                incident, chosen, actor=access.actor, now=timezone.now()
            )
        except ValidationError as error:
            form.add_error("incidents", error.messages)
        else:
            said = "1 incident was" if count == 1 else f"{count} incidents were"
            messages.success(request, f"{said} merged into this one.")
            return redirect(incident)
    heading = f"Merge into #{incident.number}"
    return _render_form(request, incident, form, heading=heading, button="Merge")


def incident_join(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """Name services that are affected too."""
    access = access_of(request)
    access.require_respond()
    incident = access.get(Incident, incident_id)
    form = JoinForm(
        request.POST if request.method == "POST" else None, incident=incident
    )
    if request.method == "POST" and form.is_valid():
        try:
            actions.link_service(
                incident,
                list(form.cleaned_data["services"]),
                actor=access.actor,
                now=timezone.now(),
            )
        except AlertsError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, "The services joined.")
        return redirect(incident)
    return _render_form(
        request, incident, form, heading="Add services", button="Add services"
    )


def _render_form(
    request: HttpRequest,
    incident: Incident,
    form: forms.Form,
    *,
    heading: str,
    button: str,
) -> HttpResponse:
    context: dict[str, Any] = {
        "incident": incident,
        "form": form,
        "heading": heading,
        "button": button,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "alerts/incident_act.html", context, status=status)
