"""Write the timeline of an incident, and tell the world what happened to it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import DateTimeField, F, Value, Window
from django.db.models.expressions import Combinable
from django.db.models.functions import Greatest, RowNumber

from alerts.actions.automatic_posts import post_incident
from alerts.actions.routing import News, publish_events
from alerts.actions.status_pages import touch_pages_showing
from alerts.links import build_links
from alerts.models import Incident, IncidentEntry, IncidentService
from alerts.snapshots import MAX_UPDATES, build_incident_snapshot
from integrations_project.lib.prepared import Prepared
from integrations_project.lib.rows import insert_row, update_rows
from webhooks.datatypes import NewEvent

if TYPE_CHECKING:
    from accounts.datatypes import Actor

MAX_MESSAGE_LENGTH = 5000
MAX_LABELS_LENGTH = 10_000
#: Payloads are told apart by their time in milliseconds.
LEAST_STEP = timedelta(milliseconds=1)

# Asked by every post that does something to an incident.
_LOCKED = Prepared(
    lambda incident_ids: (
        Incident.objects.select_for_update(of=("self",), no_key=True)
        .select_related("organization")
        .filter(pk__in=incident_ids)
        .order_by("pk")
    ),
    incident_ids=[UUID(int=1)],
)
_AFFECTED = Prepared(
    lambda incident_ids: (
        IncidentService.objects.select_related("service__network")
        .filter(incident__in=incident_ids)
        .order_by("pk")
    ),
    incident_ids=[UUID(int=1)],
)
_ENTRIES = Prepared(
    lambda incident_id: IncidentEntry.objects.filter(incident=incident_id).order_by(
        "-id"
    )[:MAX_UPDATES],
    incident_id=UUID(int=1),
)


def lock_incidents(incident_ids: Collection[UUID]) -> dict[UUID, Incident]:
    """Lock incidents in one order, until the commit; returns them as stored now."""
    return {row.pk: row for row in _LOCKED.run(incident_ids=incident_ids)}


def lock_incident(incident: Incident) -> None:
    """Lock one incident until the commit, and read what is stored of it now."""
    locked = lock_incidents([incident.pk]).get(incident.pk)
    if locked is None:
        raise Incident.DoesNotExist
    vars(incident).update(vars(locked))
    vars(incident).pop("_prefetched_objects_cache", None)


def add_entry(
    incident: Incident, kind: str, *, actor: Actor, now: datetime, message: str = ""
) -> IncidentEntry:
    """Write one line of the timeline."""
    entry = IncidentEntry(
        incident=incident,
        kind=kind,
        message=message[:MAX_MESSAGE_LENGTH],
        actor_label=actor.label[:200],
        user=actor.user,
        created_at=now,
    )
    insert_row(entry)
    return entry


def touch_incident(incident: Incident, *, now: datetime, **changes: object) -> None:
    """Store changes and the time of them; the rest is as it is stored now."""
    lock_incident(incident)
    store_changes(incident, now=now, **changes)


def store_changes(incident: Incident, *, now: datetime, **changes: object) -> None:
    """Store changes of an incident that is locked, and the time of them."""
    # As `next_update`, but nobody else writes it meanwhile.
    later = incident.updated_at + LEAST_STEP
    for name, value in changes.items():
        setattr(incident, name, value)
    incident.updated_at = max(now, later)
    update_rows([incident], *changes, "updated_at")


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
    told = Happening(
        incident=incident,
        happening=happening,
        trace=trace,
        now=now,
        general=general,
        said=said,
    )
    news = build_news([told])
    pages = touch_pages_showing(news[0].service_ids)
    publish_events(incident.organization, news)
    post_happenings([told], pages)


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """What happened to an incident; the arguments of `publish_incident`."""

    incident: Incident
    happening: str
    trace: UUID
    now: datetime
    general: NewEvent | None = None
    said: str = ""


def build_news(happened: Sequence[Happening]) -> list[News]:
    """Return what happened to incidents as it is published, in two statements."""
    if not happened:
        return []
    _load_affected([each.incident for each in happened])
    entries = _list_entries({each.incident.pk for each in happened})
    news = []
    for each in happened:
        event, service_ids = _build_event(each, entries[each.incident.pk])
        news.append(News(event=event, general=each.general, service_ids=service_ids))
    return news


def post_happenings(
    happened: Sequence[Happening], pages: Mapping[UUID, Collection[UUID]]
) -> None:
    """Post what happened on status pages; these are given with the services shown."""
    if not pages:
        return
    for each in happened:
        affected = {link.service_id for link in each.incident.affected.all()}
        page_ids = [key for key, shown in pages.items() if affected & set(shown)]
        if page_ids:
            post_incident(
                each.incident,
                each.happening,
                page_ids=page_ids,
                said=each.said,
                now=each.now,
            )


def build_incident_event(
    incident: Incident, happening: str, *, trace: UUID, now: datetime
) -> tuple[NewEvent, list[UUID]]:
    """Return ``incident.<happening>`` and the services it is about; nothing is told.

    The network is that of the services when all are in one.
    """
    told = Happening(incident=incident, happening=happening, trace=trace, now=now)
    _load_affected([incident])
    return _build_event(told, _list_entries([incident.pk])[incident.pk])


def _build_event(
    told: Happening, entries: Sequence[IncidentEntry]
) -> tuple[NewEvent, list[UUID]]:
    incident, happening = told.incident, told.happening
    services = {link.service_id: link.service for link in incident.affected.all()}
    networks = {service.network for service in services.values()}
    network = networks.pop() if len(networks) == 1 else None
    event = NewEvent(
        type=f"incident.{happening}",
        data=build_incident_snapshot(incident, entries=entries),
        occurred_at=told.now,
        trace=told.trace,
        subject_kind="incident",
        subject_id=str(incident.pk),
        subject_label=str(incident)[:200],
        network_id=network.pk if network else None,
        network_name=network.label if network else "",
        links=build_links(incident, happening, trace=told.trace, now=told.now),
    )
    return event, list(services)


def _load_affected(incidents: Sequence[Incident]) -> None:
    """Read the services of incidents anew, as prefetching them would."""
    found: dict[UUID, list[IncidentService]] = {each.pk: [] for each in incidents}
    for link in _AFFECTED.run(incident_ids=list(found)):
        found[link.incident_id].append(link)
    for incident in incidents:
        vars(incident).pop("_prefetched_objects_cache", None)
        rows: Any = incident.affected.all()
        rows._result_cache = found[incident.pk]
        rows._prefetch_done = True
        incident._prefetched_objects_cache = {"affected": rows}  # type: ignore[attr-defined]  # untyped


def _list_entries(incident_ids: Collection[UUID]) -> dict[UUID, list[IncidentEntry]]:
    """Return the last lines of timelines, as many as are told."""
    if len(incident_ids) == 1:
        [incident_id] = incident_ids
        return {incident_id: _ENTRIES.run(incident_id=incident_id)}
    found: dict[UUID, list[IncidentEntry]] = {key: [] for key in incident_ids}
    age = Window(RowNumber(), partition_by="incident", order_by="-id")
    rows = IncidentEntry.objects.filter(incident__in=incident_ids).annotate(age=age)
    for entry in rows.filter(age__lte=MAX_UPDATES):
        found[entry.incident_id].append(entry)
    return found


def next_update(now: datetime) -> Combinable:
    """Return now as ``updated_at``, but at least a millisecond after the last one.

    Payloads are told apart by it in milliseconds: two changes at once, or a clock
    that was set back, must not give two contents one idempotency id.
    """
    later = F("updated_at") + LEAST_STEP
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
