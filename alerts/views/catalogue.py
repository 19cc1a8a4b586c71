"""Pages about alerts: those that were raised, and the catalogue of their types."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import Network
from accounts.permissions import access_of
from alerts import actions
from alerts.alert_filters import PERIODS, AlertFilters
from alerts.alert_type_forms import AlertTypeForm
from alerts.catalogue import AlertEntry, list_categories
from alerts.models import AlertType
from integrations_project.lib.pages import paginate
from webhooks.datatypes import alert_event_type
from webhooks.models import Event

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpRequest, HttpResponse

    from accounts.permissions import Access

NETWORKS_OFFERED = 1000
RECENT_SHOWN = 5
DATA_LENGTH = 90


@require_safe
def alert_list(request: HttpRequest) -> HttpResponse:
    """List the alerts that were raised, the newest first."""
    access = access_of(request)
    chosen = AlertFilters.read(request.GET.dict())
    entries = actions.list_alert_entries(access.organization)
    titles = {alert_event_type(name): e.title for e in entries for name in e.names}
    raised = access.rows(Event).filter(type__startswith="alert.")
    page = paginate(chosen.apply(raised, now=timezone.now()), request)
    networks = access.rows(Network).order_by("label").values_list("pk", "label")
    context = {
        "page": page,
        "alerts": [
            (event, titles.get(event.type, ""), _say_data(event)) for event in page.rows
        ],
        "chosen": chosen,
        "networks": [(str(pk), label) for pk, label in networks[:NETWORKS_OFFERED]],
        "types": [(e.event_type, f"{e.title} ({e.name})") for e in entries if e.name],
        "periods": PERIODS.items(),
        "has_any": bool(page.rows) or raised.exists(),
        "curl": _build_curl(_first_documented(entries)),
    }
    return render(request, "alerts/alert_list.html", context)


@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    """Show every alert type by category, or those that fit the words."""
    access = access_of(request)
    words = request.GET.get("q", "").strip()[:200]
    entries = actions.list_alert_entries(access.organization)
    found = [each for each in entries if each.matches(words)]
    context = {
        "categories": list_categories(found),
        "words": words,
        "found_count": len(found),
        "may_edit": access.may_use_every_network,
    }
    return render(request, "alerts/catalogue.html", context)


@require_safe
def catalogue_entry(request: HttpRequest, name: str) -> HttpResponse:
    """Show one alert type: when it comes, what it carries, and how to raise it."""
    access = access_of(request)
    entry = _find_entry(access, name)
    types = [alert_event_type(each) for each in entry.names]
    raised = access.rows(Event).filter(type__in=types).select_related("network")
    example = json.dumps(_build_body(entry), indent=2, ensure_ascii=False)
    query = urlencode({"event_types": entry.event_type, "label": entry.title})
    context = {
        "entry": entry,
        "example": example if entry.name else "",
        "curl": _build_curl(entry) if entry.name else "",
        "recent": raised.order_by("-pk")[:RECENT_SHOWN],
        "rule_url": f"{reverse('alerts:rule-add')}?{query}",
        "may_edit": entry.is_own and access.may_use_every_network,
    }
    return render(request, "alerts/catalogue_entry.html", context)


def alert_type_form(request: HttpRequest, type_id: UUID | None = None) -> HttpResponse:
    """Add an alert type of one's own, or change it."""
    access = access_of(request)
    row = access.get(AlertType, type_id) if type_id else None
    _require_edit(access, row)
    instance = row or AlertType(organization=access.organization)
    form = AlertTypeForm(request.POST or None, instance=instance)
    if request.method == "POST" and form.is_valid() and _save(form, access):
        messages.success(request, f"The alert type {form.instance.name} is saved.")
        return redirect(form.instance.get_absolute_url())
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    # The form writes what was typed into its row, also when it is refused.
    stored = access.get(AlertType, type_id) if type_id else None
    context = {"form": form, "row": stored}
    return render(request, "alerts/alert_type_form.html", context, status=status)


def alert_type_delete(request: HttpRequest, type_id: UUID) -> HttpResponse:
    """Delete an alert type of one's own, after asking."""
    access = access_of(request)
    row = access.get(AlertType, type_id)
    _require_edit(access, row)
    if request.method == "POST":
        actions.delete_alert_type(row, actor=access.actor)
        messages.success(request, f"The alert type {row.name} is deleted.")
        return redirect("alerts:catalogue")
    context = {
        "heading": f"Delete the alert type {row.name}?",
        "text": "Alerts of this name are still taken, with any data, and rules that "
        "name it still match them.",
        "confirm_label": "Delete alert type",
        "cancel_url": row.get_absolute_url(),
    }
    return render(request, "components/confirm_page.html", context)


def _save(form: AlertTypeForm, access: Access) -> bool:
    try:
        actions.save_alert_type(form.instance, actor=access.actor)
    except ValidationError as error:
        # What only the whole can tell: too many, or one of this name a moment ago.
        form.add_error(None, error.messages)
        return False
    return True


def _require_edit(access: Access, row: AlertType | None) -> None:
    # It is every network's, so who looks after a few cannot change it.
    if not access.may_use_every_network:
        access.require_edit(row)
        access.require_admin()


def _say_data(event: Event) -> str:
    text = json.dumps(event.data.get("data", {}), ensure_ascii=False)
    return text if len(text) <= DATA_LENGTH else f"{text[:DATA_LENGTH]}…"


def _find_entry(access: Access, name: str) -> AlertEntry:
    for each in actions.list_alert_entries(access.organization):
        if name in (each.slug, *each.names):
            return each
    raise Http404


def _first_documented(entries: list[AlertEntry]) -> AlertEntry:
    return next(each for each in entries if each.example)


def _build_body(entry: AlertEntry) -> dict[str, object]:
    return {
        "alert_name": entry.name,
        "network_name": "Main Office",
        "data": dict(entry.example),
    }


def _build_curl(entry: AlertEntry) -> str:
    body = json.dumps(_build_body(entry), ensure_ascii=False).replace("'", "'\\''")
    return (
        f"curl -X POST {settings.SITE_URL.rstrip('/')}/api/v1/alerts \\\n"
        "  -H 'Authorization: Bearer <API key>' \\\n"
        "  -H 'Content-Type: application/json' \\\n"
        f"  -d '{body}'"
    )
