"""Tell the followers of a status page what was posted on it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from alerts.actions.routing import publish_event
from alerts.models import StatusPage, StatusPageComponent, StatusPost, Subscriber
from alerts.snapshots import format_time
from alerts.status_page.document import find_page_url
from integrations_project.lib.ids import uuid7
from webhooks.datatypes import NewEvent

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID


def tell_post(
    post: StatusPost,
    components: Sequence[StatusPageComponent],
    *,
    now: datetime,
    trace: UUID | None = None,
) -> None:
    """Publish ``status_page.posted`` to who follows the page, in this transaction.

    Followers of some components are told of posts about these, and of posts about
    the whole page. The number of statements does not depend on how many follow.

    Args:
        post: Just stored, with its page.
        components: What it is about, with their services; none is the whole page.
        now: When it was posted.
        trace: Of what made it happen.
    """
    page = post.page
    event = NewEvent(
        type="status_page.posted",
        data=build_post_data(post, components),
        occurred_at=now,
        trace=trace or uuid7(),
        subject_kind="status_page",
        subject_id=str(page.pk),
        subject_label=page.title,
        destination_ids=find_followers(page, components),
    )
    service_ids = [component.service_id for component in components]
    publish_event(page.organization, event, service_ids=service_ids)


def find_followers(
    page: StatusPage, components: Sequence[StatusPageComponent]
) -> frozenset[UUID]:
    """Return the destinations of confirmed subscribers who want to know of these."""
    rows = Subscriber.objects.filter(
        page=page, confirmed_at__isnull=False, destination__isnull=False
    )
    if components:
        ids = [component.pk for component in components]
        rows = rows.filter(Q(components=None) | Q(components__in=ids))
    return frozenset(rows.values_list("destination_id", flat=True))


def build_post_data(
    post: StatusPost, components: Sequence[StatusPageComponent]
) -> dict[str, Any]:
    """Return a post as events show it."""
    page = post.page
    url = find_page_url(page)
    if post.incident is not None:
        url = f"{url}incidents/{post.incident.number}/"
    return {
        "page": {"id": str(page.pk), "slug": page.slug, "title": page.title},
        "post": {
            "id": str(post.pk),
            "title": post.title,
            "state": post.state,
            "message": post.message,
            "created_at": format_time(post.created_at),
        },
        "incident": str(post.incident_id) if post.incident_id else None,
        "components": [
            {
                "id": str(component.pk),
                "name": component.name or component.service.name,
                "status": component.service.status,
            }
            for component in components
        ],
        "url": url,
    }
