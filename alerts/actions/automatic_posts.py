"""Posts that appear by themselves, from incidents and from maintenance windows.

They say what the public may know: names as the page writes them, and the words that
people posted as updates. What machines wrote, and who did what, stays inside.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING

from alerts.actions.post_telling import tell_post
from alerts.actions.status_pages import touch_status_pages
from alerts.models import Incident, StatusPage, StatusPageComponent, StatusPost, Window
from alerts.status_page.document import find_page_url
from alerts.status_page.incidents import Public
from alerts.status_page.maintenance import covers
from integrations_project.lib.ids import uuid7
from integrations_project.lib.zones import find_zone

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

State = StatusPost.State
OPENING = "We are looking into it."
CLOSING = "This incident is resolved."
BEGUN = "The work has begun."
OVER = "The work is over."
ACTOR = "Signalpost"


def post_incident(
    incident: Incident,
    happening: str,
    *,
    page_ids: Collection[UUID],
    now: datetime,
    said: str = "",
) -> None:
    """Post what happened to an incident on the pages that it affects.

    The first post says investigating; what people write follows in the state that the
    last post had, and the end says resolved. That somebody acknowledged it is not
    told: it is said already that it is looked into. Of an incident that goes on in
    another one nothing more is said. Runs in the transaction of the incident.

    Args:
        incident: As it is stored now, with ``affected`` loaded.
        happening: ``opened``, ``acknowledged``, ``updated`` or ``resolved``.
        page_ids: Those that show one of its services.
        now: When it happened.
        said: What a person wrote with it.
    """
    if happening == "acknowledged" or incident.merged_into_id:
        return
    pages = _load_pages(StatusPage.objects.filter(pk__in=page_ids))
    if not pages:
        return
    posts = StatusPost.objects.filter(incident=incident, page__in=pages)
    last = {post.page_id: post for post in posts.order_by("created_at", "pk")}
    affected = {link.service_id for link in incident.affected.all()}
    for page in pages:
        state, message = _decide(incident, happening, said, last.get(page.pk))
        if not state:
            continue
        public = _read_public(page)
        shown = [c for key, c in public.components.items() if key in affected]
        post = StatusPost(
            page=page,
            incident=incident,
            title=public.rename(incident.title)[:200],
            state=state,
            message=public.rename(message),
            created_at=now,
        )
        _write(post, shown, trace=incident.trace, now=now)


def post_window(window: Window, state: str, *, now: datetime) -> int:
    """Post that public maintenance is planned, has begun or is over.

    Runs in the caller's transaction, who sees to it that each happens once.

    Args:
        window: With its services and networks.
        state: ``scheduled``, ``in_progress`` or ``completed``.
        now: When it happens.

    Returns:
        On how many pages it was posted.
    """
    if not (window.is_maintenance and window.is_public):
        return 0
    rows = StatusPage.objects.filter(organization=window.organization_id)
    touched: set[UUID] = set()
    count = 0
    for page in _load_pages(rows):
        public = _read_public(page)
        shown = [c for c in public.components.values() if covers(window, c.service)]
        if not shown:
            continue
        post = StatusPost(
            page=page,
            window=window,
            title=public.rename(window.title)[:200],
            state=state,
            message=public.rename(_say_window(window, state, page)),
            created_at=now,
        )
        _write(post, shown, trace=uuid7(), now=now)
        touched |= {component.service_id for component in shown}
        count += 1
    if touched:
        touch_status_pages(touched)
    return count


def _load_pages(rows: QuerySet[StatusPage]) -> list[StatusPage]:
    rows = rows.filter(posts_automatically=True).defer("logo")
    return list(
        rows.select_related("organization")
        .prefetch_related("components__service")
        .order_by("pk")
    )


def _read_public(page: StatusPage) -> Public:
    shown = {component.service_id: component for component in page.components.all()}
    return Public(shown, find_page_url(page))


def _decide(
    incident: Incident, happening: str, said: str, last: StatusPost | None
) -> tuple[str, str]:
    """Return the state and the words of the next post; no state is no post."""
    if happening == "resolved":
        # Nobody was told that it began.
        is_told = last is not None and last.state != State.RESOLVED
        return (State.RESOLVED, said or CLOSING) if is_told else ("", "")
    if last is None:
        state = State.INVESTIGATING if incident.is_open else State.RESOLVED
        message = said or OPENING if incident.is_open else said
        return (state, message) if message else ("", "")
    return (last.state, said) if said else ("", "")


def _say_window(window: Window, state: str, page: StatusPage) -> str:
    if state == State.IN_PROGRESS:
        return BEGUN
    if state == State.COMPLETED:
        return OVER
    zone = find_zone(page.time_zone)
    begin, end = (
        f"{at.astimezone(zone):%d %B %Y, %H:%M}"
        for at in (window.starts_at, window.ends_at)
    )
    planned = f"Planned from {begin} to {end} ({page.time_zone})."
    return f"{window.description}\n\n{planned}".strip()[:5000]


def _write(
    post: StatusPost,
    components: list[StatusPageComponent],
    *,
    trace: UUID,
    now: datetime,
) -> None:
    post.is_automatic, post.actor_label = True, ACTOR
    post.save(force_insert=True)
    post.components.set(components)
    tell_post(post, components, trace=trace, now=now)
