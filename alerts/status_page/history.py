"""Pages of the past: a month of incidents, and one incident. Read when asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from alerts.actions.status_snapshots import (
    find_public_incidents,
    load_incidents,
    read_incidents,
    read_public,
)
from alerts.days import ONE_DAY, find_day_span, find_month
from alerts.status_page.document import build_page
from alerts.status_page.incidents import build_incident
from alerts.status_page.past import list_days
from alerts.status_page.render import render_part
from integrations_project.lib.zones import find_zone

if TYPE_CHECKING:
    from datetime import date

    from alerts.actions.status_snapshots import Stored

FIRST_YEAR, LAST_YEAR = 2000, 2100
#: Incident numbers are 32 bits wide.
MAX_NUMBER = 2**31 - 1


class Month(NamedTuple):
    """A month as an address and in words."""

    key: str  # 2026-11
    label: str  # November 2026


def render_month(stored: Stored, year: int, month: int) -> str | None:
    """Return the page of a month, or None when there is no such month.

    Months lead back to the one in which the page was made or, when incidents are
    older, the first of them began; and on to the present one.
    """
    if not (FIRST_YEAR <= year <= LAST_YEAR and 1 <= month <= 12):
        return None
    page = stored.page
    zone = find_zone(page.time_zone)
    first, last = find_month(year, month)
    span = find_day_span(first, last, zone)
    public = read_public(page)
    found = read_incidents(page, public, since=span.start, until=span.end)
    oldest = find_public_incidents(page, public.components).order_by("opened_at")
    began = oldest.values_list("opened_at", flat=True).first() or page.created_at
    today = stored.built_at.astimezone(zone).date()
    earliest = min(began, page.created_at).astimezone(zone).date()
    days = list_days(found, first=first, last=last, zone=zone) if found else []
    context = {
        "month_label": _name(first).label,
        "days": [day for day in days if day.incidents],
        "earlier": _name(first - ONE_DAY) if first > earliest else None,
        "later": _name(last + ONE_DAY) if last < today else None,
    }
    return render_part("history", build_page(page), context)


def render_incident(stored: Stored, number: int) -> str | None:
    """Return the page of an incident, or None when the page tells of none such."""
    if not 0 < number <= MAX_NUMBER:
        return None
    page = stored.page
    public = read_public(page)
    rows = find_public_incidents(page, public.components).filter(number=number)
    loaded = load_incidents(page, rows)
    if not loaded:
        return None
    incident = build_incident(loaded[0], loaded[0].page_posts, public=public)
    return render_part("incident", build_page(page), {"incident": incident})


def _name(day: date) -> Month:
    return Month(f"{day:%Y-%m}", f"{day:%B %Y}")
