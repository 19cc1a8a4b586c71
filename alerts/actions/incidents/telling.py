"""Write the timeline of an incident, and tell the world what happened to it."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import (
    DateTimeField,
    F,
    Prefetch,
    Value,
    prefetch_related_objects,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Greatest

from alerts.actions.automatic_posts import post_incident
from alerts.actions.routing import publish_event
from alerts.actions.status_pages import touch_status_pages
from alerts.links import build_links
from alerts.models import Incident, IncidentEntry, IncidentService
from alerts.snapshots import build_incident_snapshot
from webhooks.datatypes import NewEvent

if TYPE_CHECKING:
    from collections.abc import Collection

    from accounts.datatypes import Actor

MAX_MESSAGE_LENGTH = 5000
MAX_LABELS_LENGTH = 10_000


def lock_incidents(incident_ids: Collection[UUID]) -> dict[UUID, Incident]:
    """Lock incidents in one order, until the commit; returns them as stored now."""
    rows = Incident.objects.select_for_update(of=("self",), no_key=True)
    rows = rows.select_related("organization").filter(pk__in=incident_ids)
    return {row.pk: row for row in rows.order_by("pk")}


def lock_incident(incident: Incident) -> None:
    """Lock one incident until the commit, and read what is stored of it now."""
    lock_incidents([incident.pk])
    incident.refresh_from_db()


def add_entry(
    incident: Incident, kind: str, *, actor: Actor, now: datetime, message: str = ""
) -> IncidentEntry:
    """Write one line of the timeline."""
    return IncidentEntry.objects.create(
        incident=incident,
        kind=kind,
        message=message[:MAX_MESSAGE_LENGTH],
        actor_label=actor.label[:200],
        user=actor.user,
        created_at=now,
    )


def touch_incident(incident: Incident, *, now: datetime, **changes: object) -> None:
    """Store changes and the time of them, and read what is stored now."""
    rows = Incident.objects.filter(pk=incident.pk)
    rows.update(**changes, updated_at=next_update(now))
    incident.refresh_from_db()


def publish_incident(
    incident: Incident,
    happening: str,
    *,
    trace: UUID,
    now: datetime,
    general: NewEvent | None = None,
    said: str = "",
) -> None:
    """Publish ``incident.<happening>`` with the incident as the API shows it.

    Messages for people carry links that acknowledge and resolve it without a sign-in,
    while it is open.

    Args:
        incident: As it is stored now.
        happening: ``opened``, ``acknowledged``, ``updated`` or ``resolved``.
        trace: Of what made it happen.
        now: When it happened.
        general: The same happening as a change of the service's status.
        said: What a person wrote with it, for status pages too.
    """
    event, service_ids = build_incident_event(incident, happening, trace=trace, now=now)
    page_ids = touch_status_pages(service_ids)
    publish_event(
        incident.organization, event, general=general, service_ids=service_ids
    )
    if page_ids:
        post_incident(incident, happening, page_ids=page_ids, said=said, now=now)


def build_incident_event(
    incident: Incident, happening: str, *, trace: UUID, now: datetime
) -> tuple[NewEvent, list[UUID]]:
    """Return ``incident.<happening>`` and the services it is about; nothing is told.

    The network is that of the services when all are in one.
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
        links=build_links(incident, happening, trace=trace, now=now),
    )
    return event, list(services)


def next_update(now: datetime) -> Combinable:
    """Return now as ``updated_at``, but at least a millisecond after the last one.

    Payloads are told apart by it in milliseconds: two changes at once, or a clock
    that was set back, must not give two contents one idempotency id.
    """
    later = F("updated_at") + timedelta(milliseconds=1)
    return Greatest(Value(now), later, output_field=DateTimeField())


def check_fields(incident: Incident) -> None:
    """Check what people write on an incident.

    Raises:
        ValidationError: With a sentence for each field that needs mending.
    """
    checked = {"title", "severity", "labels"}
    others = {f.name for f in incident._meta.fields} - checked
    incident.clean_fields(exclude=others)
    if not isinstance(incident.labels, dict):
        raise ValidationError({"labels": ["Labels are an object: name to value."]})
    # They are part of every event of it.
    if len(json.dumps(incident.labels)) > MAX_LABELS_LENGTH:
        message = "Labels take 10,000 characters at most, all together."
        raise ValidationError({"labels": [message]})
