"""Publish an event: the event, its bodies and its deliveries, in few statements."""

from __future__ import annotations

import json
from collections.abc import (
    Callable,
    Collection,
    Hashable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from accounts.models import Organization
from integrations_project.lib.ids import uuid7
from integrations_project.lib.rows import insert_rows
from webhooks.actions.fan_out import DELIVERIES, FORMATS, write
from webhooks.actions.holding import hold_deliveries
from webhooks.actions.skipping import DISABLED
from webhooks.datatypes import EventSnapshot, NewEvent, patterns_for
from webhooks.engine import doorbell
from webhooks.exceptions import InvalidTemplate, UnknownFormat, UnsupportedEvent
from webhooks.formats import render
from webhooks.models import Event, Payload

#: Tells the webhooks that rules send an event to.
FindTargets = Callable[[Organization, NewEvent], Collection[UUID]]
_finders: list[FindTargets] = []


def route_by(find_targets: FindTargets) -> None:
    """Let rules decide about the events of this app; the app that has them calls it.

    Nothing here knows rules, which are above it; `publish_own` asks them.
    """
    if find_targets not in _finders:
        _finders.append(find_targets)


def publish_own(organization: Organization, event: NewEvent) -> Event:
    """Publish an event that begins in this app, to the targets of rules as well."""
    targets = {key for find in _finders for key in find(organization, event)}
    return publish(organization, replace(event, destination_ids=targets))


def publish(
    organization: Organization, event: NewEvent, *, general: NewEvent | None = None
) -> Event:
    """Record an event and queue one delivery for each destination that it concerns.

    Runs in the caller's transaction: change, event and deliveries are committed
    together or not at all. Writes one Event, one Payload for each format in use
    (for the format template one for each destination), and the deliveries by one
    statement; then rings for a pump unless one is at work. A disabled destination,
    and one whose format cannot carry the event, gets a delivery that says so.

    Args:
        organization: Whose destinations are told.
        event: The most specific event for what happened.
        general: The same in general words; it goes only to destinations that the
            first did not reach, and leaves no Event when there are none.

    Returns:
        The specific event.
    """
    [row] = publish_all(organization, [(event, general)])
    return row


def publish_all(
    organization: Organization, told: Sequence[tuple[NewEvent, NewEvent | None]]
) -> list[Event]:
    """Publish many events, each with its general one, as `publish` does one by one.

    Events that go the same way share their statements, so that a thousand of them
    take no more than one.
    """
    rows = [_build_event(organization, event) for event, _ in told]
    insert_rows(rows)
    ways: dict[Hashable, _Group] = {}
    for row, (event, general) in zip(rows, told, strict=True):
        key = _describe_way(event), general and _describe_way(general)
        group = ways.setdefault(key, _Group())
        group.add(row, event)
        group.general.append(general)
    count = sum(_tell_group(organization, group) for group in ways.values())
    if count:
        doorbell.ring()
    return rows


@dataclass(slots=True)
class _Group:
    """Events of one type that go to the same destinations, at the same times."""

    rows: list[Event] = field(default_factory=list)
    events: list[NewEvent] = field(default_factory=list)
    #: The same changes in general words; all of them, or none.
    general: list[NewEvent | None] = field(default_factory=list)

    def add(self, row: Event, event: NewEvent) -> None:
        self.rows.append(row)
        self.events.append(event)

    @property
    def sample(self) -> tuple[Event, NewEvent]:
        """One of them: who is told of it is told of each."""
        return self.rows[0], self.events[0]


def _describe_way(event: NewEvent) -> Hashable:
    """Return everything that decides where an event goes, and when."""
    return (
        event.type,
        event.network_id,
        event.is_direct,
        frozenset(event.destination_ids),
        frozenset(event.excluded_destination_ids),
        frozenset(event.holds.items()),
        frozenset(event.hold_reasons.items()),
    )


def _tell_group(organization: Organization, group: _Group) -> int:
    count = _insert_deliveries(group, _find_formats(group, skip=None), None)
    _, event = group.sample
    general = group.general[0]
    hold_deliveries(group.rows, event, patterns=_list_patterns(event, general))
    if general is not None:
        count += _tell_general(organization, group)
    return count


def _tell_general(organization: Organization, group: _Group) -> int:
    told = _Group()
    for general in group.general:
        if general is not None:
            told.add(_build_event(organization, general), general)
    # Whoever got one of the specific events got each of them.
    skip, _ = group.sample
    formats = _find_formats(told, skip=skip)
    if not formats:
        return 0
    insert_rows(told.rows)
    count = _insert_deliveries(told, formats, skip)
    _, event = told.sample
    hold_deliveries(told.rows, event, patterns=_list_patterns(event))
    return count


def _list_patterns(*events: NewEvent | None) -> set[str]:
    """Return what subscribes to one of the events, which say the same change."""
    told = [each for each in events if each is not None and not each.is_direct]
    return {pattern for each in told for pattern in patterns_for(each.type)}


def _build_event(organization: Organization, event: NewEvent) -> Event:
    return Event(
        id=event.id or uuid7(),
        organization=organization,
        network_id=event.network_id,
        type=event.type,
        subject_kind=event.subject_kind,
        subject_id=event.subject_id,
        subject_label=event.subject_label[:200],
        data=event.data,
        trace=event.trace,
        occurred_at=event.occurred_at,
    )


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A body that somebody wants."""

    format: str
    key: str  # what tells it apart among the event's payloads
    template: str


def _find_formats(group: _Group, *, skip: Event | None) -> list[_Wanted]:
    with connection.cursor() as cursor:
        cursor.execute(write(FORMATS), _parameters(group, skip))
        return [_Wanted(*found) for found in cursor.fetchall()]


def _insert_deliveries(group: _Group, wanted: list[_Wanted], skip: Event | None) -> int:
    if not wanted:
        return 0
    payloads: list[Payload] = []
    for row, event in zip(group.rows, group.events, strict=True):
        snapshot = build_snapshot(
            row, network_name=event.network_name, links=event.links
        )
        payloads += _build_payloads(row, snapshot, wanted)
    insert_rows(payloads)
    with connection.cursor() as cursor:
        cursor.execute(write(DELIVERIES), _parameters(group, skip))
        return int(cursor.rowcount)


def _build_payloads(
    row: Event, snapshot: EventSnapshot, wanted: list[_Wanted]
) -> Iterator[Payload]:
    """Yield the bodies; a format or a template that cannot carry it has none."""
    bodies: dict[tuple[str, str], str] = {}  # one template is often used by many
    for each in wanted:
        shape = (each.format, each.template)
        if shape not in bodies:
            try:
                bodies[shape] = render(each.format, snapshot, template=each.template)
            except (UnknownFormat, UnsupportedEvent, InvalidTemplate):
                continue
        yield Payload(event=row, format=each.key, body=bodies[shape])


def build_snapshot(
    row: Event, *, network_name: str, links: Mapping[str, str] | None = None
) -> EventSnapshot:
    """Return an event as the formats see it."""
    return EventSnapshot(
        id=str(row.pk),
        type=row.type,
        occurred_at=row.occurred_at,
        trace=str(row.trace),
        network_name=network_name,
        organization_id=str(row.organization_id),
        subject=f"{row.subject_kind}/{row.subject_id}" if row.subject_id else "",
        links=links or {},
        data=row.data,
    )


def _parameters(group: _Group, skip: Event | None) -> dict[str, Any]:
    row, event = group.sample
    patterns = [] if event.is_direct else patterns_for(event.type)
    identifiers = {
        "organization": row.organization_id,
        "network": row.network_id,
        "skip": skip.pk if skip is not None else None,
    }
    lists: dict[str, Iterable[UUID]] = {
        "events": [each.pk for each in group.rows],
        "targets": event.destination_ids,
        "excluded": event.excluded_destination_ids,
    }
    values: dict[str, Any] = {
        "disabled": DISABLED,
        "uncarried": f" cannot carry {row.type}.",
        "unfilled": "The template cannot be filled with this event, or grows too long.",
    }
    if connection.vendor == "postgresql":
        values |= identifiers | {name: list(ids) for name, ids in lists.items()}
        return values | {"patterns": patterns}
    values |= {name: key and key.hex for name, key in identifiers.items()}
    values |= {name: _as_json(ids) for name, ids in lists.items()}
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    return values | {"patterns": json.dumps(patterns), "now": now}


def _as_json(ids: Iterable[UUID]) -> str:
    return json.dumps([key.hex for key in ids])
