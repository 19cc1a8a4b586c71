"""Find out what each item of a body asks for, and which of them change nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from alerts import actions as alerts
from alerts.datatypes import IncidentPolicy, ServiceState, Source
from integrations_project.lib.json_types import quote
from receivers.datatypes import ItemOutcome, Reading, ReceiverSpec
from receivers.exceptions import ReceiverError, ServiceUnknown
from receivers.mapping import map_status


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedItem:
    """One item, read and mapped, and the service it is about."""

    reading: Reading
    status: str | None  # None: no table has the value, or it could not be read
    state: ServiceState | None  # None: no such service (yet)
    outcome: ItemOutcome | None  # what there is to say when nothing has to be written


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


def plan_items(spec: ReceiverSpec, readings: Sequence[Reading]) -> list[PlannedItem]:
    """Map each item and look up its service, all in one statement, without a lock."""
    readable = [reading for reading in readings if reading.error is None]
    states: list[ServiceState] = []
    if readable:
        states = alerts.list_service_states(
            spec.organization_id,
            source=build_source(spec),
            keys={reading.key for reading in readable},
            service_id=spec.service_id,
            names={reading.service_name or "" for reading in readable},
            network_ids=() if spec.service_id else spec.network_ids,
        )
    by_name = {state.name.lower(): state for state in states}
    fixed = states[0] if spec.service_id and states else None

    # Two items for the same thing: the second must see what the first one did.
    named = Counter(_subject(reading) for reading in readable)
    return [
        _plan_item(
            spec,
            reading,
            state=fixed or by_name.get((reading.service_name or "").lower()),
            is_only_one=named[_subject(reading)] == 1,
        )
        for reading in readings
    ]


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
    )


def _subject(reading: Reading) -> tuple[str, str]:
    return (reading.service_name or "").lower(), reading.key


def _plan_item(
    spec: ReceiverSpec,
    reading: Reading,
    *,
    state: ServiceState | None,
    is_only_one: bool,
) -> PlannedItem:
    status = _map(spec, reading)
    return PlannedItem(
        reading=reading,
        status=status,
        state=state,
        outcome=_find_outcome(spec, reading, status, state, is_only_one=is_only_one),
    )


def _map(spec: ReceiverSpec, reading: Reading) -> str | None:
    if reading.raw_status is None:
        return None
    status = map_status(reading.raw_status, spec.mapping, spec.mapping_mode)
    if status is None and spec.unmapped != "ignore":
        return spec.unmapped
    return status


def _find_outcome(
    spec: ReceiverSpec,
    reading: Reading,
    status: str | None,
    state: ServiceState | None,
    *,
    is_only_one: bool,
) -> ItemOutcome | None:
    if reading.error is not None:
        return build_failure(reading, reading.error)
    if status is None:
        detail = f"The value {quote(reading.raw_status or '')} means no status here."
        return _ignore(reading, state, status=None, reason="unmapped", detail=detail)
    if state is None:
        if spec.create_unknown_services and spec.service_id is None:
            return None
        message = f"No service has the name {quote(reading.service_name or '')}."
        return build_failure(reading, ServiceUnknown(message))
    if is_only_one and state.has_heard(
        key=reading.key, status=status, message=reading.message
    ):
        detail = f"{spec.name} said {status} before."
        return _ignore(reading, state, status=status, reason="no_change", detail=detail)
    return None


def _ignore(
    reading: Reading,
    state: ServiceState | None,
    *,
    status: str | None,
    reason: str,
    detail: str,
) -> ItemOutcome:
    return ItemOutcome(
        service=state.name if state else reading.service_name,
        raw_status=reading.raw_status,
        status=status,
        previous_status=state.status if state else None,
        result="ignored",
        reason=reason,
        detail=detail,
        service_id=state.service_id if state else None,
    )
