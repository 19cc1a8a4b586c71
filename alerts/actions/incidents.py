"""What can happen to an incident: opened, acknowledged, posted to, edited, resolved."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Unpack
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import (
    DateTimeField,
    F,
    Prefetch,
    Value,
    prefetch_related_objects,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Greatest

from alerts.actions.routing import publish_event
from alerts.datatypes import MANUAL, IncidentFields, Source
from alerts.exceptions import IncidentResolved
from alerts.models import (
    Incident,
    IncidentCounter,
    IncidentEntry,
    IncidentService,
    Service,
)
from alerts.snapshots import build_incident_snapshot
from integrations_project.lib.ids import uuid7
from webhooks.datatypes import NewEvent

if TYPE_CHECKING:
    from accounts.datatypes import Actor
    from accounts.models import Organization

Kind = IncidentEntry.Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class NewIncident:
    """An incident to open."""

    title: str
    severity: str
    services: Collection[Service]
    message: str = ""
    source: Source = MANUAL
    key: str = ""
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
    add_entry(incident, Kind.OPENED, actor=actor, now=now, message=new.message)
    return incident, True


def find_open_incident(
    source: Source, services: Collection[Service], *, key: str = ""
) -> Incident | None:
    """Return the open incident that a source has for these services and this key."""
    link = (
        IncidentService.objects.select_related("incident")
        .filter(
            source_kind=source.kind,
            source_id=source.id,
            service__in=[service.pk for service in services],
            key=key,
            resolved_at=None,
        )
        .exclude(source_kind=MANUAL.kind)
        .first()
    )
    return None if link is None else link.incident


@transaction.atomic
def acknowledge_incident(
    incident: Incident, *, actor: Actor, now: datetime, message: str = ""
) -> bool:
    """Note that somebody looks after it, and publish ``incident.acknowledged``.

    Returns:
        False when somebody did already; then nothing is written.

    Raises:
        IncidentResolved: There is nothing to look after any more.
    """
    changed = Incident.objects.filter(
        pk=incident.pk, status=Incident.Status.OPENED, acknowledged=False
    ).update(
        acknowledged=True,
        acknowledged_at=now,
        acknowledged_by=actor.label[:200],
        updated_at=_next_update(now),
    )
    incident.refresh_from_db()
    if not changed:
        if not incident.is_open:
            raise IncidentResolved
        return False
    add_entry(incident, Kind.ACKNOWLEDGED, actor=actor, now=now, message=message)
    publish_incident(incident, "acknowledged", trace=incident.trace, now=now)
    return True


@transaction.atomic
def resolve_incident(
    incident: Incident, *, actor: Actor, now: datetime, message: str = ""
) -> bool:
    """Close it, and publish ``incident.resolved``; no service changes its status.

    Returns:
        False when it was resolved already; then nothing is written.
    """
    if not close_incident(incident, actor=actor, now=now, message=message):
        return False
    publish_incident(incident, "resolved", trace=incident.trace, now=now)
    return True


def close_incident(
    incident: Incident, *, actor: Actor, now: datetime, message: str = ""
) -> bool:
    """Resolve without telling anybody. Returns False when it was resolved already."""
    changed = Incident.objects.filter(
        pk=incident.pk, status=Incident.Status.OPENED
    ).update(
        status=Incident.Status.RESOLVED, resolved_at=now, updated_at=_next_update(now)
    )
    incident.refresh_from_db()
    if not changed:
        return False
    incident.affected.filter(resolved_at=None).update(resolved_at=now)
    add_entry(incident, Kind.RESOLVED, actor=actor, now=now, message=message)
    return True


@transaction.atomic
def post_incident_update(
    incident: Incident, *, message: str, actor: Actor, now: datetime
) -> IncidentEntry:
    """Add words to the timeline, also of a resolved one; ``incident.updated`` is told.

    Raises:
        ValidationError: There are no words, or too many.
    """
    text = message.strip()
    if not text:
        raise ValidationError({"message": ["Write what people should know."]})
    if len(text) > 5000:
        raise ValidationError({"message": ["Write at most 5,000 characters."]})
    Incident.objects.filter(pk=incident.pk).update(updated_at=_next_update(now))
    incident.refresh_from_db()
    entry = add_entry(incident, Kind.UPDATE, actor=actor, now=now, message=text)
    publish_incident(incident, "updated", trace=incident.trace, now=now)
    return entry


@transaction.atomic
def edit_incident(
    incident: Incident,
    *,
    actor: Actor,
    now: datetime,
    title: str | None = None,
    severity: str | None = None,
    labels: Mapping[str, Any] | None = None,
) -> bool:
    """Change what an incident is called, how bad it is, or its labels.

    Publishes ``incident.updated``. Returns False when nothing is different.

    Raises:
        ValidationError: The title or the severity needs mending.
    """
    wanted: dict[str, Any] = {"title": title and title.strip(), "severity": severity}
    wanted["labels"] = None if labels is None else dict(labels)
    changes = {
        name: value
        for name, value in wanted.items()
        if value is not None and value != getattr(incident, name)
    }
    if not changes:
        return False
    for name, value in changes.items():
        setattr(incident, name, value)
    _check_fields(incident)
    Incident.objects.filter(pk=incident.pk).update(
        **changes, updated_at=_next_update(now)
    )
    incident.refresh_from_db()
    message = f"Changed: {', '.join(changes)}."
    add_entry(incident, Kind.EDITED, actor=actor, now=now, message=message)
    publish_incident(incident, "updated", trace=incident.trace, now=now)
    return True


def add_entry(
    incident: Incident, kind: str, *, actor: Actor, now: datetime, message: str = ""
) -> IncidentEntry:
    """Write one line of the timeline."""
    return IncidentEntry.objects.create(
        incident=incident,
        kind=kind,
        message=message[:5000],
        actor_label=actor.label[:200],
        user=actor.user,
        created_at=now,
    )


def publish_incident(
    incident: Incident,
    happening: str,
    *,
    trace: UUID,
    now: datetime,
    general: NewEvent | None = None,
) -> None:
    """Publish ``incident.<happening>`` with the incident as the API shows it.

    Args:
        incident: As it is stored now.
        happening: ``opened``, ``acknowledged``, ``updated`` or ``resolved``.
        trace: Of what made it happen.
        now: When it happened.
        general: The same happening as a change of the service's status.
    """
    links = IncidentService.objects.select_related("service__network").order_by("pk")
    prefetch_related_objects([incident], Prefetch("affected", links))
    services = {link.service_id: link.service for link in incident.affected.all()}
    networks = {service.network for service in services.values()}
    network = networks.pop() if len(networks) == 1 else None
    event = NewEvent(
        type=f"incident.{happening}",
        data=build_incident_snapshot(incident),
        occurred_at=now,
        trace=trace,
        subject_kind="incident",
        subject_id=str(incident.pk),
        subject_label=str(incident)[:200],
        network_id=network.pk if network else None,
        network_name=network.label if network else "",
    )
    publish_event(
        incident.organization, event, general=general, service_ids=list(services)
    )


def _next_update(now: datetime) -> Combinable:
    """Return now as ``updated_at``, but at least a millisecond after the last one.

    Payloads are told apart by it in milliseconds: two changes at once, or a clock
    that was set back, must not give two contents one idempotency id.
    """
    later = F("updated_at") + timedelta(milliseconds=1)
    return Greatest(Value(now), later, output_field=DateTimeField())


def _write_incident(incident: Incident, new: NewIncident, *, now: datetime) -> None:
    incident.number = _take_number(incident.organization)
    incident.save(force_insert=True)
    IncidentService.objects.bulk_create(
        IncidentService(
            incident=incident,
            service=service,
            source_kind=new.source.kind,
            source_id=new.source.id,
            key=new.key,
            linked_at=now,
        )
        for service in {service.pk: service for service in new.services}.values()
    )


def _take_number(organization: Organization) -> int:
    # The update locks the row until the commit: numbers have no gaps and no twins.
    counters = IncidentCounter.objects.filter(organization=organization)
    if not counters.update(last_number=F("last_number") + 1):
        IncidentCounter.objects.bulk_create(
            [IncidentCounter(organization=organization)], ignore_conflicts=True
        )
        counters.update(last_number=F("last_number") + 1)
    return counters.values_list("last_number", flat=True).get()


def _check_new(incident: Incident, services: Collection[Service]) -> None:
    _check_fields(incident)
    if any(s.organization_id != incident.organization_id for s in services):
        raise ValidationError({"services": ["Choose services of this organization."]})


def _check_fields(incident: Incident) -> None:
    checked = {"title", "severity", "labels"}
    others = {f.name for f in incident._meta.fields} - checked
    incident.clean_fields(exclude=others)
    if not isinstance(incident.labels, dict):
        raise ValidationError({"labels": ["Labels are an object: name to value."]})
