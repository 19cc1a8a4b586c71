"""The one way to change a service's status."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from django.db import transaction

from alerts.actions import escalations
from alerts.actions.following import follow_incidents, open_postponed, store_policy
from alerts.actions.incidents import publish_incident
from alerts.actions.routing import publish_event
from alerts.actions.status_pages import touch_status_pages
from alerts.datatypes import (
    IncidentPolicy,
    Source,
    StatusOutcome,
    StatusUpdate,
)
from alerts.exceptions import ServiceGone, UnknownStatus
from alerts.models import (
    Incident,
    IncidentEntry,
    IncidentService,
    Service,
    ServiceSource,
    Status,
    StatusChange,
)
from alerts.severity import find_effective_status
from alerts.snapshots import build_status_change_snapshot
from alerts.staleness import keep_stale
from integrations_project.lib.prepared import Prepared
from integrations_project.lib.rows import insert_row
from webhooks.datatypes import NewEvent

if TYPE_CHECKING:
    from accounts.datatypes import Actor

OPERATIONAL = Status.OPERATIONAL.value
MAX_MESSAGE_LENGTH = 1000
FLAPPING_PERIOD = timedelta(hours=1)
#: So long a request may wait for its turn; a clock that is further behind was set back.
LONGEST_WAIT = timedelta(minutes=1)

# Every tenth post or so changes a status: what each of those asks is written once.
_LOCKED_SERVICE = Prepared(
    lambda service_id: (
        Service.objects.select_for_update(of=("self",), no_key=True)
        .select_related("organization", "network")
        .filter(pk=service_id)
    ),
    service_id=UUID(int=1),
)
_SOURCES = Prepared(
    lambda service_id: ServiceSource.objects.filter(service=service_id),
    service_id=UUID(int=1),
)
_OPEN_LINKS = Prepared(
    lambda service_id: IncidentService.objects.filter(
        service=service_id, resolved_at=None, incident__status=Incident.Status.OPENED
    ),
    service_id=UUID(int=1),
)


class _Before(NamedTuple):
    """What a service showed before an update."""

    status: str
    since: datetime


def lock_services(service_ids: Collection[UUID]) -> None:
    """Lock several services in one order, so that two requests cannot deadlock."""
    rows = Service.objects.select_for_update(no_key=True).filter(pk__in=service_ids)
    list(rows.order_by("pk").values_list("pk"))


@transaction.atomic(savepoint=False)
def change_service_status(
    service_id: UUID, update: StatusUpdate, *, actor: Actor
) -> StatusOutcome:
    """Note what a source says of a service, and do everything that follows from it.

    Writes the source's word (``operational`` clears it), the service's status, the
    change, the incident that the policy asks for or the end of the one that this
    source opened, and publishes one event: ``incident.opened`` or
    ``incident.resolved`` with ``service.status_changed`` for those who take only
    that, or ``service.status_changed`` alone. All of it in the caller's transaction,
    with the service's row locked. Saying the same again writes nothing but a new
    message.

    Raises:
        UnknownStatus: The status is none of the four.
        ServiceGone: The service was deleted meanwhile.
    """
    if update.status not in Status.values:
        raise UnknownStatus
    service = _lock_service(service_id)
    update = replace(update, now=_keep_in_order(update.now, service.status_since))
    sources = _SOURCES.run(service_id=service_id)
    before = _Before(service.status, service.status_since)

    source_changed = _record_source(service, update, sources)
    changed = _record_status(service, update, sources)
    if not source_changed and not changed:
        return StatusOutcome(
            status=before.status,
            previous_status=before.status,
            changed=False,
            source_changed=False,
            reason=f"{update.source.label} said {update.status} before.",
        )

    incident, happening = follow_incidents(service, update, actor=actor)
    happened = [(incident, happening)] if incident and happening else []
    if changed:
        if before.status == Status.MAINTENANCE:
            # What broke meanwhile is no longer expected.
            happened += open_postponed(
                service, sources, trace=update.trace, now=update.now, actor=actor
            )
        _note_in_timelines(service, before, update, happened, actor=actor)
    _publish(service, before, update, happened)
    return StatusOutcome(
        status=service.status,
        previous_status=before.status,
        changed=changed,
        source_changed=source_changed,
        reason="" if changed else _explain_holder(service, sources),
        incident=incident,
        incident_event=happening,
    )


@transaction.atomic
def clear_source(
    source: Source,
    *,
    trace: UUID,
    actor: Actor,
    now: datetime,
    but_not: UUID | None = None,
) -> None:
    """Forget what a source says of services, as when it is deleted.

    The services show what the others say; incidents stay open for people to close.

    Args:
        source: Whose word no longer counts.
        trace: Of what made it so.
        actor: Who made it so.
        now: When.
        but_not: A service that it goes on to speak of.
    """
    rows = ServiceSource.objects.filter(
        source_kind=source.kind, source_id=source.id
    ).order_by("service", "key")
    for service_id, key in list(rows.values_list("service_id", "key")):
        if service_id == but_not:
            continue
        update = StatusUpdate(
            status=OPERATIONAL,
            source=source,
            message=f"{source.label} no longer speaks of this service.",
            key=key,
            incidents=IncidentPolicy(auto_resolve=False),
            trace=trace,
            now=now,
        )
        change_service_status(service_id, update, actor=actor)


def _lock_service(service_id: UUID) -> Service:
    found = _LOCKED_SERVICE.run(service_id=service_id)
    if not found:
        raise ServiceGone
    return found[0]


def _keep_in_order(now: datetime, since: datetime) -> datetime:
    """Return a time after the last change, for what came before it and waited longer.

    Changes must follow each other in time as they did in fact: durations are counted
    from it, and who gets the events takes an older one for stale.
    """
    if since - LONGEST_WAIT < now <= since:
        return since + timedelta(microseconds=1)
    return now


def _record_source(
    service: Service, update: StatusUpdate, sources: list[ServiceSource]
) -> bool:
    """Write the source's word, also into ``sources``; tell whether it differs."""
    wanted = (update.source.kind, update.source.id, update.key)
    mine = next(
        (s for s in sources if (s.source_kind, s.source_id, s.key) == wanted), None
    )
    before = OPERATIONAL if mine is None else mine.status
    if update.status == OPERATIONAL:
        if mine is not None:
            sources.remove(mine)
            mine.delete()
        return before != OPERATIONAL

    if mine is None:
        kind, source_id, key = wanted
        mine = ServiceSource(
            service=service, source_kind=kind, source_id=source_id, key=key
        )
        sources.append(mine)
    elif _repeats(mine, update):
        return False
    if before != update.status or mine.is_stale != update.is_stale:
        mine.since = update.since or update.now
    mine.is_stale = update.is_stale
    if before != update.status or update.message:
        mine.message = update.message[:MAX_MESSAGE_LENGTH]
    mine.status = update.status
    mine.source_label = update.source.label[:200]
    mine.incident_policy = store_policy(update)
    mine.updated_at = update.now
    mine.save()
    return before != update.status


def _repeats(mine: ServiceSource, update: StatusUpdate) -> bool:
    """Whether an update says nothing that is not stored, nor for incidents."""
    says_more = update.message not in ("", mine.message)
    if mine.status != update.status or says_more:
        return False
    if mine.is_stale != update.is_stale:
        return False
    return bool(mine.incident_policy == store_policy(update))


def _record_status(
    service: Service, update: StatusUpdate, sources: Iterable[ServiceSource]
) -> bool:
    """Write what the service shows now and, when that is another status, the change."""
    keep_stale(service, sources)
    status = find_effective_status(source.status for source in sources)
    message = _find_message(status, update, sources)
    if status == service.status:
        if status != OPERATIONAL and message != service.status_message:
            service.status_message = message
            service.save(update_fields=("status_message",))
        return False

    change = StatusChange(
        organization=service.organization,
        service=service,
        previous_status=service.status,
        status=status,
        message=message,
        source_kind=update.source.kind,
        source_id=update.source.id,
        source_label=update.source.label[:200],
        receipt_id=update.receipt_id,
        trace=update.trace,
        changed_at=update.now,
    )
    insert_row(change)
    service.status = status
    service.status_since = update.now
    service.status_message = message
    service.save(update_fields=("status", "status_since", "status_message"))
    return True


def _find_message(
    status: str, update: StatusUpdate, sources: Iterable[ServiceSource]
) -> str:
    if status == update.status:
        return update.message[:MAX_MESSAGE_LENGTH]
    holders = [source for source in sources if source.status == status]
    return max(holders, key=lambda source: source.updated_at).message


def _explain_holder(service: Service, sources: Iterable[ServiceSource]) -> str:
    labels = sorted({s.source_label for s in sources if s.status == service.status})
    return f"{service.name} stays {service.status}, as {' and '.join(labels)} says."


def _note_in_timelines(
    service: Service,
    before: _Before,
    update: StatusUpdate,
    happened: Collection[tuple[Incident, str]],
    *,
    actor: Actor,
) -> None:
    """Tell the open incidents of the service, except those that are told anyway."""
    change = f"{service.name}: {before.status} → {service.status}."
    message = f"{change} {update.message}".strip()
    told = {incident.pk for incident, _ in happened}
    links = _OPEN_LINKS.run(service_id=service.pk)
    incident_ids = {link.incident_id for link in links} - told
    if not incident_ids:
        return
    IncidentEntry.objects.bulk_create(
        IncidentEntry(
            incident_id=incident_id,
            kind=IncidentEntry.Kind.STATUS,
            message=message,
            actor_label=actor.label[:200],
            user=actor.user,
            created_at=update.now,
        )
        for incident_id in incident_ids
    )


def _publish(
    service: Service,
    before: _Before,
    update: StatusUpdate,
    happened: Collection[tuple[Incident, str]],
) -> None:
    """Tell each incident; the change itself only to those who take no incidents."""
    changed = None
    if service.status != before.status:
        changed = _build_status_changed(service, before, update)
    for incident, happening in happened:
        publish_incident(
            incident, happening, trace=update.trace, now=update.now, general=changed
        )
        escalations.begin(incident, now=update.now)
        changed = None
    if happened:
        return
    # Publishing an incident does so for all of its services.
    touch_status_pages([service.pk])
    if changed is not None:
        publish_event(service.organization, changed, service_ids=[service.pk])


def _build_status_changed(
    service: Service, before: _Before, update: StatusUpdate
) -> NewEvent:
    network = service.network
    # The change that is told is among them: its row is written already.
    recent = StatusChange.objects.filter(
        service=service, changed_at__gt=update.now - FLAPPING_PERIOD
    )
    return NewEvent(
        type="service.status_changed",
        data=build_status_change_snapshot(
            service,
            update,
            previous_status=before.status,
            previous_since=before.since,
            changes_last_hour=recent.count(),
        ),
        occurred_at=update.now,
        trace=update.trace,
        subject_kind="service",
        subject_id=str(service.pk),
        subject_label=service.name,
        network_id=network.pk if network else None,
        network_name=network.label if network else "",
    )
