"""Planned work as the public reads it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from alerts.snapshots import format_time
from alerts.status_page.incidents import build_post_updates
from alerts.windows import list_occurrences

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from alerts.models import Service, StatusPost, Window
    from alerts.status_page.datatypes import MaintenanceData
    from alerts.status_page.incidents import Public

#: How far ahead visitors are told.
HORIZON = timedelta(days=30)


def build_maintenance(
    windows: Iterable[Window],
    posts: Sequence[StatusPost],
    *,
    public: Public,
    now: datetime,
) -> list[MaintenanceData]:
    """Return what is worked on now and next, the running first.

    Of a window that comes again and again only the next time is told.

    Args:
        windows: Public maintenance that was not cancelled, with ``services`` and
            ``networks`` loaded.
        posts: Those of this page about windows, oldest first.
        public: The page they stand on.
        now: Until when time has come.
    """
    found = [
        each
        for window in windows
        if (each := _build_next(window, posts, public=public, now=now)) is not None
    ]
    found.sort(key=lambda each: (each["status"] == "scheduled", each["starts_at"]))
    return found


def covers(window: Window, service: Service) -> bool:
    """Whether a window is about a service; expects its relations to be loaded."""
    if window.company_wide or service in window.services.all():
        return True
    if service.network_id in {network.pk for network in window.networks.all()}:
        return True
    labels = window.labels
    return bool(labels) and labels.items() <= service.labels.items()


def _build_next(
    window: Window, posts: Sequence[StatusPost], *, public: Public, now: datetime
) -> MaintenanceData | None:
    names = [
        public.find_name(service_id)
        for service_id, component in public.components.items()
        if covers(window, component.service)
    ]
    times = list_occurrences(window, since=now, until=now + HORIZON)
    if not names or not times:
        return None
    starts_at, ends_at = times[0]
    return {
        "id": str(window.pk),
        "title": public.rename(window.title),
        "description": public.rename(window.description),
        "status": "in_progress" if starts_at <= now else "scheduled",
        "recurrence": window.recurrence,
        "starts_at": format_time(starts_at) or "",
        "ends_at": format_time(ends_at) or "",
        "components": names,
        "updates": build_post_updates(p for p in posts if p.window_id == window.pk),
    }
