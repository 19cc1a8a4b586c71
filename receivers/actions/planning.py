"""Find out what each item of a body asks for, and which of them change nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from alerts import actions as alerts
from alerts.datatypes import IncidentPolicy, ServiceState, Source
from alerts.models import Status
from integrations_project.lib.json_types import quote
from receivers.actions.freshness import explain_stale, list_times
from receivers.datatypes import ItemOutcome, Reading, ReceiverSpec, StatusMapping
from receivers.exceptions import ReceiverError, ServiceUnknown
from receivers.mapping import map_status


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedItem:
    """One item, read and mapped, and the service it is about."""

    reading: Reading
    status: str | None  # None: no table has the value, or it could not be read
    state: ServiceState | None  # None: no such service (yet)
    outcome: ItemOutcome | None  # what there is to say when nothing has to be written
    known_at: datetime | None = None  # the sender's time of what counts already


def build_source(spec: ReceiverSpec) -> Source:
    """Return a receiver as the domain knows it."""
    return Source(kind="receiver", id=str(spec.id), label=spec.name)


def build_policy(spec: ReceiverSpec) -> IncidentPolicy:
    """Return what a receiver does with incidents."""
    return IncidentPolicy(
        auto_create=spec.auto_create_incidents,
        severity=spec.incident_severity,
        auto_resolve=spec.auto_resolve_incidents,
    )


def plan_items(
    spec: ReceiverSpec,
    readings: Sequence[Reading],
    *,
    preset_mapping: StatusMapping | None = None,
) -> list[PlannedItem]:
    """Map each item and look up its service, all in one statement, without a lock.

    A second statement, for senders that tell a time, says how new the known news is.
    """
    readable = [reading for reading in readings if reading.error is None]
    states = _list_states(spec, readable) if readable else []
    by_name = {state.name.lower(): state for state in states}
    fixed = states[0] if spec.service_id and states else None
    has_times = any(reading.occurred_at for reading in readable)
    times = list_times(spec, {s.service_id for s in states}) if has_times else {}

    # Two items for the same thing: the second must see what the first one did.
    named = Counter(_subject(reading) for reading in readable)
    mapped = [(reading, _map(spec, reading, preset_mapping)) for reading in readings]
    by_key = {} if fixed else _find_by_key(spec, mapped, known=by_name)
    plan = []
    for reading, status in mapped:
        state = fixed or by_name.get((reading.service_name or "").lower())
        if state is None and status == Status.OPERATIONAL:
            state = by_key.get(reading.key)
        item = PlannedItem(
            reading=reading,
            status=status,
            state=state,
            outcome=None,
            known_at=times.get((state.service_id, reading.key)) if state else None,
        )
        is_only_one = named[_subject(reading)] == 1
        outcome = _find_outcome(spec, item, is_only_one=is_only_one)
        plan.append(replace(item, outcome=outcome))
    return plan


def _list_states(spec: ReceiverSpec, readable: Sequence[Reading]) -> list[ServiceState]:
    return alerts.list_service_states(
        spec.organization_id,
        source=build_source(spec),
        keys={reading.key for reading in readable},
        service_id=spec.service_id,
        names={reading.service_name or "" for reading in readable},
        network_ids=() if spec.service_id else spec.network_ids,
    )


def _find_by_key(
    spec: ReceiverSpec,
    mapped: Sequence[tuple[Reading, str | None]],
    *,
    known: Mapping[str, ServiceState],
) -> dict[str, ServiceState]:
    """Find the services of recoveries that name no service, only their key.

    PagerDuty's Events API does: its ``resolve`` has the ``dedup_key`` alone.
    """
    keys = {
        reading.key
        for reading, status in mapped
        if reading.error is None
        and reading.key
        and status == Status.OPERATIONAL
        and (reading.service_name or "").lower() not in known
    }
    if not keys:
        return {}
    return alerts.list_states_by_key(
        spec.organization_id,
        source=build_source(spec),
        keys=keys,
        network_ids=spec.network_ids,
    )


def build_failure(
    reading: Reading, error: ReceiverError, *, service: str | None = None
) -> ItemOutcome:
    """Return the outcome of an item that cannot be applied."""
    return ItemOutcome(
        service=service,
        raw_status=reading.raw_status,
        status=None,
        previous_status=None,
        result="failed",
        reason=error.error_code,
        detail=error.message,
        where=reading.where,
    )


def _subject(reading: Reading) -> tuple[str, str]:
    return (reading.service_name or "").lower(), reading.key


def _map(
    spec: ReceiverSpec, reading: Reading, preset_mapping: StatusMapping | None
) -> str | None:
    if reading.raw_status is None:
        return None
    status = map_status(
        reading.raw_status,
        spec.mapping,
        spec.mapping_mode,
        preset_mapping=preset_mapping,
    )
    if status is None and spec.unmapped != "ignore":
        return spec.unmapped
    return status


def _find_outcome(
    spec: ReceiverSpec, item: PlannedItem, *, is_only_one: bool
) -> ItemOutcome | None:
    reading, status, state = item.reading, item.status, item.state
    if reading.error is not None:
        return build_failure(reading, reading.error)
    if status is None:
        detail = f"The value {quote(reading.raw_status or '')} means no status here."
        return ignore(item, reason="unmapped", detail=detail)
    if state is None:
        if spec.create_unknown_services and spec.service_id is None:
            return None
        message = f"No service has the name {quote(reading.service_name or '')}."
        return build_failure(reading, ServiceUnknown(message))
    if not is_only_one:
        return None
    if is_stale(reading, item.known_at):
        return ignore_stale(item, item.known_at)
    is_newer = reading.occurred_at is not None and reading.occurred_at != item.known_at
    if not is_newer and state.has_heard(
        key=reading.key, status=status, message=reading.message
    ):
        detail = f"{spec.name} said {status} before."
        return ignore(item, reason="no_change", detail=detail)
    return None


def is_stale(reading: Reading, known_at: datetime | None) -> bool:
    """Whether newer news than this has counted already."""
    return (
        known_at is not None
        and reading.occurred_at is not None
        and reading.occurred_at < known_at
    )


def ignore_stale(item: PlannedItem, known_at: datetime | None) -> ItemOutcome:
    """Return the outcome of an item that is older than what counts."""
    assert item.reading.occurred_at is not None
    assert known_at is not None
    detail = explain_stale(item.reading.occurred_at, known_at)
    return ignore(item, reason="stale", detail=detail)


def ignore(item: PlannedItem, *, reason: str, detail: str) -> ItemOutcome:
    """Return the outcome of an item that changes nothing."""
    state = item.state
    return ItemOutcome(
        service=state.name if state else item.reading.service_name,
        raw_status=item.reading.raw_status,
        status=item.status,
        previous_status=state.status if state else None,
        result="ignored",
        reason=reason,
        detail=detail,
        service_id=state.service_id if state else None,
        where=item.reading.where,
    )
