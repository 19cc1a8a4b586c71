"""Whatever sources and people do, what is kept of incidents adds up.

A machine of rules plays receivers that flip services, with keys, policies and a clock
that is set back at times, and people who open, acknowledge, edit, assign, join, mark
as normal, merge and resolve. What holds after every step is in the invariants.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts.datatypes import SYSTEM, Actor
from alerts import actions
from alerts.datatypes import MANUAL, IncidentPolicy, Source, StatusUpdate
from alerts.exceptions import IncidentResolved
from alerts.models import Incident, IncidentEntry, IncidentService
from integrations_project.lib.ids import uuid7
from tests.factories import make_membership, make_organization, make_service
from webhooks.models import Event

pytestmark = pytest.mark.django_db
ANNA = Actor(label="Anna")
SOURCES = [Source(kind="receiver", id=str(n), label=f"Probe {n}") for n in range(3)]
POLICIES = [
    IncidentPolicy(auto_create="degraded", severity="minor"),
    IncidentPolicy(auto_create="down", severity="critical"),
    IncidentPolicy(auto_create="down", severity="major", auto_resolve=False),
]
STATUSES = ["down", "operational", "degraded", "maintenance"]
KEYS = ["", "disk"]
#: What an incident's own row says, without the time of the last change.
COLUMNS = (
    "title",
    "status",
    "severity",
    "acknowledged",
    "owner_id",
    "labels",
    "post_mortem",
    "merged_into_id",
)
picks = st.integers(min_value=0, max_value=9)


def in_milliseconds(text):
    moment = datetime.fromisoformat(text)
    return int(moment.timestamp() * 1000)


class IncidentMachine(RuleBasedStateMachine):
    """Receivers, people and a clock, with one organization between them."""

    def __init__(self):
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()

    def teardown(self):
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    @initialize()
    def begin(self):
        self.now = timezone.now()
        self.organization = make_organization()
        groups = ["Shop", "Shop", "Shop", ""]
        self.services = [
            make_service(organization=self.organization, group=group)
            for group in groups
        ]
        self.owner = make_membership(organization=self.organization).user
        self.known = self.read()

    # What happens

    @rule(seconds=st.sampled_from([0, 30, 200, 400, -60]))
    def time_passes(self, seconds):
        self.now += timedelta(seconds=seconds)

    @rule(
        service=picks,
        source=picks,
        key=st.sampled_from(KEYS),
        status=st.sampled_from(STATUSES),
    )
    def source_says(self, service, source, key, status):
        number = source % len(SOURCES)
        self.flip(service, SOURCES[number], POLICIES[number], status, key=key)

    @rule(service=picks, status=st.sampled_from(["maintenance", "operational"]))
    def person_says(self, service, status):
        self.flip(service, MANUAL, IncidentPolicy(), status)

    @rule(services=st.sets(picks, max_size=3))
    def open_by_hand(self, services):
        actions.open_incident(
            self.organization,
            title="By hand",
            severity="minor",
            services=[self.service(each) for each in services],
            **self.by(),
        )
        self.expect({"incident.opened": 1})

    @precondition(lambda self: self.known)
    @rule(pick=picks)
    def acknowledge(self, pick):
        incident = self.incident(pick)
        try:
            changed = actions.acknowledge_incident(incident, **self.by())
        except IncidentResolved:
            changed = False
        self.expect({"incident.acknowledged": int(changed)})

    @precondition(lambda self: self.known)
    @rule(pick=picks)
    def resolve(self, pick):
        changed = actions.resolve_incident(self.incident(pick), **self.by())
        self.expect({"incident.resolved": int(changed)})

    @precondition(lambda self: self.known)
    @rule(
        pick=picks,
        what=st.sampled_from(["update", "severity", "labels", "owner", "text"]),
        choice=st.integers(min_value=0, max_value=2),
    )
    def change(self, pick, what, choice):
        incident = self.incident(pick)
        edit, known = actions.edit_incident, self.by()
        match what:
            case "update":
                changed = bool(
                    actions.post_incident_update(incident, message="Hm", **known)
                )
            case "severity":
                severity = Incident.Severity.values[choice]
                changed = edit(incident, severity=severity, **known)
            case "labels":
                changed = edit(incident, labels={"n": choice}, **known)
            case "owner":
                owner = self.owner if choice else None
                changed = actions.assign_incident(incident, owner=owner, **known)
            case _:
                text = "x" * choice
                changed = actions.write_post_mortem(incident, text=text, **known)
        self.expect({"incident.updated": int(changed)})

    @precondition(lambda self: self.known)
    @rule(pick=picks, services=st.sets(picks, min_size=1, max_size=2))
    def join(self, pick, services):
        chosen = [self.service(each) for each in services]
        try:
            changed = actions.link_service(self.incident(pick), chosen, **self.by())
        except IncidentResolved:
            changed = False
        self.expect({"incident.updated": int(changed)})

    @precondition(lambda self: self.known)
    @rule(pick=picks, service=st.none() | picks)
    def mark_normal(self, pick, service):
        incident = self.incident(pick)
        chosen = None if service is None else self.service(service)
        try:
            changed = actions.unlink_service(incident, chosen, **self.by())
        except IncidentResolved:
            changed = False
        happening = "updated" if incident.is_open else "resolved"
        self.expect({f"incident.{happening}": int(changed)})

    @precondition(lambda self: self.known)
    @rule(pick=picks, others=st.sets(picks, min_size=1, max_size=3))
    def merge(self, pick, others):
        into = self.incident(pick)
        chosen = {each.pk: each for each in map(self.incident, others)}.values()
        try:
            with transaction.atomic():
                count = actions.merge_incidents(into, list(chosen), **self.by())
        except ValidationError:
            self.expect({})
            return
        self.expect({"incident.resolved": count, "incident.updated": 1})

    @rule(service=picks)
    def reevaluate(self, service):
        opened = actions.reevaluate_service(
            self.service(service).pk, trace=uuid7(), now=self.now, actor=SYSTEM
        )
        told = self.take_events()
        assert len(told) == len(opened)
        assert {t.type for t in told} <= {"incident.opened", "incident.updated"}
        self.check_changes(told)

    # What must hold

    @invariant()
    def numbers_have_no_gaps(self):
        numbers = sorted(self.incidents().values_list("number", flat=True))
        assert numbers == list(range(1, len(numbers) + 1))

    @invariant()
    def a_source_is_in_one_open_incident_for_each_key(self):
        links = IncidentService.objects.filter(resolved_at=None)
        names = ("source_kind", "source_id", "service", "key")
        found = list(links.exclude(source_kind="manual").values_list(*names))
        assert len(found) == len(set(found))

    @invariant()
    def what_is_over_affects_nothing(self):
        over = self.incidents().filter(status="resolved")
        assert not over.filter(affected__resolved_at=None, affected__isnull=False)
        assert not over.filter(resolved_at=None).exists()
        assert not self.incidents().filter(status="opened", resolved_at__isnull=False)

    @invariant()
    def every_content_has_its_own_time(self):
        last: dict[str, int] = {}
        events = Event.objects.filter(type__startswith="incident.").order_by("id")
        for event in events:
            updated_at = in_milliseconds(event.data["updated_at"])
            assert updated_at > last.get(event.subject_id, 0)
            last[event.subject_id] = updated_at

    @invariant()
    def timelines_begin_and_end(self):
        for incident in self.incidents().prefetch_related("entries"):
            kinds = [entry.kind for entry in incident.entries.all()]
            assert kinds[0] == "opened"
            assert kinds.count("opened") == 1
            ends = kinds.count("resolved") + (incident.merged_into_id is not None)
            assert ends == (not incident.is_open)
            assert kinds.count("acknowledged") == incident.acknowledged

    @invariant()
    def people_end_what_people_opened(self):
        ends = IncidentEntry.objects.filter(
            kind="resolved", incident__source_kind="manual"
        )
        assert set(ends.values_list("actor_label", flat=True)) <= {"Anna"}

    # How

    def flip(self, service, source, policy, status, *, key=""):
        update = StatusUpdate(
            status=status,
            source=source,
            key=key,
            incidents=policy,
            trace=uuid7(),
            now=self.now,
        )
        outcome = actions.change_service_status(
            self.service(service).pk, update, actor=Actor(label=source.label)
        )
        told = self.take_events()
        incident_types = {t.type for t in told if t.type.startswith("incident.")}
        general = [t for t in told if t.type == "service.status_changed"]
        assert len(general) <= (outcome.changed and not incident_types)
        if outcome.changed and not incident_types:
            assert len(general) == 1
        if outcome.incident_event:
            assert f"incident.{outcome.incident_event}" in incident_types
        self.check_changes(told)

    def service(self, pick):
        return self.services[pick % len(self.services)]

    def incidents(self):
        return Incident.objects.filter(organization=self.organization)

    def incident(self, pick):
        rows = self.incidents().order_by("number")
        return rows[pick % rows.count()]

    def by(self):
        return {"actor": ANNA, "now": self.now}

    def read(self):
        rows = self.incidents().values_list("pk", *COLUMNS)
        return {pk: tuple(map(str, values)) for pk, *values in rows}

    def take_events(self):
        since = getattr(self, "last_event", None)
        events = Event.objects.order_by("id")
        told = list(events.filter(pk__gt=since) if since else events)
        self.last_event = told[-1].pk if told else since
        return told

    def expect(self, counts):
        """Check that exactly these events were told, and of what has changed."""
        told = self.take_events()
        types = [event.type for event in told]
        for event_type, count in counts.items():
            assert types.count(event_type) == count
        assert len(types) == sum(counts.values())
        self.check_changes(told)

    def check_changes(self, told):
        """Check that each incident that changed was told of exactly once."""
        before, self.known = self.known, self.read()
        changed = {str(pk) for pk, row in self.known.items() if before.get(pk) != row}
        subjects = [e.subject_id for e in told if e.subject_kind == "incident"]
        assert len(subjects) == len(set(subjects))
        assert changed <= set(subjects)


def test_whatever_comes():
    run_state_machine_as_test(
        IncidentMachine,
        settings=settings(
            max_examples=max(settings().max_examples // 5, 10),
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
