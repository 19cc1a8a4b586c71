"""The feeds: every update of an incident, post or maintenance is an entry."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from django.utils.feedgenerator import Atom1Feed, Rss201rev2Feed, SyndicationFeed
from django.utils.html import linebreaks

from alerts.status_page.bars import write_day

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alerts.status_page.datatypes import (
        IncidentData,
        MaintenanceData,
        SnapshotData,
    )

MAX_ENTRIES = 50
STATE_LABELS = {
    "opened": "Investigating",
    "investigating": "Investigating",
    "identified": "Identified",
    "monitoring": "Monitoring",
    "update": "Update",
    "resolved": "Resolved",
    "scheduled": "Scheduled",
    "in_progress": "In progress",
    "completed": "Completed",
    "notice": "Notice",
}
#: What no XML may hold, however it is written.
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class Entry(NamedTuple):
    """One entry of a feed."""

    id: str
    title: str
    url: str
    text: str
    at: datetime


class _SinceMixin:
    """Says of a feed without entries when the page was made, not when it was asked."""

    items: list[dict[str, Any]]
    feed: dict[str, Any]

    def latest_post_date(self) -> datetime:
        dates = [item["updateddate"] for item in self.items]
        found: datetime = max(dates, default=self.feed["made_at"])
        return found


class _Rss(_SinceMixin, Rss201rev2Feed):
    """RSS 2.0."""


class _Atom(_SinceMixin, Atom1Feed):
    """Atom 1.0."""


class _AnyFeed(NamedTuple):
    kind: type[SyndicationFeed]
    name: str  # of its address


RSS = _AnyFeed(_Rss, "rss")
ATOM = _AnyFeed(_Atom, "atom")


def write_feed(data: SnapshotData, kind: _AnyFeed) -> bytes:
    """Return a feed, its newest entry first."""
    page = data["page"]
    feed = kind.kind(
        title=_clean(f"{page['title']} status"),
        link=page["url"],
        description=_clean(page["description"] or f"Status of {page['title']}"),
        feed_url=page["feeds"][kind.name],
        language="en",
        # Atom wants somebody who says it; RSS leaves who has no e-mail address out.
        author_name=_clean(page["title"]),
        made_at=_read(page["created_at"]),
    )
    for entry in list_entries(data):
        feed.add_item(
            title=_clean(entry.title),
            link=entry.url,
            # Readers take it as HTML, in both kinds.
            description=linebreaks(_clean(entry.text), autoescape=True),
            unique_id=entry.id,
            unique_id_is_permalink=False,
            pubdate=entry.at,
            updateddate=entry.at,
        )
    text: str = feed.writeString("utf-8")
    return text.encode()


def list_entries(data: SnapshotData) -> list[Entry]:
    """Return what is told, newest first; each update is an entry of its own."""
    entries = [
        entry
        for incident in (*data["incidents"], *data["past_incidents"])
        for entry in _list_updates(incident)
    ]
    for maintenance in data["maintenance"]:
        entries.extend(_list_steps(maintenance, data["page"]["url"]))
    entries.sort(key=lambda entry: (entry.at, entry.id), reverse=True)
    return entries[:MAX_ENTRIES]


def _list_updates(incident: IncidentData) -> Iterator[Entry]:
    affected = ", ".join(incident["components"])
    for update in incident["updates"]:
        label = STATE_LABELS[update["state"]]
        parts = [update["message"], f"Affected: {affected}." if affected else ""]
        yield Entry(
            id=f"urn:uuid:{update['id']}",
            title=f"{label}: {incident['title']}",
            url=incident["url"],
            text="\n\n".join(part for part in parts if part) or f"{label}.",
            at=_read(update["at"]),
        )


def _list_steps(maintenance: MaintenanceData, url: str) -> Iterator[Entry]:
    begin, end = _read(maintenance["starts_at"]), _read(maintenance["ends_at"])
    when = f"{write_day(begin)}, {begin:%H:%M} – {write_day(end)}, {end:%H:%M} UTC"
    affected = ", ".join(maintenance["components"])
    parts = [when, maintenance["description"]]
    parts.append(f"Affected: {affected}." if affected else "")
    yield Entry(
        id=f"urn:uuid:{maintenance['id']}:{begin:%Y%m%dT%H%M%SZ}",
        title=f"Maintenance: {maintenance['title']}",
        url=url,
        text="\n\n".join(part for part in parts if part),
        at=_read(maintenance["updates"][-1]["at"]) if maintenance["updates"] else begin,
    )
    for update in maintenance["updates"]:
        label = STATE_LABELS[update["state"]]
        yield Entry(
            id=f"urn:uuid:{update['id']}",
            title=f"{label}: {maintenance['title']}",
            url=url,
            text=update["message"] or f"{label}.",
            at=_read(update["at"]),
        )


def _read(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _clean(text: str) -> str:
    return _CONTROLS.sub("", text)
