"""What one click does to an incident, or to several."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from accounts.permissions import access_of
from alerts import actions
from alerts.exceptions import AlertsError
from alerts.forms import IncidentUpdateForm
from alerts.incident_forms import OwnerForm
from alerts.models import Incident, Service
from alerts.views.incidents import render_detail

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from accounts.permissions import Access

#: Incidents that one bulk action takes: what a page of the list shows.
BULK_LIMIT = 50
_BULK = {
    "acknowledge": (actions.acknowledge_incident, "acknowledged"),
    "resolve": (actions.resolve_incident, "resolved"),
}


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
        return render_detail(request, incident, form=form)
    actions.post_incident_update(
        incident,
        message=form.cleaned_data["message"],
        actor=access.actor,
        now=timezone.now(),
    )
    messages.success(request, "Your update is posted.")
    return redirect(incident)


@require_POST
def incident_assign(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """Say who sees to it."""
    access = access_of(request)
    access.require_respond()
    incident = access.get(Incident, incident_id)
    form = OwnerForm(request.POST, organization=access.organization)
    if not form.is_valid():
        messages.error(request, "Choose a member of this organization.")
        return redirect(incident)
    owner = form.cleaned_data["owner"]
    changed = actions.assign_incident(
        incident, owner=owner, actor=access.actor, now=timezone.now()
    )
    if changed:
        said = f"{owner} sees to it" if owner else "Nobody sees to it"
        messages.success(request, f"{said} now.")
    return redirect(incident)


@require_POST
def incident_normal(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """Mark one affected service as normal, or all of them."""
    access = access_of(request)
    access.require_respond()
    incident = access.get(Incident, incident_id)
    chosen = request.POST.get("service_id", "")
    service = access.get(Service, chosen) if chosen else None
    try:
        changed = actions.unlink_service(
            incident, service, actor=access.actor, now=timezone.now()
        )
    except AlertsError as error:
        messages.error(request, error.message)
        return redirect(incident)
    name = service.name if service else "Every affected service"
    said = "is marked as normal" if changed else "was marked as normal before"
    over = " The incident is resolved." if not incident.is_open else ""
    messages.success(request, f"{name} {said}.{over}")
    return redirect(incident)


@require_POST
def incident_bulk(request: HttpRequest) -> HttpResponse:
    """Acknowledge or resolve the incidents that were ticked in the list."""
    access = access_of(request)
    access.require_respond()
    found = _BULK.get(request.POST.get("action", ""))
    incidents = _list_ticked(request, access)
    if found is None or not incidents:
        messages.error(request, "Tick incidents first, then choose what to do.")
        return _go_back(request)
    act, done = found
    outcomes: Counter[bool] = Counter()
    for incident in incidents:
        try:
            outcomes[act(incident, actor=access.actor, now=timezone.now())] += 1
        except AlertsError:
            outcomes[False] += 1
    left = f", {outcomes[False]} {done} or resolved before" if outcomes[False] else ""
    messages.success(request, f"{outcomes[True]} {done}{left}.")
    return _go_back(request)


def _list_ticked(request: HttpRequest, access: Access) -> list[Incident]:
    """Return the ticked ones that there are, the first opened first."""
    ticked = request.POST.getlist("incident")[:BULK_LIMIT]
    known = {str(i.pk): i for i in access.rows(Incident).filter(pk__in=_ids(ticked))}
    return sorted(known.values(), key=lambda incident: incident.number)


def _ids(texts: list[str]) -> list[UUID]:
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def _go_back(request: HttpRequest) -> HttpResponse:
    """Return to the list as it was filtered."""
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    own = reverse("alerts:incident-list")
    return redirect(back if is_ours and back.startswith(own) else own)
