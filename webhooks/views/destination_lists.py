"""The list of webhooks: who is told, and whether that works."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core.paginator import Paginator
from django.db.models import Q
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import access_of
from webhooks.figures import describe_health
from webhooks.formats import list_formats
from webhooks.hiding import hide_destinations, may_see_followers
from webhooks.models import Destination

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponse

    from accounts.permissions import Access

#: Columns that lists leave in the database: nothing is decrypted to be thrown away.
ENCRYPTED = (*Destination.SECRET_FIELDS, "previous_secret", "headers")
PAGE_SIZE = 50
MAX_TEXT_LENGTH = 200
STATES = [
    ("failing", "Failing"),
    ("waiting", "Waiting"),
    ("healthy", "Delivering"),
    ("unknown", "Nothing sent yet"),
    ("disabled", "Disabled"),
    ("managed", "Kept by Signalpost"),
]
_STATE_QUERIES = {
    "failing": Q(enabled=True, consecutive_failures__gt=0),
    "waiting": Q(enabled=True, breaker_opened_at__isnull=False),
    "healthy": Q(enabled=True, consecutive_failures=0, last_success_at__isnull=False),
    "unknown": Q(enabled=True, consecutive_failures=0, last_success_at__isnull=True),
    "disabled": Q(enabled=False),
}


@require_safe
def destination_list(request: HttpRequest) -> HttpResponse:
    """List the webhooks of the organization with their health."""
    access = access_of(request)
    rows = access.rows(Destination).defer(*ENCRYPTED, "template")
    text = request.GET.get("q", "").strip()[:MAX_TEXT_LENGTH]
    state = request.GET.get("state", "")
    found = filter_destinations(rows, text=text, state=state, access=access)
    page = Paginator(found.order_by("label", "pk"), PAGE_SIZE).get_page(
        request.GET.get("page", "1")
    )
    hide_destinations(access, page.object_list)
    formats = {each.name: each.label for each in list_formats()}
    context = {
        "entries": [
            {
                "webhook": each,
                "health": describe_health(each),
                "format": formats.get(each.format, each.format),
                "last_at": find_last_time(each),
            }
            for each in page.object_list
        ],
        "count": page.paginator.count,
        "summary": f"{page.start_index()} to {page.end_index()} of "
        f"{page.paginator.count}",
        "previous_url": build_url(request, page.number - 1, exists=page.has_previous()),
        "next_url": build_url(request, page.number + 1, exists=page.has_next()),
        "text": text,
        "state": state,
        "states": STATES,
        "is_filtered": bool(text or state),
    }
    return render(request, "webhooks/destination_list.html", context)


def filter_destinations(
    rows: QuerySet[Destination], *, text: str, state: str, access: Access
) -> QuerySet[Destination]:
    """Return the webhooks that a text names and that are in a state."""
    if text:
        by_url = Q(url__icontains=text)
        if not may_see_followers(access):
            by_url &= ~Q(managed_by=Destination.ManagedBy.STATUS_PAGE)
        rows = rows.filter(Q(label__icontains=text) | by_url)
    if state == "managed":
        return rows.exclude(managed_by="")
    rows = rows.filter(managed_by="")
    if state:
        rows = rows.filter(_STATE_QUERIES.get(state, Q(pk__in=())))
    return rows


def build_url(request: HttpRequest, number: int, *, exists: bool) -> str:
    """Return the address of another page of the list; empty when there is none."""
    if not exists:
        return ""
    query = request.GET.copy()
    query["page"] = str(number)
    return f"{request.path}?{query.urlencode()}"


def find_last_time(destination: Destination) -> object:
    """Return when something was last sent there, well or badly."""
    times = (destination.last_success_at, destination.last_failure_at)
    return max((each for each in times if each), default=None)
