"""Pages of the dashboard about who follows a status page."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from accounts.permissions import access_of
from alerts import actions
from alerts.actions.status_snapshots import build_snapshot
from alerts.models import StatusPage, Subscriber
from alerts.status_page.render import render_page
from integrations_project.lib.clock import database_now
from integrations_project.lib.pages import paginate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from django.http import HttpRequest

#: A spreadsheet would take a cell that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
FRAMED_BY_US = (
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)
COLUMNS = ("kind", "address", "services", "asked at", "confirmed at")


@require_safe
def subscriber_list(request: HttpRequest, page_id: UUID) -> HttpResponse:
    """List who follows; addresses are masked for those who may only look."""
    access = access_of(request)
    page = access.get(StatusPage, page_id)
    rows = page.subscribers.prefetch_related("components__service").defer("key")
    listed = paginate(rows, request)
    shows = access.may_edit(page)
    context = {
        "status_page": page,
        "page": listed,
        "rows": [
            (row, row.address if shows else actions.mask_address(row.address, row.kind))
            for row in listed.rows
        ],
        "counts": page.subscribers.aggregate(
            email=Count("pk", filter=Q(kind="email", confirmed_at__isnull=False)),
            webhook=Count("pk", filter=Q(kind="webhook", confirmed_at__isnull=False)),
            waiting=Count("pk", filter=Q(confirmed_at=None)),
        ),
        "may_edit": shows,
    }
    return render(request, "alerts/subscriber_list.html", context)


@require_safe
def subscriber_export(request: HttpRequest, page_id: UUID) -> HttpResponse:
    """Answer with who follows, as CSV; a spreadsheet runs nothing that is in it."""
    access = access_of(request)
    page = access.get(StatusPage, page_id)
    access.require_edit(page)
    name = f"subscribers-{page.slug}.csv"
    return HttpResponse(
        _write_lines(page),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def subscriber_remove(
    request: HttpRequest, page_id: UUID, subscriber_id: UUID
) -> HttpResponse:
    """Tell somebody no more, after asking."""
    access = access_of(request)
    page = access.get(StatusPage, page_id)
    access.require_edit(page)
    rows = page.subscribers.select_related("page__organization", "destination")
    found = rows.filter(pk=subscriber_id).first()
    if found is None:
        raise Http404
    back = reverse("alerts:subscriber-list", args=[page.pk])
    if request.method == "POST":
        actions.remove_subscriber(found, actor=access.actor)
        messages.success(request, f"{found.address} is told no more.")
        return redirect(back)
    context = {
        "heading": f"Remove the subscriber {found.address}?",
        "text": "They are not told that you did. They may follow again.",
        "confirm_label": "Remove subscriber",
        "cancel_url": back,
    }
    return render(request, "components/confirm_page.html", context)


@require_safe
@xframe_options_sameorigin
def status_page_preview(request: HttpRequest, page_id: UUID) -> HttpResponse:
    """Show a page as visitors see it, for a frame in the page that sets it up."""
    page = access_of(request).get(StatusPage, page_id)
    now = database_now()
    response = HttpResponse(render_page(build_snapshot(page, now=now), now=now))
    response.headers["Content-Security-Policy"] = FRAMED_BY_US
    return response


def _write_lines(page: StatusPage) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow(COLUMNS)
    rows = page.subscribers.prefetch_related("components__service").order_by("pk")
    for row in rows.defer("key").iterator(chunk_size=500):
        yield writer.writerow([_guard(cell) for cell in _list_cells(row)])


class _Echo:
    """Gives back what is written, for a line at a time."""

    def write(self, text: str) -> str:
        return text


def _list_cells(row: Subscriber) -> list[str]:
    times = [at.isoformat() if at else "" for at in (row.asked_at, row.confirmed_at)]
    services = ", ".join(str(component) for component in row.components.all())
    return [row.kind, row.address, services, *times]


def _guard(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
