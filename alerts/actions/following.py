"""What the word of a source does to incidents: opened, joined, ended."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from django.db import transaction

from accounts.datatypes import Actor
from alerts.actions import escalations
from alerts.actions.incidents import (
    NewIncident,
    OwnLinks,
    insert_incident,
    join_related,
    lock_incident_numbers,
    publish_incident,
    resolve_own_link,
)
from alerts.datatypes import MANUAL, IncidentPolicy, Source, StatusUpdate
from alerts.models import Incident, Service, ServiceSource, Status
from alerts.severity import describe_status, opens_incident

if TYPE_CHECKING:
    from typing import Any


class Desk(Protocol):
    """Whoever works on several updates at once, and must be asked and told."""

    own_links: OwnLinks

    def begin_incident(self, incident_id: UUID) -> None:
        """Hear that an incident is about to be touched."""

    def forget_incidents(self, service: Service) -> None:
        """Hear that a service is in other incidents from now on."""


def follow_incidents(
    service: Service, update: StatusUpdate, *, actor: Actor, desk: Desk | None = None
) -> tuple[Incident | None, str]:
    """Open, join or end what the policy asks for; each source only what is its own.

    Nothing is opened while the service shows maintenance: `open_postponed` does it
    when that is over. Nobody is told yet.

    Args:
        service: Locked.
        update: What its source says.
        actor: Who says so.
        desk: Whose update it is, when it is one of several.

    Returns:
        The incident that this belongs to and what happened to it: "opened",
        "updated" when it joined one, "resolved", or "" for one that goes on;
        (None, "") without any.
    """
    policy = update.incidents
    begin = desk.begin_incident if desk else None
    if update.source.kind == MANUAL.kind:
        return None, ""
    if update.status == Status.OPERATIONAL:
        if not policy.auto_resolve:
            return None, ""
        if _find_own(service, update, desk) is None:
            return None, ""
        return resolve_own_link(service, update, actor=actor, begin=begin)
    if not opens_incident(update.status, policy.auto_create):
        return None, ""
    if ongoing := _find_own(service, update, desk):
        return ongoing, ""
    if service.status == Status.MAINTENANCE:
        return None, ""
    return _open_or_join(service, update, actor=actor, begin=begin)


def _find_own(
    service: Service, update: StatusUpdate, desk: Desk | None
) -> Incident | None:
    own = desk.own_links if desk else OwnLinks(update.source, [service.pk])
    return own.find(update.source, service, key=update.key)


@transaction.atomic
def reevaluate_service(
    service_id: UUID, *, trace: UUID, now: datetime, actor: Actor
) -> list[Incident]:
    """Open the incidents that sources still ask for, as when a maintenance is over.

    Publishes one event for each incident. Asked again, it does nothing; a service
    that is gone, or still shows maintenance, has none.

    Args:
        service_id: Whose sources are asked.
        trace: Of what made it necessary.
        now: When.
        actor: Who is named when a source's own name is not known.

    Returns:
        The incidents that were opened or joined.
    """
    rows = Service.objects.select_for_update(of=("self",), no_key=True)
    service = rows.select_related("organization", "network").filter(pk=service_id)
    found = service.first()
    if found is None:
        return []
    sources = ServiceSource.objects.filter(service=found).order_by("pk")
    happened = open_postponed(found, sources, trace=trace, now=now, actor=actor)
    for incident, happening in happened:
        publish_incident(incident, happening, trace=trace, now=now)
        escalations.begin(incident, now=now)
    return [incident for incident, _ in happened]


def open_postponed(
    service: Service,
    sources: Iterable[ServiceSource],
    *,
    trace: UUID,
    now: datetime,
    actor: Actor,
    desk: Desk | None = None,
) -> list[tuple[Incident, str]]:
    """Open or join what sources that are still bad ask for; nobody is told yet.

    Returns:
        Each incident with "opened" or "updated".
    """
    if service.status == Status.MAINTENANCE:
        return []
    happened = []
    for said in sources:
        update = _repeat(said, trace=trace, now=now)
        named = replace(actor, label=said.source_label) if said.source_label else actor
        incident, happening = follow_incidents(service, update, actor=named, desk=desk)
        if incident is not None and happening:
            happened.append((incident, happening))
        if incident is not None and desk is not None:
            desk.forget_incidents(service)
    return happened


def store_policy(update: StatusUpdate) -> dict[str, Any]:
    """Return what is kept of an update, so that it can be followed later."""
    group = [dict(pair) for pair in update.group] if update.group else None
    return update.incidents.as_json() | {"group": group}


def _repeat(said: ServiceSource, *, trace: UUID, now: datetime) -> StatusUpdate:
    stored = said.incident_policy if isinstance(said.incident_policy, dict) else {}
    return StatusUpdate(
        status=said.status,
        source=Source(
            kind=said.source_kind, id=said.source_id, label=said.source_label
        ),
        message=said.message,
        key=said.key,
        group=stored.get("group"),
        incidents=IncidentPolicy.from_json(stored),
        trace=trace,
        now=now,
    )


def _open_or_join(
    service: Service,
    update: StatusUpdate,
    *,
    actor: Actor,
    begin: Callable[[UUID], None] | None,
) -> tuple[Incident, str]:
    policy = update.incidents
    new = NewIncident(
        title=describe_status(service.name, update.status),
        severity=policy.severity,
        services=[service],
        message=update.message,
        source=update.source,
        key=update.key,
        group=update.group,
        stays_open=not policy.auto_resolve,
        trace=update.trace,
    )
    # Of failures at the same moment, the second sees what the first has opened.
    lock_incident_numbers(service.organization)
    joined = join_related(
        service,
        new,
        status=update.status,
        actor=actor,
        now=update.now,
        begin=begin,
    )
    if joined is not None:
        return joined, "updated"
    incident, created = insert_incident(
        service.organization, new, actor=actor, now=update.now
    )
    return incident, "opened" if created else ""
