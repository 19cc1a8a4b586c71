"""Do what the items of a body ask for: services made, changed, and told of."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.datatypes import Actor
from accounts.models import Network, Organization
from alerts import actions as alerts
from alerts.datatypes import ServiceState, StatusOutcome, StatusUpdate
from receivers.actions.freshness import (
    Times,
    list_times,
    note_times,
)
from receivers.actions.planning import (
    PlannedItem,
    build_failure,
    build_policy,
    build_source,
    ignore_stale,
    is_stale,
)
from receivers.actions.receipts import Case
from receivers.datatypes import (
    ItemOutcome,
    ReceiverSpec,
)
from receivers.exceptions import ReceiverError, ServiceUnknown


def apply_items(case: Case, plan: Sequence[PlannedItem]) -> list[ItemOutcome]:
    """Do what items ask for, all at once; one follows the other in their order."""
    service_ids = {item.state.service_id for item in plan if item.state is not None}
    has_times = any(item.reading.occurred_at for item in plan)
    times: Times = {}
    if has_times or any(item.state is None for item in plan):
        alerts.lock_services(service_ids)
    if has_times:
        # Again, now that nobody else can bring newer news.
        times = list_times(case.spec, service_ids)
    maker = _Maker(case)
    outcomes = [item.outcome or _prepare(case, item, maker, times) for item in plan]
    news = [each for each in outcomes if isinstance(each, _News)]
    note_times(case.spec, [(each.service_id, each.item.reading) for each in news])
    updates = [(each.service_id, _build_update(case, each.item)) for each in news]
    done = iter(alerts.change_statuses(updates, actor=_actor(case)))
    return [
        _build_outcome(each, next(done)) if isinstance(each, _News) else each
        for each in outcomes
    ]


class _News(NamedTuple):
    """An item that is to change its service, if that does not say the same."""

    item: PlannedItem
    service_id: UUID
    name: str


def _prepare(
    case: Case, item: PlannedItem, maker: _Maker, times: Times
) -> _News | ItemOutcome:
    """Return what an item asks for; its service is made if it must be."""
    reading, state = item.reading, item.state
    name = state.name if state else reading.service_name or ""
    service = state.service_id if state else maker.made.get(name.lower())
    if service is None:
        service = maker.make(name)
        if isinstance(service, UUID) and reading.occurred_at is not None:
            # Somebody else may have made it meanwhile, and brought newer news. The
            # service's row before the times of its news, as everybody locks them.
            alerts.lock_services({service})
            times.update(list_times(case.spec, {service}))
    if isinstance(service, ReceiverError):
        return build_failure(reading, service, service=name)
    known_at = times.get((service, reading.key))
    if is_stale(reading, known_at):
        return ignore_stale(item, known_at)
    if reading.occurred_at is not None:
        times[service, reading.key] = reading.occurred_at
    return _News(item, service, name)


def _build_update(case: Case, item: PlannedItem) -> StatusUpdate:
    assert item.status is not None  # an unmapped item has its outcome already
    reading = item.reading
    return StatusUpdate(
        status=item.status,
        source=build_source(case.spec),
        message=reading.message,
        key=reading.key,
        group=reading.group,
        incidents=build_policy(case.spec),
        receipt_id=case.receipt_id,
        trace=case.trace,
        now=case.request.received_at,
    )


def _build_outcome(news: _News, outcome: StatusOutcome) -> ItemOutcome:
    item = news.item
    is_news = outcome.changed or outcome.source_changed
    reason = "" if outcome.changed else "held_by_other" if is_news else "no_change"
    return ItemOutcome(
        service=news.name,
        raw_status=item.reading.raw_status,
        status=item.status,
        previous_status=outcome.previous_status,
        result="processed" if is_news else "ignored",
        reason=reason,
        incident=str(outcome.incident.pk) if outcome.incident else None,
        detail=outcome.reason,
        service_id=news.service_id,
        where=item.reading.where,
    )


class _Maker:
    """Makes the services that a body names and nobody knows, each once."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self.made: dict[str, UUID | ReceiverError] = {}

    def make(self, name: str) -> UUID | ReceiverError:
        """Make a service; returns its id, or why it cannot be made."""
        made = self.made[name.lower()] = self._make(name)
        return made

    @cached_property
    def _organization(self) -> Organization:
        return Organization.objects.get(pk=self._case.spec.organization_id)

    @cached_property
    def _network(self) -> Network | None:
        ids = self._case.spec.network_ids
        rows = Network.objects.filter(pk__in=ids).order_by("label")
        return rows.first() if ids else None

    def _make(self, name: str) -> UUID | ReceiverError:
        case = self._case
        try:
            with transaction.atomic():
                return alerts.create_service(
                    self._organization,
                    actor=_actor(case),
                    now=case.request.received_at,
                    trace=case.trace,
                    name=name,
                    network=self._network,
                ).pk
        except (IntegrityError, ValidationError) as error:
            # Somebody else made it meanwhile, or it is in a network that is not ours.
            state = _find_by_name(case.spec, name)
            if state is not None:
                return state.service_id
            said = " ".join(getattr(error, "messages", []))
            message = f"The service could not be created. {said}".strip()
            return ServiceUnknown(message)


def _find_by_name(spec: ReceiverSpec, name: str) -> ServiceState | None:
    states = alerts.list_service_states(
        spec.organization_id,
        source=build_source(spec),
        keys={""},
        names={name},
        network_ids=spec.network_ids,
    )
    return states[0] if states else None


def _actor(case: Case) -> Actor:
    return Actor(label=case.spec.name, ip_address=case.request.source_ip)
