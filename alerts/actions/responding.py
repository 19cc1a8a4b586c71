"""Respond to an incident by a link in a message: no sign-in, once."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction

from accounts.datatypes import Actor
from alerts.actions.incidents import acknowledge_incident, resolve_incident
from alerts.exceptions import IncidentResolved, LinkForged, LinkUsed
from alerts.links import ResponseLink, read_link
from alerts.models import Incident, UsedLink
from webhooks import actions as webhooks

if TYPE_CHECKING:
    from accounts.models import Organization

#: Of those who got the message, so many are named.
NAMES_SHOWN = 3


def find_linked_incident(token: str, *, now: datetime) -> tuple[ResponseLink, Incident]:
    """Return what a link would do, and to which incident; nothing is written.

    Raises:
        LinkForged: The link was not made here, or its incident is gone.
        LinkExpired: It is too old.
        LinkUsed: It did its work already.
        IncidentResolved: There is nothing left to do.
    """
    link = read_link(token, now=now)
    rows = Incident.objects.select_related("organization")
    incident = rows.filter(pk=link.incident_id).first()
    if incident is None:
        raise LinkForged
    if UsedLink.objects.filter(digest=link.digest).exists():
        raise LinkUsed
    if not incident.is_open:
        raise IncidentResolved
    return link, incident


@transaction.atomic
def respond_by_link(
    token: str, *, now: datetime, ip_address: str | None = None
) -> tuple[ResponseLink, Incident, bool]:
    """Do what a link is for, and let it never work again.

    Returns:
        The link, the incident as it is now, and whether anything changed: False
        when somebody had acknowledged it before.

    Raises:
        LinkForged, LinkExpired, LinkUsed, IncidentResolved: As when it is looked at;
            nothing was written.
    """
    link, incident = find_linked_incident(token, now=now)
    try:
        with transaction.atomic():
            UsedLink.objects.create(digest=link.digest, incident=incident, used_at=now)
    except IntegrityError:
        # Two clicks at the same moment: one of them did it.
        raise LinkUsed from None
    label = _describe_holder(incident.organization, link)
    actor = Actor(label=label, ip_address=ip_address)
    if link.action == "acknowledge":
        changed = acknowledge_incident(incident, actor=actor, now=now)
    else:
        changed = resolve_incident(incident, actor=actor, now=now)
    return link, incident, changed


def _describe_holder(organization: Organization, link: ResponseLink) -> str:
    """Return whose message held the link, as far as that is known."""
    labels = webhooks.list_people_told(
        organization, trace=link.trace, event_type=link.event_type
    )
    named = " or ".join(labels[:NAMES_SHOWN])
    more = f" or {len(labels) - NAMES_SHOWN} more" if len(labels) > NAMES_SHOWN else ""
    return f"A link in a message to {named}{more}" if named else "A link in a message"
