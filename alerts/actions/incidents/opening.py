"""Open an incident: number it, link its services, write its first line."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Unpack
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from alerts.actions import escalations
from alerts.actions.incidents.telling import add_entry, check_fields, publish_incident
from alerts.datatypes import MANUAL, Group, IncidentFields, Source
from alerts.models import (
    Incident,
    IncidentCounter,
    IncidentEntry,
    IncidentService,
    Service,
)
from integrations_project.lib.ids import uuid7
from integrations_project.lib.prepared import Prepared, adapt
from integrations_project.lib.rows import insert_row, insert_rows

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.datatypes import Actor
    from accounts.models import Organization


@dataclass(frozen=True, slots=True, kw_only=True)
class NewIncident:
    """An incident to open."""

    title: str
    severity: str
    services: Collection[Service]
    message: str = ""
    source: Source = MANUAL
    key: str = ""
    #: What tells a failure apart: [{"name", "value"}]; None when nobody says.
    group: Group | None = None
    #: Its last recovery leaves it to people.
    stays_open: bool = False
    labels: Mapping[str, Any] | None = None
    trace: UUID | None = field(default_factory=uuid7)


@transaction.atomic
def open_incident(
    organization: Organization,
    *,
    actor: Actor,
    now: datetime,
    **fields: Unpack[IncidentFields],
) -> Incident:
    """Open an incident, write its first line and publish ``incident.opened``.

    A source other than a person has one open incident for each of its services and
    keys: when it has one already, that one is returned and nothing is written.

    Raises:
        ValidationError: The title or the severity needs mending, or a service is
            not of this organization.
    """
    new = NewIncident(**fields)
    incident, created = insert_incident(organization, new, actor=actor, now=now)
    if created:
        publish_incident(incident, "opened", trace=incident.trace, now=now)
        escalations.begin(incident, now=now)
    return incident


def insert_incident(
    organization: Organization, new: NewIncident, *, actor: Actor, now: datetime
) -> tuple[Incident, bool]:
    """Write an incident and its first line without telling anybody.

    Returns:
        The incident, and whether it is new: of concurrent openers one makes it.
    """
    incident = Incident(
        organization=organization,
        number=0,
        title=new.title.strip(),
        severity=new.severity,
        labels=dict(new.labels or {}),
        source_kind=new.source.kind,
        source_id=new.source.id,
        source_label=new.source.label[:200],
        stays_open=new.stays_open,
        trace=new.trace or uuid7(),
        opened_at=now,
        updated_at=now,
    )
    _check_new(incident, new.services)
    try:
        with transaction.atomic():
            _write_incident(incident, new, now=now)
    except IntegrityError:
        existing = find_open_incident(new.source, new.services, key=new.key)
        if existing is None:
            raise
        return existing, False
    kind = IncidentEntry.Kind.OPENED
    add_entry(incident, kind, actor=actor, now=now, message=new.message)
    return incident, True


def find_open_incident(
    source: Source, services: Collection[Service], *, key: str = ""
) -> Incident | None:
    """Return the open incident that a source has for these services and this key."""
    if source.kind == MANUAL.kind:
        return None
    links = _OWN_LINKS.run(
        kind=source.kind,
        source_id=source.id,
        key=key,
        service_ids=[service.pk for service in services],
    )
    return links[0].incident if links else None


class OwnLinks:
    """The open incidents that a source has for some services, read all at once.

    The services are locked: nobody else opens incidents of the source for them.
    """

    def __init__(self, source: Source, service_ids: Collection[UUID]) -> None:
        self._source = source
        self._service_ids = set(service_ids)
        self._known: dict[tuple[UUID, str], Incident] | None = None

    def find(self, source: Source, service: Service, *, key: str) -> Incident | None:
        """Return the open incident of a source for a service and a key."""
        is_read = source == self._source and service.pk in self._service_ids
        if not is_read or source.kind == MANUAL.kind:
            return find_open_incident(source, [service], key=key)
        if self._known is None:
            self._known = {}
            for link in _ALL_OWN_LINKS.run(
                kind=source.kind, source_id=source.id, service_ids=self._service_ids
            ):
                self._known.setdefault((link.service_id, link.key), link.incident)
        return self._known.get((service.pk, key))

    def forget(self, service_id: UUID) -> None:
        """Ask anew for a service from now on: its incidents have changed."""
        self._service_ids.discard(service_id)


def _list_own_links(
    kind: str, source_id: str, service_ids: Collection[UUID]
) -> QuerySet[IncidentService]:
    rows = IncidentService.objects.select_related("incident").filter(
        source_kind=kind,
        source_id=source_id,
        service__in=service_ids,
        resolved_at=None,
    )
    return rows.order_by("pk")


# Asked by every post that changes a status.
_ALL_OWN_LINKS = Prepared(
    _list_own_links, kind="<kind>", source_id="<source>", service_ids=[UUID(int=1)]
)
_OWN_LINKS = Prepared(
    lambda key, **values: _list_own_links(**values).filter(key=key),
    kind="<kind>",
    source_id="<source>",
    key="<key>",
    service_ids=[UUID(int=1)],
)
_COUNTER = Prepared(
    lambda organization_id: IncidentCounter.objects.select_for_update(
        no_key=True
    ).filter(organization=organization_id),
    organization_id=UUID(int=1),
)
_NEXT_NUMBER = """
UPDATE alerts_incidentcounter SET last_number = last_number + 1
 WHERE organization_id = %s
"""


def lock_incident_numbers(organization: Organization) -> None:
    """Let no other source open, join or end incidents here until the commit.

    Sources that act on several incidents in one transaction take this before the
    first, so that they wait for each other here and nowhere else.
    """
    if not _COUNTER.run(organization_id=organization.pk):
        IncidentCounter.objects.bulk_create(
            [IncidentCounter(organization=organization)], ignore_conflicts=True
        )
        _COUNTER.run(organization_id=organization.pk)


def build_link(
    incident: Incident, service: Service, new: NewIncident, *, now: datetime
) -> IncidentService:
    """Return a service as an incident's, by the source that says so; not stored."""
    return IncidentService(
        incident=incident,
        service=service,
        source_kind=new.source.kind,
        source_id=new.source.id,
        source_label=new.source.label[:200],
        key=new.key,
        group=[dict(pair) for pair in new.group] if new.group else None,
        linked_at=now,
    )


def _write_incident(incident: Incident, new: NewIncident, *, now: datetime) -> None:
    incident.number = _take_number(incident.organization)
    insert_row(incident)
    services = {service.pk: service for service in new.services}
    insert_rows(
        [build_link(incident, service, new, now=now) for service in services.values()]
    )


def _take_number(organization: Organization) -> int:
    # The update locks the row until the commit: numbers have no gaps and no twins.
    if not _raise_number(organization):
        IncidentCounter.objects.bulk_create(
            [IncidentCounter(organization=organization)], ignore_conflicts=True
        )
        _raise_number(organization)
    [counter] = _COUNTER.run(organization_id=organization.pk)
    return counter.last_number


def _raise_number(organization: Organization) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_NEXT_NUMBER, [adapt(organization.pk)])
        return bool(cursor.rowcount)


def _check_new(incident: Incident, services: Collection[Service]) -> None:
    check_fields(incident)
    if any(s.organization_id != incident.organization_id for s in services):
        raise ValidationError({"services": ["Choose services of this organization."]})
