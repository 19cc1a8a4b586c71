"""Pages that show several apps together: the overview, a trace, the search."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.permissions import access_of
from alerts.models import Incident, Rule, Service, StatusPage
from integrations_project.overview import build_overview
from integrations_project.traces import find_trace
from receivers.models import Receipt, Receiver
from webhooks.models import Delivery, Destination, Event

if TYPE_CHECKING:
    from django.db.models import Model
    from django.http import HttpRequest, HttpResponse

    from accounts.permissions import Access

#: Where a pasted id may lead, in the order that people paste them most.
IDENTIFIED = (Service, Incident, Receiver, Destination, Receipt, Rule, StatusPage)
#: What a word is looked for in: title of the group, model, field.
NAMED: tuple[tuple[str, type[Model], str], ...] = (
    ("Services", Service, "name"),
    ("Incidents", Incident, "title"),
    ("Receivers", Receiver, "name"),
    ("Webhooks", Destination, "label"),
    ("Rules", Rule, "label"),
    ("Status pages", StatusPage, "title"),
)
FOUND_SHOWN = 10


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Show whether anything is wrong now, and whether everything arrives."""
    context = build_overview(access_of(request), now=timezone.now())
    return render(request, "site/overview.html", context)


@require_safe
def trace(request: HttpRequest, trace_id: UUID) -> HttpResponse:
    """Show everything that carries one trace id, from the POST to every attempt."""
    found = find_trace(access_of(request), trace_id)
    status = HTTPStatus.NOT_FOUND if found.is_empty else HTTPStatus.OK
    context = {"trace": found, "trace_id": trace_id}
    return render(request, "site/trace.html", context, status=status)


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Find by what people paste: a name, an id, a trace, an incident's number."""
    access = access_of(request)
    query = request.GET.get("q", "").replace("\0", "").strip()
    if target := find_identified(access, query):
        return redirect(target)
    groups = [
        (title, rows)
        for title, model, field in NAMED
        if query and (rows := _find_named(access, model, field, query))
    ]
    context = {"search_query": query, "groups": groups}
    return render(request, "site/search.html", context)


def find_identified(access: Access, query: str) -> Any:
    """Return the one thing that an id, number or trace names; None for other words."""
    digits = query.removeprefix("#")
    if digits.isdecimal() and len(digits) < 19:
        if query.startswith("#"):
            return access.rows(Incident).filter(number=int(digits[:9])).first()
        return access.rows(Delivery).filter(pk=int(digits)).first()
    try:
        row_id = UUID(query)
    except ValueError:
        return None
    for model in IDENTIFIED:
        if row := access.rows(model).filter(pk=row_id).first():
            return row
    if event := access.rows(Event).filter(pk=row_id).first():
        return f"/traces/{event.trace}/"
    return None if find_trace(access, row_id).is_empty else f"/traces/{row_id}/"


def _find_named(
    access: Access, model: type[Model], field: str, query: str
) -> list[Model]:
    rows = access.rows(model).filter(**{f"{field}__icontains": query})
    return list(rows.order_by(field)[:FOUND_SHOWN])
