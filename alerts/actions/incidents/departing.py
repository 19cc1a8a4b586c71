"""What becomes of open incidents when a service that they affect is deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alerts.actions.incidents.changing import close_incident
from alerts.actions.incidents.opening import lock_incident_numbers
from alerts.actions.incidents.telling import (
    add_entry,
    lock_incidents,
    publish_incident,
    touch_incident,
)
from alerts.models import Incident, IncidentEntry, IncidentService, Service

if TYPE_CHECKING:
    from datetime import datetime

    from accounts.datatypes import Actor

#: Incidents that a person opened are a person's to close.
BY_HAND = "manual"


def leave_incidents(service: Service, *, actor: Actor, now: datetime) -> None:
    """End a service's part in open incidents, before it is deleted.

    An incident that is left without any service is resolved and told as
    ``incident.resolved``, unless a person opened it; the others are told as
    ``incident.updated``. The timeline keeps the service's name.

    Args:
        service: Locked.
        actor: Who deletes it.
        now: When.
    """
    affecting = IncidentService.objects.filter(service=service, resolved_at=None)
    if not affecting.exists():
        return
    lock_incident_numbers(service.organization)
    # Again: before the lock another may have merged or resolved them.
    incident_ids = set(affecting.values_list("incident", flat=True))
    for incident in lock_incidents(incident_ids).values():
        if incident.is_open:
            _leave(incident, service, actor=actor, now=now)


def _leave(
    incident: Incident, service: Service, *, actor: Actor, now: datetime
) -> None:
    affected = incident.affected.filter(resolved_at=None)
    affected.filter(service=service).update(resolved_at=now)
    message = f"The service {service.name} was deleted."
    if affected.exists() or incident.source_kind == BY_HAND:
        add_entry(
            incident,
            IncidentEntry.Kind.UNLINKED,
            actor=actor,
            now=now,
            message=message,
        )
        touch_incident(incident, now=now)
        happening = "updated"
    else:
        message = f"{message} No other service is affected."
        close_incident(incident, actor=actor, now=now, message=message)
        happening = "resolved"
    publish_incident(incident, happening, trace=incident.trace, now=now)
