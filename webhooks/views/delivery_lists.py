"""The list of deliveries with its filters, for its own page and a webhook's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any

from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.permissions import access_of
from webhooks.datatypes import EVENT_TYPES
from webhooks.delivery_filters import BETWEEN, FILTERS, PERIODS, parse_filters
from webhooks.delivery_lists import (
    PAGE_SIZE,
    Cursor,
    WebhookName,
    find_deliveries,
    list_webhook_names,
)
from webhooks.fate import Fate, describe_fate
from webhooks.models import Delivery, Destination

if TYPE_CHECKING:
    from datetime import datetime

    from django.http import HttpRequest, HttpResponse

    from webhooks.delivery_filters import DeliveryFilters


#: More webhooks than this are no list to choose from, and slow to draw.
SELECTABLE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row of the list."""

    delivery: Delivery
    fate: Fate


@require_safe
def delivery_list(request: HttpRequest) -> HttpResponse:
    """List deliveries, newest first, as the filters ask."""
    # A text is looked for in all of their names; else only the select needs them.
    limit = None if request.GET.get("q") else SELECTABLE + 1
    webhooks = list_webhook_names(access_of(request), limit=limit)
    context = build_list(request, webhooks=webhooks)
    return render(request, "webhooks/delivery_list.html", context)


def build_list(
    request: HttpRequest,
    *,
    webhooks: list[WebhookName],
    only: Destination | None = None,
    size: int = PAGE_SIZE,
) -> dict[str, Any]:
    """Return what a list of deliveries shows, as the address asks for it.

    Args:
        request: Its query holds filters and cursor.
        webhooks: What can be chosen and searched by.
        only: The webhook whose page it is on; there it cannot be chosen.
        size: Rows on a page.
    """
    access, now = access_of(request), timezone.now()
    chosen = {name: request.GET.get(name, "").strip() for name in FILTERS}
    if only is not None:
        chosen["webhook"] = str(only.pk)
    filters = parse_filters(chosen, now=now)
    page = find_deliveries(
        access, filters, cursor=read_cursor(request), webhooks=webhooks, page_size=size
    )
    asked = [
        value for name, value in chosen.items() if only is None or name != "webhook"
    ]
    return {
        "page": page,
        "newer_url": build_url(request, page.newer),
        "older_url": build_url(request, page.older),
        "lines": [
            Line(delivery=row, fate=describe_fate(row, now=now)) for row in page.rows
        ],
        "is_filtered": any(asked),
        "only_webhook": only,
        "mistake": filters.mistake,
        **build_filter_bar(chosen, filters, webhooks),
    }


def build_filter_bar(
    chosen: dict[str, str], filters: DeliveryFilters, webhooks: list[WebhookName]
) -> dict[str, Any]:
    """Return what the form of filters shows: what is chosen, and what can be."""
    if chosen["since"] and chosen["since"] not in PERIODS and filters.since:
        chosen = chosen | {"since": BETWEEN, "from": say_utc(filters.since)}
    if chosen["until"] and not chosen["since"]:
        chosen = chosen | {"since": BETWEEN}
    return {
        "chosen": chosen,
        "statuses": Delivery.Status.choices,
        "webhooks": list_options(webhooks, chosen["webhook"]),
        "periods": [(name, words) for name, (_, words) in PERIODS.items()],
        "event_types": EVENT_TYPES,
    }


def list_options(webhooks: list[WebhookName], chosen: str) -> list[tuple[str, str]]:
    """Return the webhooks to choose from; of too many only the chosen one."""
    webhooks = [w for w in webhooks if not w.is_managed or str(w.pk) == chosen]
    if len(webhooks) <= SELECTABLE:
        return [(str(each.pk), shorten(each.label)) for each in webhooks]
    if not chosen:
        return [("", f"More than {SELECTABLE}: find one by its label")]
    labels = (each.label for each in webhooks if str(each.pk) == chosen)
    return [(chosen, shorten(next(labels, "The chosen one")))]


def shorten(label: str, *, length: int = 60) -> str:
    """Return a label as long as a select has room for."""
    return label if len(label) <= length else f"{label[: length - 1]}…"


def say_utc(moment: datetime) -> str:
    """Return a time as a field of the type datetime-local takes it, in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M")


def read_cursor(request: HttpRequest) -> Cursor:
    """Return where the page begins; what makes no sense is the first page."""
    ids = {
        name: int(text)
        for name in ("before", "after")
        if (text := request.GET.get(name, "")).isdecimal() and len(text) < 19
    }
    return Cursor(**ids)


def build_url(request: HttpRequest, cursor: Cursor | None) -> str:
    """Return the address of another page of the same list."""
    if cursor is None:
        return ""
    query = request.GET.copy()
    for name, value in (("before", cursor.before), ("after", cursor.after)):
        query.pop(name, None)
        if value is not None:
            query[name] = str(value)
    return f"{request.path}?{query.urlencode()}"
