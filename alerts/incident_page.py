"""What the page of an incident shows: its timeline, and its services by state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alerts.models import IncidentEntry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from alerts.models import Incident, IncidentService

#: How each line of the timeline is drawn: icon and tone.
ENTRY_LOOKS = {
    IncidentEntry.Kind.OPENED: ("siren", "bad"),
    IncidentEntry.Kind.ACKNOWLEDGED: ("eye", "warn"),
    IncidentEntry.Kind.UPDATE: ("message-square", "info"),
    IncidentEntry.Kind.EDITED: ("pencil", "neutral"),
    IncidentEntry.Kind.STATUS: ("activity", "neutral"),
    IncidentEntry.Kind.LINKED: ("plus", "warn"),
    IncidentEntry.Kind.UNLINKED: ("circle-check", "ok"),
    IncidentEntry.Kind.OWNER: ("user-check", "neutral"),
    IncidentEntry.Kind.MERGED: ("split", "neutral"),
    IncidentEntry.Kind.ESCALATED: ("bell", "warn"),
    IncidentEntry.Kind.SILENCED: ("bell-off", "neutral"),
    IncidentEntry.Kind.POST_MORTEM: ("square-pen", "info"),
    IncidentEntry.Kind.RESOLVED: ("circle-check", "ok"),
}
#: Lines of the timeline on one page, the newest first.
LINES_SHOWN = 100
#: Affected services that are shown at once; the others unfold.
SERVICES_SHOWN = 8


def build_entry(entry: IncidentEntry) -> dict[str, Any]:
    """Return a line of the timeline as the component draws it."""
    icon, tone = ENTRY_LOOKS[IncidentEntry.Kind(entry.kind)]
    return {
        "icon": icon,
        "tone": tone,
        "title": entry.get_kind_display(),
        "text": entry.message,
        "at": entry.created_at,
        "by": entry.actor_label,
    }


def build_affected(incident: Incident) -> dict[str, Any]:
    """Return the services of an incident: those still affected, those normal again.

    A service that is affected for several reasons is there once for each.
    """
    links = list(incident.affected.select_related("service").order_by("linked_at"))
    still = _sort(each for each in links if each.resolved_at is None)
    recovered = _sort(each for each in links if each.resolved_at is not None)
    return {
        "still": still[:SERVICES_SHOWN],
        "more": still[SERVICES_SHOWN:],
        "recovered": recovered,
        "count": len(still),
    }


def _sort(links: Iterable[IncidentService]) -> list[IncidentService]:
    return sorted(links, key=lambda link: (link.service.name.lower(), link.linked_at))
