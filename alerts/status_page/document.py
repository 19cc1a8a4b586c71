"""A whole page from its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.urls import reverse

from alerts.snapshots import format_time
from alerts.status_page.components import group_components
from alerts.status_page.words import find_worst, write_headline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alerts.models import StatusPage
    from alerts.status_page.datatypes import (
        ComponentData,
        IncidentData,
        MaintenanceData,
        PageData,
        SnapshotData,
    )


def find_page_url(page: StatusPage) -> str:
    """Return the absolute address of a page."""
    return f"{settings.SITE_URL}{reverse('alerts:status-page', args=[page.slug])}"


def build_page(page: StatusPage) -> PageData:
    """Return what the page says of itself."""
    url = find_page_url(page)
    # A new logo has a new address, so that no browser shows the old one.
    version = int(page.updated_at.timestamp())
    return {
        "id": str(page.pk),
        "slug": page.slug,
        "title": page.title,
        "description": page.description,
        "footer": page.footer,
        "url": url,
        "support_url": page.support_url,
        "website_url": page.website_url,
        "time_zone": page.time_zone,
        "allows_subscribers": page.allows_subscribers,
        "created_at": format_time(page.created_at) or "",
        "logo_url": f"{url}logo?{version}" if page.logo else "",
        "feeds": {
            "rss": f"{url}feed.rss",
            "atom": f"{url}feed.atom",
            "json": f"{url.rstrip('/')}.json",
        },
    }


def build_document(
    page: StatusPage,
    *,
    components: Sequence[ComponentData],
    incidents: Sequence[IncidentData],
    maintenance: Sequence[MaintenanceData],
) -> SnapshotData:
    """Return the page as it is stored and answered as JSON.

    Incidents are divided into those that go on and those that are over, each the
    newest first.
    """
    newest = sorted(incidents, key=lambda each: each["opened_at"], reverse=True)
    return {
        "page": build_page(page),
        "status": find_worst(each["status"] for each in components),
        "headline": write_headline(components),
        "groups": group_components(components),
        "incidents": [each for each in newest if each["status"] != "resolved"],
        "maintenance": list(maintenance),
        "past_incidents": [each for each in newest if each["status"] == "resolved"],
    }
