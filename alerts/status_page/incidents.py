"""Incidents and posts as the public reads them."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from alerts.models import IncidentEntry, StatusPost
from alerts.snapshots import format_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from uuid import UUID

    from alerts.models import Incident, StatusPageComponent
    from alerts.status_page.datatypes import IncidentData, UpdateData

Kind = IncidentEntry.Kind
#: What of a timeline is for the public, and under which word.
TOLD = {Kind.OPENED: "opened", Kind.UPDATE: "update", Kind.RESOLVED: "resolved"}
ENDED = {StatusPost.State.RESOLVED.value, StatusPost.State.COMPLETED.value}


class Public(NamedTuple):
    """What the public knows services by, and where incidents are read."""

    components: Mapping[UUID, StatusPageComponent]  # by the service's id
    url: str  # of the page, absolute

    def find_name(self, service_id: UUID) -> str:
        """Return the name of a service on this page."""
        component = self.components[service_id]
        return component.name or component.service.name

    def rename(self, text: str) -> str:
        """Write the public names where a text has the services' own ones."""
        for component in self.components.values():
            own = component.service.name
            if component.name and own != component.name and own in text:
                text = text.replace(own, component.name)
        return text


def build_incident(
    incident: Incident, posts: Sequence[StatusPost], *, public: Public
) -> IncidentData:
    """Return an incident as the public reads it.

    Posts on the page speak for it; without any, its own updates do. What machines
    wrote into the timeline, and who did what, stays inside.

    Args:
        incident: With ``affected`` and the entries of `TOLD` loaded.
        posts: Those of this page about it, oldest first.
        public: The page it stands on.
    """
    affected = {link.service_id for link in incident.affected.all()}
    if posts:
        updates = [_build_post(post) for post in posts]
    else:
        updates = [
            _build_entry(entry, public=public) for entry in incident.entries.all()
        ]
    return {
        "id": str(incident.pk),
        "number": incident.number,
        "title": public.rename(posts[0].title if posts else incident.title),
        "url": f"{public.url}incidents/{incident.number}/",
        "status": incident.status,
        "severity": incident.severity,
        "opened_at": format_time(incident.opened_at) or "",
        "resolved_at": format_time(incident.resolved_at),
        "updated_at": updates[-1]["at"]
        if updates
        else format_time(incident.opened_at) or "",
        "components": [
            public.find_name(service_id)
            for service_id in public.components
            if service_id in affected
        ],
        "updates": updates[::-1],
    }


def build_threads(posts: Iterable[StatusPost], *, public: Public) -> list[IncidentData]:
    """Return posts without an incident; those of one title belong together.

    Args:
        posts: Of one page, without incident and window.
        public: The page they stand on.
    """
    key = _thread_key
    ordered = sorted(posts, key=lambda post: (key(post), post.created_at, post.pk))
    threads = [list(run) for _, run in groupby(ordered, key=key)]
    return [_build_thread(thread, public) for thread in threads]


def build_post_updates(posts: Iterable[StatusPost]) -> list[UpdateData]:
    """Return posts about something as its updates, newest first."""
    return [_build_post(post) for post in posts][::-1]


def _thread_key(post: StatusPost) -> str:
    return post.title.strip().casefold()


def _build_thread(posts: list[StatusPost], public: Public) -> IncidentData:
    first, last = posts[0], posts[-1]
    status = "opened"
    if last.state in ENDED:
        status = "resolved"
    elif last.state == StatusPost.State.NOTICE:
        status = "notice"
    return {
        "id": str(first.pk),
        "number": None,
        "title": last.title,
        "url": public.url,
        "status": status,
        "severity": "",
        "opened_at": format_time(first.created_at) or "",
        "resolved_at": format_time(last.created_at) if status == "resolved" else None,
        "updated_at": format_time(last.created_at) or "",
        "components": [],
        "updates": build_post_updates(posts),
    }


def _build_post(post: StatusPost) -> UpdateData:
    return {
        "id": str(post.pk),
        "state": post.state,
        "message": post.message,
        "at": format_time(post.created_at) or "",
    }


def _build_entry(entry: IncidentEntry, *, public: Public) -> UpdateData:
    # What opened or resolved it was often written by a machine, for insiders.
    message = entry.message if entry.kind == Kind.UPDATE else ""
    return {
        "id": str(entry.pk),
        "state": TOLD[Kind(entry.kind)],
        "message": public.rename(message),
        "at": format_time(entry.created_at) or "",
    }
