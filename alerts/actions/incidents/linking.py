"""The services of an incident: joined, and marked as normal, one by one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import models, transaction

from alerts.actions import escalations
from alerts.actions.incidents.changing import close_incident, close_locked
from alerts.actions.incidents.opening import (
    NewIncident,
    build_link,
    find_open_incident,
    lock_incident_numbers,
)
from alerts.actions.incidents.telling import (
    add_entry,
    lock_incident,
    lock_incidents,
    publish_incident,
    store_changes,
    touch_incident,
)
from alerts.exceptions import IncidentResolved
from alerts.models import Incident, IncidentEntry, IncidentService, Service
from integrations_project.lib.prepared import Prepared
from integrations_project.lib.rows import update_rows

if TYPE_CHECKING:
    from accounts.datatypes import Actor
    from alerts.datatypes import StatusUpdate

Kind = IncidentEntry.Kind
#: So many services are named in a line of the timeline.
NAMES_SHOWN = 10
# Asked by every recovery of an incident.
_OWN = Prepared(
    lambda incident_id, service_id, key, kind, source_id: (
        IncidentService.objects.filter(
            incident=incident_id,
            service=service_id,
            key=key,
            source_kind=kind,
            source_id=source_id,
            resolved_at=None,
        )
    ),
    incident_id=UUID(int=1),
    service_id=UUID(int=2),
    key="<key>",
    kind="<kind>",
    source_id="<source>",
)
_ANY_OPEN = Prepared(
    lambda incident_id: IncidentService.objects.filter(
        incident=incident_id, resolved_at=None
    )[:1],
    incident_id=UUID(int=1),
)


@transaction.atomic
def link_service(
    incident: Incident,
    services: Service | Collection[Service],
    *,
    actor: Actor,
    now: datetime,
) -> bool:
    """Say that services are affected too, by hand; ``incident.updated`` is told.

    They stay until somebody marks them as normal: no source speaks for these links.

    Returns:
        False when all of them are affected already; then nothing is written.

    Raises:
        IncidentResolved: It is over.
        ValidationError: A service is of another organization.
    """
    wanted = [services] if isinstance(services, Service) else list(services)
    if any(s.organization_id != incident.organization_id for s in wanted):
        raise ValidationError({"services": ["Choose services of this organization."]})
    lock_incident(incident)
    if not incident.is_open:
        raise IncidentResolved
    affected = set(_open_links(incident).values_list("service_id", flat=True))
    joining = {s.pk: s for s in wanted if s.pk not in affected}
    if not joining:
        return False
    by_hand = NewIncident(title="", severity="", services=(), trace=None)
    IncidentService.objects.bulk_create(
        build_link(incident, each, by_hand, now=now) for each in joining.values()
    )
    touch_incident(incident, now=now)
    message = f"{list_names(joining.values())} joined."
    add_entry(incident, Kind.LINKED, actor=actor, now=now, message=message)
    publish_incident(incident, "updated", trace=incident.trace, now=now)
    escalations.begin(incident, now=now)
    return True


@transaction.atomic
def unlink_service(
    incident: Incident,
    services: Service | Collection[Service] | None = None,
    *,
    actor: Actor,
    now: datetime,
) -> bool:
    """Mark affected services as normal in this incident; None marks all of them.

    No service changes its status. When the last one is normal, an incident that a
    source opened is resolved, if the source resolves its own; one that a person
    opened stays for people. Publishes ``incident.resolved`` then, else
    ``incident.updated``.

    Returns:
        False when none of them was affected any more; then nothing is written.

    Raises:
        IncidentResolved: It is over.
    """
    lock_incident(incident)
    if not incident.is_open:
        raise IncidentResolved
    links = _open_links(incident)
    if services is not None:
        chosen = [services] if isinstance(services, Service) else services
        links = links.filter(service__in=[service.pk for service in chosen])
    normal = {link.service_id: link.service for link in links.select_related("service")}
    if not normal:
        return False
    links.update(resolved_at=now)
    verb = "is" if len(normal) == 1 else "are"
    message = f"{list_names(normal.values())} {verb} marked as normal."
    add_entry(incident, Kind.UNLINKED, actor=actor, now=now, message=message)
    if incident.resolves_itself and not _open_links(incident).exists():
        message = "All affected services are normal."
        close_incident(incident, actor=actor, now=now, message=message)
        happening = "resolved"
    else:
        touch_incident(incident, now=now)
        happening = "updated"
    publish_incident(incident, happening, trace=incident.trace, now=now)
    return True


def resolve_own_link(
    service: Service,
    update: StatusUpdate,
    *,
    actor: Actor,
    begin: Callable[[UUID], None] | None = None,
) -> tuple[Incident | None, str]:
    """End a source's part in the incident it is in, without telling anybody.

    The last part ends the incident, when a source opened it.

    Args:
        service: Locked.
        update: The source's recovery.
        actor: Who says so.
        begin: Called with the id of the incident before it is touched.

    Returns:
        The incident and "resolved"; (incident, "") when others are still affected, or
        people decide; (None, "") when the source is in none.
    """
    lock_incident_numbers(service.organization)
    # Not before: a merge may have moved it, or a person may have ended it meanwhile.
    incident = find_open_incident(update.source, [service], key=update.key)
    if incident is None:
        return None, ""
    incident = lock_incidents([incident.pk])[incident.pk]
    if begin is not None:
        begin(incident.pk)
    own = _OWN.run(
        incident_id=incident.pk,
        service_id=service.pk,
        key=update.key,
        kind=update.source.kind,
        source_id=update.source.id,
    )
    if not own:
        return None, ""
    for link in own:
        link.resolved_at = update.now
    update_rows(own, "resolved_at")
    if _resolves(incident, update) and not _ANY_OPEN.run(incident_id=incident.pk):
        close_locked(incident, actor=actor, now=update.now, message=update.message)
        return incident, "resolved"
    store_changes(incident, now=update.now)
    message = f"{service.name} is operational. {update.message}".strip()
    add_entry(incident, Kind.UNLINKED, actor=actor, now=update.now, message=message)
    return incident, ""


def list_names(services: Iterable[Service]) -> str:
    """Return names as people list them: ``A, B and C``; of many, the first ten."""
    names = sorted(service.name for service in services)
    if len(names) > NAMES_SHOWN:
        more = len(names) - NAMES_SHOWN
        return f"{', '.join(names[:NAMES_SHOWN])} and {more} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _open_links(incident: Incident) -> models.QuerySet[IncidentService]:
    return IncidentService.objects.filter(incident=incident, resolved_at=None)


def _resolves(incident: Incident, update: StatusUpdate) -> bool:
    """Whether the last recovery ends it; its own source may have changed its mind."""
    is_own = (incident.source_kind, incident.source_id) == (
        update.source.kind,
        update.source.id,
    )
    return incident.resolves_itself or is_own
