"""What a status page is made of; times are ISO 8601 in UTC, as the JSON has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from alerts.models import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentSpec:
    """A service as it is to stand on a page; empty texts take the service's own."""

    service: Service
    name: str = ""
    description: str = ""
    group: str = ""
    shows_uptime: bool = True


class PageData(TypedDict):
    """The page itself."""

    id: str
    slug: str
    title: str
    description: str
    footer: str
    url: str
    support_url: str
    website_url: str
    time_zone: str
    allows_subscribers: bool
    created_at: str
    logo_url: str  # "" without a logo
    feeds: dict[str, str]


class DayData(TypedDict):
    """A day on which something happened; others since `known_from` were calm."""

    day: str  # 2026-11-21
    status: str  # "" when nothing is known
    uptime_percent: float | None
    note: str


class ComponentData(TypedDict):
    """A service on the page."""

    id: str  # of the service
    name: str
    description: str
    group: str
    status: str
    status_since: str
    stale_since: str  # of the last news; "" while there is news
    shows_uptime: bool
    uptime_percent: float | None  # of the 90 days; None when nothing is known
    first_day: str  # "" when no days are shown
    last_day: str
    known_from: str  # nothing is known of the days before; "" when of none
    days: list[DayData]


class GroupData(TypedDict):
    """Components that stand together, and the worst state of them."""

    name: str  # "" for those without a group
    status: str
    components: list[ComponentData]


class UpdateData(TypedDict):
    """Words about an incident, newest first."""

    id: str
    state: str
    message: str
    at: str


class IncidentData(TypedDict):
    """An incident, or posts that belong together."""

    id: str
    number: int | None  # None for posts without an incident
    title: str
    url: str  # absolute
    status: str  # opened, resolved, notice
    severity: str  # "" for posts
    opened_at: str
    resolved_at: str | None
    updated_at: str
    components: list[str]  # names
    updates: list[UpdateData]


class MaintenanceData(TypedDict):
    """Planned work."""

    id: str
    title: str
    description: str
    status: str  # scheduled, in_progress
    recurrence: str  # once, daily, weekly, monthly
    starts_at: str
    ends_at: str
    components: list[str]
    updates: list[UpdateData]


class SnapshotData(TypedDict):
    """A whole page: what HTML, JSON, feeds, badge and widget are made of."""

    page: PageData
    status: str  # operational, degraded, down, maintenance
    headline: str
    groups: list[GroupData]
    incidents: list[IncidentData]  # active ones
    maintenance: list[MaintenanceData]  # running, then scheduled
    past_incidents: list[IncidentData]  # resolved within the last 14 days
