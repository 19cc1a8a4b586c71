"""Changes of many services in one transaction: read once, written and told together.

What a change asks of the database is the same for each service. Asked for five hundred
of them one by one, it would hold the lock of a database for many seconds.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from alerts.actions import escalations
from alerts.actions.incidents import Happening, OwnLinks, build_news, post_happenings
from alerts.actions.routing import News, publish_events
from alerts.actions.status_pages import touch_pages_showing
from alerts.datatypes import StatusUpdate
from alerts.models import (
    Incident,
    IncidentEntry,
    IncidentService,
    Service,
    ServiceSource,
    StatusChange,
)
from alerts.snapshots import build_status_change_snapshot
from integrations_project.lib.prepared import Prepared, adapt
from integrations_project.lib.rows import delete_rows, insert_rows, update_rows
from webhooks.datatypes import NewEvent

FLAPPING_PERIOD = timedelta(hours=1)
_SOURCE_KEY = ("service", "source_kind", "source_id", "key")
_SOURCE_FIELDS = (
    "source_label",
    "status",
    "message",
    "incident_policy",
    "is_stale",
    "since",
    "updated_at",
)

# What every post that changes a status asks is written once.
_LOCKED = Prepared(
    lambda service_ids: (
        Service.objects.select_for_update(of=("self",), no_key=True)
        .select_related("organization", "network")
        .filter(pk__in=service_ids)
        # In one order, so that two requests cannot deadlock.
        .order_by("pk")
    ),
    service_ids=[UUID(int=1)],
)
_SOURCES = Prepared(
    lambda service_ids: ServiceSource.objects.filter(service__in=service_ids).order_by(
        "pk"
    ),
    service_ids=[UUID(int=1)],
)
_OPEN_LINKS = Prepared(
    lambda service_ids: IncidentService.objects.filter(
        service__in=service_ids,
        resolved_at=None,
        incident__status=Incident.Status.OPENED,
    ),
    service_ids=[UUID(int=1)],
)
_COUNT = """
SELECT service_id, COUNT(*) FROM alerts_statuschange
 WHERE service_id IN ({places}) AND changed_at > %s GROUP BY service_id
"""


class Before(NamedTuple):
    """What a service showed before an update."""

    status: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is to be published of one update of a service."""

    service: Service
    before: Before
    update: StatusUpdate
    is_changed: bool  # the service shows another status now
    incidents: Sequence[tuple[Incident, str]]  # each with what happened to it


@dataclass(slots=True)
class _Unwritten:
    """Rows that the updates so far ask for, and what is to be told of them."""

    kept: dict[tuple[object, ...], ServiceSource] = field(default_factory=dict)
    dropped: dict[tuple[object, ...], ServiceSource] = field(default_factory=dict)
    changes: list[StatusChange] = field(default_factory=list)
    services: dict[UUID, Service] = field(default_factory=dict)
    entries: list[IncidentEntry] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    services_told: set[UUID] = field(default_factory=set)
    incidents_told: set[UUID] = field(default_factory=set)


class Round:
    """Services of one organization, locked, and what becomes of them.

    What updates ask for is written at the end, and before an update that is about
    what is still to be told, so that each event shows things as they were then.
    """

    def __init__(self, service_ids: Collection[UUID], *, asked: StatusUpdate) -> None:
        """Lock the services and read what is said of them.

        Args:
            service_ids: Of the services; those that are gone are left out.
            asked: One of the updates; the others are from the same source.
        """
        found = _LOCKED.run(service_ids=set(service_ids))
        self.services = {service.pk: service for service in found}
        self.sources: dict[UUID, list[ServiceSource]] = {
            key: [] for key in self.services
        }
        for said in _SOURCES.run(service_ids=list(self.services)):
            self.sources[said.service_id].append(said)
        self.own_links = OwnLinks(asked.source, list(self.services))
        self._open_links: dict[UUID, set[UUID]] | None = None
        self._unwritten = _Unwritten()
        self._staged = _Unwritten()  # what the update at hand asks for

    def begin(self, service: Service) -> None:
        """Say that an update of a service begins."""
        self._add_staged()
        if service.pk in self._unwritten.services_told:
            self.flush()

    def begin_incident(self, incident_id: UUID) -> None:
        """Say that an update is about to touch an incident."""
        if incident_id in self._unwritten.incidents_told:
            self.flush()

    def keep_source(self, said: ServiceSource) -> None:
        """Store what a source says, new or changed."""
        self._staged.kept[_identify(said)] = said

    def drop_source(self, said: ServiceSource) -> None:
        """Forget what a source said."""
        self._staged.dropped[_identify(said)] = said

    def keep_service(self, service: Service) -> None:
        """Store what a service shows."""
        self._staged.services[service.pk] = service

    def add_change(self, change: StatusChange) -> None:
        """Store a change of a status."""
        self._staged.changes.append(change)

    def add_entry(self, entry: IncidentEntry) -> None:
        """Store a line of an incident's timeline."""
        self.begin_incident(entry.incident_id)
        self._staged.entries.append(entry)

    def list_open_incidents(self, service: Service) -> set[UUID]:
        """Return the open incidents that a service is in."""
        if self._open_links is None:
            self._open_links = _group_links(list(self.services))
        if service.pk not in self._open_links:
            self._open_links |= _group_links([service.pk])
        return self._open_links[service.pk]

    def forget_incidents(self, service: Service) -> None:
        """Read the incidents of a service anew when they are asked for next."""
        self.own_links.forget(service.pk)
        if self._open_links is not None:
            self._open_links.pop(service.pk, None)

    def tell(self, told: Told) -> None:
        """Publish what became of a service, when the round is written."""
        self._add_staged()
        self._unwritten.told.append(told)
        if told.is_changed or told.incidents:
            # Otherwise nothing is said of it, but that its pages are to be looked at.
            self._unwritten.services_told.add(told.service.pk)
        self._unwritten.incidents_told.update(each.pk for each, _ in told.incidents)

    def finish(self) -> None:
        """Write and publish what is left."""
        self._add_staged()
        self.flush()

    def flush(self) -> None:
        """Write everything before the update at hand, and publish it in its order."""
        unwritten, self._unwritten = self._unwritten, _Unwritten()
        delete_rows(list(unwritten.dropped.values()), *_SOURCE_KEY)
        insert_rows(
            list(unwritten.kept.values()), unique=_SOURCE_KEY, update=_SOURCE_FIELDS
        )
        insert_rows(unwritten.changes)
        update_rows(
            list(unwritten.services.values()),
            "status",
            "status_since",
            "status_message",
        )
        insert_rows(unwritten.entries)
        if unwritten.told:
            _publish(unwritten.told)

    def _add_staged(self) -> None:
        staged, self._staged = self._staged, _Unwritten()
        known = self._unwritten
        for key, said in staged.kept.items():
            known.dropped.pop(key, None)
            known.kept[key] = said
        for key, said in staged.dropped.items():
            known.kept.pop(key, None)
            known.dropped[key] = said
        known.services |= staged.services
        known.changes += staged.changes
        known.entries += staged.entries


def _publish(told: Sequence[Told]) -> None:
    """Tell each incident; a change itself only to those who take no incidents."""
    counts = _count_recent_changes([each for each in told if each.is_changed])
    organization = told[0].service.organization
    happened: list[Happening] = []
    order: list[News | Happening] = []
    for each in told:
        changed = _build_changed(each, counts) if each.is_changed else None
        for incident, happening in each.incidents:
            incident.organization = organization
            happened.append(
                Happening(
                    incident=incident,
                    happening=happening,
                    trace=each.update.trace,
                    now=each.update.now,
                    general=changed,
                )
            )
            order.append(happened[-1])
            changed = None
        if changed is not None:
            order.append(News(event=changed, service_ids=[each.service.pk]))

    built = iter(build_news(happened))
    news = [next(built) if isinstance(each, Happening) else each for each in order]
    reached = {each.service.pk for each in told}.union(*(n.service_ids for n in news))
    pages = touch_pages_showing(reached)
    publish_events(organization, news)
    post_happenings(happened, pages)
    escalations.begin_all([each.incident for each in happened], now=told[0].update.now)


def _build_changed(told: Told, counts: dict[UUID, int]) -> NewEvent:
    service, update = told.service, told.update
    network = service.network
    return NewEvent(
        type="service.status_changed",
        data=build_status_change_snapshot(
            service,
            update,
            previous_status=told.before.status,
            previous_since=told.before.since,
            changes_last_hour=counts[service.pk],
        ),
        occurred_at=update.now,
        trace=update.trace,
        subject_kind="service",
        subject_id=str(service.pk),
        subject_label=service.name,
        network_id=network.pk if network else None,
        network_name=network.label if network else "",
    )


def _count_recent_changes(told: Sequence[Told]) -> dict[UUID, int]:
    """Return how often services changed lately; what is told is among it."""
    since: dict[datetime, list[UUID]] = {}
    for each in told:
        moment = each.update.now - FLAPPING_PERIOD
        since.setdefault(moment, []).append(each.service.pk)
    counts: dict[UUID, int] = {}
    for moment, service_ids in since.items():
        ids = {adapt(key): key for key in service_ids}
        statement = _COUNT.format(places=", ".join(["%s"] * len(ids)))
        with connection.cursor() as cursor:
            cursor.execute(statement, [*ids, adapt(moment)])
            counts.update((ids[key], count) for key, count in cursor.fetchall())
    return counts


def _group_links(service_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    found: dict[UUID, set[UUID]] = {key: set() for key in service_ids}
    for link in _OPEN_LINKS.run(service_ids=service_ids):
        found[link.service_id].add(link.incident_id)
    return found


def _identify(said: ServiceSource) -> tuple[object, ...]:
    return said.service_id, said.source_kind, said.source_id, said.key
