"""Publish an event: the event, its bodies and its deliveries, in few statements."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from accounts.models import Organization
from integrations_project.lib.ids import uuid7
from integrations_project.lib.rows import insert_row
from webhooks.actions.holding import hold_deliveries
from webhooks.actions.skipping import DISABLED
from webhooks.datatypes import EventSnapshot, NewEvent, patterns_for
from webhooks.engine import doorbell
from webhooks.exceptions import InvalidTemplate, UnknownFormat, UnsupportedEvent
from webhooks.formats import render
from webhooks.models import Event, Payload

# Who gets an event: those that rules matched or that subscribe to it, in its
# network, each once. `skip` is the more specific event that some have got already.
_MATCHES = """
       d.organization_id = %(organization)s
   AND ({is_target} OR {subscribes})
   AND (NOT EXISTS (SELECT 1 FROM webhooks_destination_networks n
                     WHERE n.destination_id = d.id)
        OR EXISTS (SELECT 1 FROM webhooks_destination_networks n
                    WHERE n.destination_id = d.id AND n.network_id = %(network)s))
   AND NOT {is_excluded}
   AND NOT EXISTS (SELECT 1 FROM webhooks_delivery x
                    WHERE x.event_id = %(skip)s AND x.destination_id = d.id)
"""
# A template is the destination's own: so is its body.
_KEY = "CASE WHEN d.format = 'template' THEN 'template:' || {id} ELSE d.format END"
_FORMATS_SQL = f"""
SELECT DISTINCT d.format, {_KEY},
       CASE WHEN d.format = 'template' THEN d.template ELSE '' END
  FROM webhooks_destination d
 WHERE {_MATCHES}
"""  # noqa: S608  # constants only
_DELIVERIES_SQL = f"""
INSERT INTO webhooks_delivery (
       organization_id, event_id, destination_id, payload_id, event_type, trace,
       status,
       reason,
       due_at, created_at, priority, is_suspect, lost_alone_count, attempt_count,
       is_manual, is_last_attempt, last_error_code, last_error)
SELECT d.organization_id, %(event)s, d.id, p.id, %(type)s, %(trace)s,
       CASE WHEN d.enabled AND p.id IS NOT NULL THEN 'pending' ELSE 'skipped' END,
       CASE WHEN NOT d.enabled THEN %(disabled)s
            WHEN p.id IS NULL AND d.format = 'template' THEN %(unfilled)s
            WHEN p.id IS NULL THEN 'The format ' || d.format || %(uncarried)s
            ELSE '' END,
       {{now}}, {{now}}, 0, FALSE, 0, 0, FALSE, FALSE, '', ''
  FROM webhooks_destination d
  LEFT JOIN webhooks_payload p ON p.event_id = %(event)s AND p.format = {_KEY}
 WHERE {_MATCHES}
"""  # noqa: S608  # constants only
_DIALECTS = {
    "postgresql": {
        "id": "d.id::text",
        "is_target": "d.id = ANY(%(targets)s::uuid[])",
        "is_excluded": "d.id = ANY(%(excluded)s::uuid[])",
        "subscribes": "d.event_types ?| %(patterns)s",
        "now": "now()",
    },
    "sqlite": {
        # Stored without hyphens; keys have them on both databases.
        "id": (
            "substr(d.id, 1, 8) || '-' || substr(d.id, 9, 4) || '-' || "
            "substr(d.id, 13, 4) || '-' || substr(d.id, 17, 4) || '-' || "
            "substr(d.id, 21)"
        ),
        "is_target": "d.id IN (SELECT value FROM json_each(%(targets)s))",
        "is_excluded": "d.id IN (SELECT value FROM json_each(%(excluded)s))",
        "subscribes": (
            "EXISTS (SELECT 1 FROM json_each(d.event_types) t WHERE t.value IN "
            "(SELECT value FROM json_each(%(patterns)s)))"
        ),
        "now": "%(now)s",
    },
}


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
    row = _insert_event(organization, event)
    count = _insert_deliveries(row, event, _find_formats(row, event, skip=None), None)
    hold_deliveries(row, event, patterns=_list_patterns(event, general))
    if general is not None:
        count += _publish_general(organization, general, skip=row)
    if count:
        doorbell.ring()
    return row


def _publish_general(organization: Organization, event: NewEvent, skip: Event) -> int:
    row = _build_event(organization, event)
    formats = _find_formats(row, event, skip=skip)
    if not formats:
        return 0
    row.save(force_insert=True)
    count = _insert_deliveries(row, event, formats, skip)
    hold_deliveries(row, event, patterns=_list_patterns(event))
    return count


def _list_patterns(*events: NewEvent | None) -> set[str]:
    """Return what subscribes to one of the events, which say the same change."""
    told = [each for each in events if each is not None and not each.is_direct]
    return {pattern for each in told for pattern in patterns_for(each.type)}


def _insert_event(organization: Organization, event: NewEvent) -> Event:
    row = _build_event(organization, event)
    insert_row(row)
    return row


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


def _find_formats(row: Event, event: NewEvent, *, skip: Event | None) -> list[_Wanted]:
    with connection.cursor() as cursor:
        cursor.execute(_sql(_FORMATS_SQL), _parameters(row, event, skip))
        return [_Wanted(*found) for found in cursor.fetchall()]


def _insert_deliveries(
    row: Event, event: NewEvent, wanted: list[_Wanted], skip: Event | None
) -> int:
    if not wanted:
        return 0
    snapshot = build_snapshot(row, network_name=event.network_name, links=event.links)
    Payload.objects.bulk_create(_build_payloads(row, snapshot, wanted))
    with connection.cursor() as cursor:
        cursor.execute(_sql(_DELIVERIES_SQL), _parameters(row, event, skip))
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


def _sql(template: str) -> str:
    return template.format(**_DIALECTS[connection.vendor])


def _parameters(row: Event, event: NewEvent, skip: Event | None) -> dict[str, Any]:
    patterns = [] if event.is_direct else patterns_for(event.type)
    identifiers = {
        "organization": row.organization_id,
        "event": row.pk,
        "trace": row.trace,
        "network": row.network_id,
        "skip": skip.pk if skip is not None else None,
    }
    values: dict[str, Any] = {
        "type": row.type,
        "disabled": DISABLED,
        "uncarried": f" cannot carry {row.type}.",
        "unfilled": "The template cannot be filled with this event, or grows too long.",
    }
    if connection.vendor == "postgresql":
        return (
            values
            | identifiers
            | {
                "targets": list(event.destination_ids),
                "excluded": list(event.excluded_destination_ids),
                "patterns": patterns,
            }
        )
    texts = {name: key and key.hex for name, key in identifiers.items()}
    return (
        values
        | texts
        | {
            "targets": _as_json(event.destination_ids),
            "excluded": _as_json(event.excluded_destination_ids),
            "patterns": json.dumps(patterns),
            "now": connection.ops.adapt_datetimefield_value(timezone.now()),
        }
    )


def _as_json(ids: Iterable[UUID]) -> str:
    return json.dumps([key.hex for key in ids])
