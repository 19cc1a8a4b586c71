"""The pages that visitors read, from plain values; no request takes part."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.template.loader import render_to_string

from alerts.status_page.past import list_days
from integrations_project.lib.zones import find_zone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from alerts.status_page.datatypes import PageData, SnapshotData

PAST_DAYS = 14
#: A longer page shows its calm groups closed.
MAX_OPEN_COMPONENTS = 25


def render_page(data: SnapshotData, *, now: datetime) -> str:
    """Return the page itself."""
    zone = find_zone(data["page"]["time_zone"])
    today = now.astimezone(zone).date()
    context = {
        "data": data,
        "past": list_days(
            data["past_incidents"],
            first=today - timedelta(days=PAST_DAYS - 1),
            last=today,
            zone=zone,
        ),
        "running": _select(data, "in_progress"),
        "scheduled": _select(data, "scheduled"),
        "is_long": _count_components(data) > MAX_OPEN_COMPONENTS,
        "as_of": now.isoformat(),
        "month": f"{today:%Y-%m}",
    }
    return render_part("page", data["page"], context)


def render_embed(data: SnapshotData) -> str:
    """Return the widget: the headline, and the way to the page."""
    return render_part("embed", data["page"], {"data": data})


def render_part(name: str, page: PageData, context: Mapping[str, Any]) -> str:
    """Return a page of the name below `templates/status_page/`."""
    return render_to_string(f"status_page/{name}.html", {"page": page, **context})


def _select(data: SnapshotData, status: str) -> list[Any]:
    return [each for each in data["maintenance"] if each["status"] == status]


def _count_components(data: SnapshotData) -> int:
    return sum(len(group["components"]) for group in data["groups"])
