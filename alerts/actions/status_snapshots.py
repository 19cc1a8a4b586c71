"""The stored state of status pages: built by whoever needs it first for a revision."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from django.db import IntegrityError
from django.db.models import Prefetch, Q

from alerts.actions.preferences import find_preferences
from alerts.actions.uptime import build_policy, list_uptime_days
from alerts.models import (
    Incident,
    IncidentEntry,
    IncidentService,
    StatusPage,
    StatusPost,
    StatusSnapshot,
    Window,
)
from alerts.staleness import prefetch_stale
from alerts.status_page.components import build_component
from alerts.status_page.document import build_document, find_page_url
from alerts.status_page.incidents import (
    TOLD,
    Public,
    build_incident,
    build_threads,
)
from alerts.status_page.maintenance import build_maintenance
from alerts.status_page.render import render_page
from alerts.windows import SHORTEST_MONTH

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from django.db.models import QuerySet

    from alerts.models import StatusPageComponent
    from alerts.status_page.datatypes import (
        ComponentData,
        IncidentData,
        MaintenanceData,
        SnapshotData,
    )

DAYS = 90
#: So long resolved incidents stay on the page itself.
PAST = timedelta(days=14)
#: Windows begin and bars grow though nobody marks the page.
MAX_AGE = timedelta(seconds=60)
#: More at once on one page is read by nobody.
MAX_INCIDENTS = 100


class Stored(NamedTuple):
    """A page, and the state of it that visitors get."""

    page: StatusPage
    revision: int
    built_at: datetime
    data: SnapshotData
    html: str


def find_stored_page(
    slug: str, known: Stored | None, *, now: datetime
) -> Stored | None:
    """Return the present state of a page by its address; None without such a page.

    One small query while nothing changed. Otherwise the stored state is loaded, or,
    when that is of an older revision or a minute old, built and stored for everybody.

    Args:
        slug: The page's address.
        known: What was returned before; it is returned again while it is true.
        now: The present.
    """
    looked_up = StatusPage.objects.filter(slug=slug).values_list(
        "pk", "revision", "snapshot__revision", "snapshot__built_at"
    )
    found = looked_up.first()
    if found is None:
        return None
    page_id, revision, stored_revision, built_at = found
    is_current = stored_revision == revision and now - built_at < MAX_AGE
    if known and is_current and _identify(known) == (page_id, revision, built_at):
        return known
    return _load(page_id, is_current=is_current, now=now)


def build_snapshot(page: StatusPage, *, now: datetime) -> SnapshotData:
    """Return all that the public sees of a page now; stores nothing."""
    public = read_public(page)
    return build_document(
        page,
        components=_read_components(page, public.components.values(), now=now),
        incidents=read_incidents(page, public, since=now - PAST),
        maintenance=_read_maintenance(page, public, now=now),
    )


def read_public(page: StatusPage) -> Public:
    """Return what the public knows the page's services by."""
    rows = page.components.select_related("service").order_by("position", "pk")
    rows = rows.prefetch_related(prefetch_stale("service__sources"))
    return Public({row.service_id: row for row in rows}, find_page_url(page))


def read_incidents(
    page: StatusPage,
    public: Public,
    *,
    since: datetime,
    until: datetime | None = None,
) -> list[IncidentData]:
    """Return incidents and posts of a page.

    Without an end those that are open, or were resolved after ``since``; with one
    those that opened between both, however they ended.
    """
    rows = find_public_incidents(page, public.components)
    posts = StatusPost.objects.filter(page=page, incident=None, window=None)
    if until is None:
        rows = rows.filter(Q(status="opened") | Q(resolved_at__gte=since))
        posts = posts.filter(created_at__gte=since)
    else:
        rows = rows.filter(opened_at__gte=since, opened_at__lt=until)
        posts = posts.filter(created_at__gte=since, created_at__lt=until)
    found = [
        build_incident(incident, incident.page_posts, public=public)
        for incident in load_incidents(page, rows.order_by("-pk")[:MAX_INCIDENTS])
    ]
    threads = build_threads(posts.order_by("-pk")[:MAX_INCIDENTS], public=public)
    return [*found, *threads]


def find_public_incidents(
    page: StatusPage, service_ids: Collection[UUID]
) -> QuerySet[Incident]:
    """Return the incidents that a page tells of.

    Those that were posted about here and, on a page that posts by itself, all that
    affect one of its services. One that was merged into another is told there.
    """
    posted = StatusPost.objects.filter(page=page, incident__isnull=False)
    told = Q(pk__in=posted.values("incident"))
    if page.posts_automatically:
        affected = IncidentService.objects.filter(service__in=list(service_ids))
        told |= Q(pk__in=affected.values("incident"))
    return Incident.objects.filter(
        told, organization=page.organization_id, merged_into=None
    )


def load_incidents(page: StatusPage, rows: QuerySet[Incident]) -> list[Any]:
    """Load incidents with what the public reads; ``page_posts`` are the page's."""
    posts = StatusPost.objects.filter(page=page).order_by("created_at", "pk")
    entries = IncidentEntry.objects.filter(kind__in=list(TOLD)).order_by("pk")
    return list(
        rows.prefetch_related(
            "affected",
            Prefetch("entries", entries),
            Prefetch("status_posts", posts, to_attr="page_posts"),
        )
    )


def _identify(known: Stored) -> tuple[UUID, int, datetime]:
    return known.page.pk, known.revision, known.built_at


def _load(page_id: UUID, *, is_current: bool, now: datetime) -> Stored | None:
    # Before what is on it: a change that comes meanwhile has a later revision.
    page = StatusPage.objects.filter(pk=page_id).first()
    if page is None:
        return None
    if is_current:
        snapshot = StatusSnapshot.objects.filter(page=page).first()
        if snapshot is not None and snapshot.revision == page.revision:
            return Stored(
                page,
                snapshot.revision,
                snapshot.built_at,
                snapshot.data,
                snapshot.html,
            )
    data = build_snapshot(page, now=now)
    stored = Stored(page, page.revision, now, data, render_page(data, now=now))
    _store(stored)
    return stored


def _store(stored: Stored) -> None:
    """Keep a state, unless a later one is kept already."""
    values = {
        "revision": stored.revision,
        "built_at": stored.built_at,
        "data": stored.data,
        "html": stored.html,
    }
    rows = StatusSnapshot.objects.filter(page=stored.page)
    is_older = Q(revision__lt=stored.revision) | Q(
        revision=stored.revision, built_at__lt=stored.built_at
    )
    if rows.filter(is_older).update(**values) or rows.exists():
        return
    try:
        new = StatusSnapshot(page=stored.page, **values)
        StatusSnapshot.objects.bulk_create([new], ignore_conflicts=True)
    except IntegrityError:
        return  # the page was deleted meanwhile


def _read_components(
    page: StatusPage, shown: Iterable[StatusPageComponent], *, now: datetime
) -> list[ComponentData]:
    components = list(shown)
    organization = page.organization
    preferences = find_preferences(organization)
    policy = build_policy(preferences)
    services = [each.service for each in components if each.shows_uptime]
    days = list_uptime_days(
        organization, services, days=DAYS, now=now, preferences=preferences
    )
    return [
        build_component(each, days.get(each.service_id, ()), policy=policy)
        for each in components
    ]


def _read_maintenance(
    page: StatusPage, public: Public, *, now: datetime
) -> list[MaintenanceData]:
    rows = Window.objects.filter(
        organization=page.organization_id,
        kind=Window.Kind.MAINTENANCE,
        is_public=True,
        cancelled_at=None,
    )
    # The last time of a recurring one begins that day, in its zone, and may go on.
    earliest = (now - SHORTEST_MONTH - timedelta(days=1)).date()
    is_ahead = Q(recurrence=Window.Recurrence.ONCE, ends_at__gt=now) | (
        ~Q(recurrence=Window.Recurrence.ONCE)
        & (Q(recurs_until=None) | Q(recurs_until__gte=earliest))
    )
    windows = rows.filter(is_ahead).prefetch_related("services", "networks")
    posts = StatusPost.objects.filter(page=page, window__in=windows)
    return build_maintenance(
        windows.order_by("starts_at", "pk")[:MAX_INCIDENTS],
        list(posts.order_by("created_at", "pk")),
        public=public,
        now=now,
    )
