"""Who among people was told of an event."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from webhooks.formats.announcement import PEOPLE_FORMATS
from webhooks.models import Destination

if TYPE_CHECKING:
    from accounts.models import Organization


def list_people_told(
    organization: Organization, *, trace: UUID, event_type: str
) -> list[str]:
    """Return the labels of destinations whose messages of an event carry links.

    Args:
        organization: Whose destinations.
        trace: Of the event.
        event_type: Of the event; one trace may have several.
    """
    rows = Destination.objects.filter(
        organization=organization,
        format__in=PEOPLE_FORMATS,
        deliveries__trace=trace,
        deliveries__event_type=event_type,
    )
    return sorted(set(rows.values_list("label", flat=True)))
