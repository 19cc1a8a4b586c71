"""Windows that are on: which events they keep rules from telling, and what is owed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from django.db.models import Q

from alerts.actions.outline import group_subjects
from alerts.models import Incident, IncidentEntry, Service, Silenced, Status, Window
from alerts.window_words import say_silenced
from alerts.windows import Scope
from integrations_project.lib.prepared import Prepared

if TYPE_CHECKING:
    from alerts.actions.lasting import Subject
    from alerts.conditions import EventFacts

_BAD = (Status.DEGRADED.value, Status.DOWN.value)
# Every event asks for these; an index holds the few that are on.
_STARTED = Prepared(
    lambda organization_id: Window.objects.filter(
        organization=organization_id, active_until__isnull=False
    ).order_by(),
    organization_id=UUID(int=1),
)


class Thing(NamedTuple):
    """A service, as scopes look at it."""

    id: UUID
    network_id: UUID | None
    labels: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveWindow:
    """A window that is on."""

    id: UUID
    title: str
    is_maintenance: bool
    until: datetime
    time_zone: str
    scope: Scope

    def covers(self, thing: Thing) -> bool:
        """Whether it is about a service."""
        return self.scope.covers(*thing)


@dataclass(slots=True, kw_only=True)
class Quiet:
    """What windows mean for events that are published together."""

    organization_id: UUID
    windows: list[ActiveWindow] = field(default_factory=list)
    rows: dict[Subject, Silenced] = field(default_factory=dict)
    kept: dict[Subject, Silenced] = field(default_factory=dict)
    over: list[Silenced] = field(default_factory=list)

    def judge(self, facts: EventFacts, *, now: datetime) -> Verdict:
        """Return what rules may do with an event, and take down what is owed."""
        window = find_silencer(self.windows, facts)
        row = self.rows.get(facts.subject) if facts.subject else None
        if window is None and row is None:
            return Verdict()
        if facts.phase == "over":
            return self._judge_over(facts, window, row, now=now)
        if window is None:
            if row is not None and facts.phase == "bad":
                self.over.append(row)
            return Verdict()
        if facts.phase == "bad":
            was_bad = facts.data.get("previous_status") in _BAD
            row = row or self._build(facts, window, now=now, was_told=was_bad)
            row.rule_ids = None
            self._keep(row)
        return Verdict(window=window, is_silent=True)

    def write(self) -> None:
        """Store what is owed, and forget what is not any more."""
        if self.over:
            Silenced.objects.filter(pk__in=[row.pk for row in self.over]).delete()
        keep_silenced(self.kept.values())

    def _judge_over(
        self,
        facts: EventFacts,
        window: ActiveWindow | None,
        row: Silenced | None,
        *,
        now: datetime,
    ) -> Verdict:
        """Let it pass to those who know that it was bad."""
        rests = facts.data.get("status") == Status.MAINTENANCE and window is not None
        was_bad = facts.data.get("previous_status") in _BAD
        knows = row.was_told if row is not None else was_bad or not rests
        if rests and window is not None:
            # The end of the work is told to the same ones.
            row = row or self._build(facts, window, now=now, was_told=knows)
            row.was_told = knows
            self._keep(row)
        elif row is not None:
            self.over.append(row)
        missed = frozenset(row.rule_ids or ()) if row is not None else frozenset()
        return Verdict(window=window, is_silent=not knows, without_rules=missed)

    def _build(
        self,
        facts: EventFacts,
        window: ActiveWindow,
        *,
        now: datetime,
        was_told: bool,
    ) -> Silenced:
        assert facts.subject is not None  # only points have none
        kind, key = facts.subject
        return Silenced(
            organization_id=self.organization_id,
            window_id=window.id,
            subject_kind=kind,
            subject_id=key,
            since=now,
            was_told=was_told,
        )

    def _keep(self, row: Silenced) -> None:
        self.rows[row.subject_kind, row.subject_id] = row
        self.kept[row.subject_kind, row.subject_id] = row


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What rules may do with one event."""

    window: ActiveWindow | None = None
    is_silent: bool = False
    #: Ids of rules that know nothing of what is over.
    without_rules: frozenset[str] = frozenset()


def find_quiet(
    organization_id: UUID, events: Collection[EventFacts], *, now: datetime
) -> Quiet:
    """Return what windows mean for events; one statement when no window is on."""
    started = _STARTED.run(organization_id=organization_id)
    if not started:
        return Quiet(organization_id=organization_id)
    condition = Q()
    for kind, keys in group_subjects(events).items():
        condition |= Q(subject_kind=kind, subject_id__in=keys)
    rows = Silenced.objects.filter(condition) if condition else ()
    return Quiet(
        organization_id=organization_id,
        windows=_load(started, now=now),
        rows={(row.subject_kind, row.subject_id): row for row in rows},
    )


def list_active_windows(organization_id: UUID, *, now: datetime) -> list[ActiveWindow]:
    """Return the windows that are on, the one that ends last first.

    One statement when there are none, three otherwise.
    """
    return _load(_STARTED.run(organization_id=organization_id), now=now)


def find_silencer(
    windows: Iterable[ActiveWindow], facts: EventFacts
) -> ActiveWindow | None:
    """Return a window that keeps rules from telling an event.

    What several services concern is silent only when each of them is in the scope of
    a window; what concerns none goes by its network.
    """
    windows = list(windows)
    things = [_read_thing(each) for each in facts.services]
    found = [thing for thing in things if thing is not None]
    if found:
        return find_covering(windows, found)
    covering = (w for w in windows if w.scope.covers_network(facts.network_id))
    return next(covering, None)


def find_covering(
    windows: Collection[ActiveWindow], things: Collection[Thing]
) -> ActiveWindow | None:
    """Return the first window when each service is in one's scope, else None."""
    if not things or not windows:
        return None
    by_thing = [next((w for w in windows if w.covers(t)), None) for t in things]
    return None if None in by_thing else by_thing[0]


def find_incident_silencer(incident: Incident, *, now: datetime) -> ActiveWindow | None:
    """Return a window in whose scope an incident is."""
    windows = list_active_windows(incident.organization_id, now=now)
    if not windows:
        return None
    services = Service.objects.filter(affecting__incident=incident).distinct()
    if things := [to_thing(service) for service in services]:
        return find_covering(windows, things)
    return next((w for w in windows if w.scope.company_wide), None)


def find_service_silencer(service: Service, *, now: datetime) -> ActiveWindow | None:
    """Return a window in whose scope a service is."""
    windows = list_active_windows(service.organization_id, now=now)
    return find_covering(windows, [to_thing(service)])


def list_service_windows(
    organization_id: UUID, services: Iterable[Service], *, now: datetime
) -> dict[UUID, list[ActiveWindow]]:
    """Return the windows that are on for each service, maintenance first."""
    windows = list_active_windows(organization_id, now=now)
    windows.sort(key=lambda each: not each.is_maintenance)
    return {
        service.pk: [w for w in windows if w.covers(to_thing(service))]
        for service in services
    }


def to_thing(service: Service) -> Thing:
    """Return a service as scopes look at it."""
    labels = service.labels if isinstance(service.labels, dict) else {}
    return Thing(service.pk, service.network_id, labels)


def keep_silenced(rows: Collection[Silenced]) -> None:
    """Store what is owed, new or changed, in one statement."""
    if rows:
        Silenced.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=("subject_kind", "subject_id"),
            update_fields=("was_told", "rule_ids"),
        )


def note_silence(
    incident_id: UUID, window: ActiveWindow, *, actor_label: str, now: datetime
) -> None:
    """Say in an incident's timeline what keeps rules from telling it, once."""
    message = say_silenced(window.title, window.until, window.time_zone)
    lines = IncidentEntry.objects.filter(
        incident=incident_id, kind=IncidentEntry.Kind.SILENCED, message=message
    )
    if not lines.exists():
        IncidentEntry.objects.create(
            incident_id=incident_id,
            kind=IncidentEntry.Kind.SILENCED,
            message=message,
            actor_label=actor_label,
            created_at=now,
        )


def build_scopes(windows: Collection[Window]) -> dict[UUID, Scope]:
    """Return what windows are about, in two statements."""
    narrow = [each.pk for each in windows if not each.company_wide]
    services = _list_related(Window.services.through, "service_id", narrow)
    networks = _list_related(Window.networks.through, "network_id", narrow)
    return {
        each.pk: Scope(
            each.company_wide,
            services.get(each.pk, frozenset()),
            networks.get(each.pk, frozenset()),
            each.labels if isinstance(each.labels, dict) else {},
        )
        for each in windows
    }


def _load(started: Collection[Window], *, now: datetime) -> list[ActiveWindow]:
    on = [each for each in started if each.active_until and each.active_until > now]
    if not on:
        return []
    scopes = build_scopes(on)
    found = [
        ActiveWindow(
            id=each.pk,
            title=each.title,
            is_maintenance=each.is_maintenance,
            until=each.active_until,
            time_zone=each.time_zone,
            scope=scopes[each.pk],
        )
        for each in on
        if each.active_until is not None
    ]
    found.sort(key=lambda each: each.until, reverse=True)
    return found


def _list_related(
    through: Any, column: str, window_ids: Collection[UUID]
) -> dict[UUID, set[UUID]]:
    related: defaultdict[UUID, set[UUID]] = defaultdict(set)
    if window_ids:
        rows = through.objects.filter(window_id__in=window_ids)
        for window_id, related_id in rows.values_list("window_id", column):
            related[window_id].add(related_id)
    return related


def _read_thing(service: Mapping[str, Any]) -> Thing | None:
    network, labels = service.get("network"), service.get("labels")
    try:
        return Thing(
            UUID(str(service.get("id"))),
            UUID(str(network["id"])) if isinstance(network, Mapping) else None,
            labels if isinstance(labels, Mapping) else {},
        )
    except (ValueError, KeyError):
        return None
