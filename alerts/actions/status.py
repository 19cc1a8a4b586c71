"""The one way to change a service's status."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction

from alerts.actions.following import follow_incidents, open_postponed, store_policy
from alerts.actions.rounds import Before, Round, Told
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
    Service,
    ServiceSource,
    Status,
    StatusChange,
)
from alerts.severity import find_effective_status
from alerts.staleness import keep_stale

if TYPE_CHECKING:
    from accounts.datatypes import Actor

OPERATIONAL = Status.OPERATIONAL.value
MAX_MESSAGE_LENGTH = 1000
#: So long a request may wait for its turn; a clock that is further behind was set back.
LONGEST_WAIT = timedelta(minutes=1)


def lock_services(service_ids: Collection[UUID]) -> list[UUID]:
    """Lock several services in one order, so that two requests cannot deadlock.

    Returns:
        Those that there are, in that order.
    """
    rows = Service.objects.select_for_update(no_key=True).filter(pk__in=service_ids)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def change_service_status(
    service_id: UUID, update: StatusUpdate, *, actor: Actor
) -> StatusOutcome:
    """Note what a source says of a service, as `change_statuses` does.

    Raises:
        UnknownStatus: The status is none of the four.
        ServiceGone: The service was deleted meanwhile.
    """
    [outcome] = change_statuses([(service_id, update)], actor=actor)
    return outcome


@transaction.atomic(savepoint=False)
def change_statuses(
    updates: Sequence[tuple[UUID, StatusUpdate]], *, actor: Actor
) -> list[StatusOutcome]:
    """Note what a source says of a service, and do everything that follows from it.

    For each update it writes the source's word (``operational`` clears it), the
    service's status, the change, the incident that the policy asks for or the end of
    the one that this source opened, and publishes one event: ``incident.opened`` or
    ``incident.resolved`` with ``service.status_changed`` for those who take only
    that, or ``service.status_changed`` alone. All of it in the caller's transaction,
    with the services' rows locked. Saying the same again writes nothing but a new
    message. One update follows the other as if each were made alone, but what is not
    about the same things is read, written and published together.

    Args:
        updates: Ids of services, of one organization, each with what one source says;
            the same service may come several times.
        actor: Who says so.

    Returns:
        What each of the updates did.

    Raises:
        UnknownStatus: A status is none of the four.
        ServiceGone: A service was deleted meanwhile.
    """
    if not updates:
        return []
    if any(update.status not in Status.values for _, update in updates):
        raise UnknownStatus
    service_ids = {service_id for service_id, _ in updates}
    round_ = Round(service_ids, asked=updates[0][1])
    if len(round_.services) < len(service_ids):
        raise ServiceGone
    outcomes = [
        _change_status(round_, round_.services[service_id], update, actor=actor)
        for service_id, update in updates
    ]
    round_.finish()
    return outcomes


def _change_status(
    round_: Round, service: Service, update: StatusUpdate, *, actor: Actor
) -> StatusOutcome:
    round_.begin(service)
    update = replace(update, now=_keep_in_order(update.now, service.status_since))
    sources = round_.sources[service.pk]
    before = Before(service.status, service.status_since)

    source_changed = _record_source(round_, service, update)
    changed = _record_status(round_, service, update)
    if not source_changed and not changed:
        return StatusOutcome(
            status=before.status,
            previous_status=before.status,
            changed=False,
            source_changed=False,
            reason=f"{update.source.label} said {update.status} before.",
        )

    incident, happening = _follow(round_, service, before, update, actor=actor)
    return StatusOutcome(
        status=service.status,
        previous_status=before.status,
        changed=changed,
        source_changed=source_changed,
        reason="" if changed else _explain_holder(service, sources),
        incident=incident,
        incident_event=happening,
    )


def _follow(
    round_: Round,
    service: Service,
    before: Before,
    update: StatusUpdate,
    *,
    actor: Actor,
) -> tuple[Incident | None, str]:
    """Let incidents follow the source's word; all of it is told with the round."""
    incident, happening = follow_incidents(service, update, actor=actor, desk=round_)
    happened = [(incident, happening)] if incident and happening else []
    if incident:
        # What is postponed must see it.
        round_.own_links.forget(service.pk)
    if incident and not happening:
        round_.forget_incidents(service)
    is_changed = service.status != before.status
    if is_changed and before.status == Status.MAINTENANCE:
        # What broke meanwhile is no longer expected.
        happened += open_postponed(
            service,
            round_.sources[service.pk],
            trace=update.trace,
            now=update.now,
            actor=actor,
            desk=round_,
        )
    told = Told(
        service=service,
        before=before,
        update=update,
        is_changed=is_changed,
        incidents=happened,
    )
    if is_changed:
        _note_in_timelines(round_, told, actor=actor)
    if happened:
        round_.forget_incidents(service)
    round_.tell(told)
    return incident, happening


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


def _keep_in_order(now: datetime, since: datetime) -> datetime:
    """Return a time after the last change, for what came before it and waited longer.

    Changes must follow each other in time as they did in fact: durations are counted
    from it, and who gets the events takes an older one for stale.
    """
    if since - LONGEST_WAIT < now <= since:
        return since + timedelta(microseconds=1)
    return now


def _record_source(round_: Round, service: Service, update: StatusUpdate) -> bool:
    """Keep the source's word, also among the service's; tell whether it differs."""
    sources = round_.sources[service.pk]
    wanted = (update.source.kind, update.source.id, update.key)
    mine = next(
        (s for s in sources if (s.source_kind, s.source_id, s.key) == wanted), None
    )
    before = OPERATIONAL if mine is None else mine.status
    if update.status == OPERATIONAL:
        if mine is not None:
            sources.remove(mine)
            round_.drop_source(mine)
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
    round_.keep_source(mine)
    return before != update.status


def _repeats(mine: ServiceSource, update: StatusUpdate) -> bool:
    """Whether an update says nothing that is not stored, nor for incidents."""
    says_more = update.message not in ("", mine.message)
    if mine.status != update.status or says_more:
        return False
    if mine.is_stale != update.is_stale:
        return False
    return bool(mine.incident_policy == store_policy(update))


def _record_status(round_: Round, service: Service, update: StatusUpdate) -> bool:
    """Keep what the service shows now and, when that is another status, the change."""
    sources = round_.sources[service.pk]
    keep_stale(service, sources)
    status = find_effective_status(source.status for source in sources)
    message = _find_message(status, update, sources)
    if status == service.status:
        if status != OPERATIONAL and message != service.status_message:
            service.status_message = message
            round_.keep_service(service)
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
    round_.add_change(change)
    service.status = status
    service.status_since = update.now
    service.status_message = message
    round_.keep_service(service)
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


def _note_in_timelines(round_: Round, told: Told, *, actor: Actor) -> None:
    """Tell the open incidents of the service, except those that are told anyway."""
    service, update = told.service, told.update
    change = f"{service.name}: {told.before.status} → {service.status}."
    message = f"{change} {update.message}".strip()
    known = {incident.pk for incident, _ in told.incidents}
    for incident_id in round_.list_open_incidents(service) - known:
        entry = IncidentEntry(
            incident_id=incident_id,
            kind=IncidentEntry.Kind.STATUS,
            message=message,
            actor_label=actor.label[:200],
            user=actor.user,
            created_at=update.now,
        )
        round_.add_entry(entry)
