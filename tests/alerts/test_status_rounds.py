"""Many updates at once do what they do one by one, in far fewer statements."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.datatypes import SYSTEM
from alerts.actions import (
    change_service_status,
    change_statuses,
    lock_services,
    save_preferences,
)
from alerts.datatypes import IncidentPolicy, Source, StatusUpdate
from alerts.exceptions import ServiceGone
from alerts.models import (
    Incident,
    IncidentEntry,
    Preferences,
    RuleState,
    Service,
    ServiceSource,
    StatusChange,
)
from integrations_project.lib.ids import uuid7
from tests.factories import (
    make_destination,
    make_membership,
    make_organization,
    make_policy,
    make_rule,
    make_service,
    make_status_page,
)
from webhooks.models import Delivery, Event

pytestmark = pytest.mark.django_db

NAMES = ("API", "Shop", "Mail")
STATUSES = ("operational", "degraded", "down", "maintenance")
SOURCE = Source(kind="receiver", id=str(uuid7()), label="Probe")
NOW = timezone.now()
steps = st.lists(
    st.tuples(
        st.sampled_from(NAMES), st.sampled_from(STATUSES), st.sampled_from(("", "disk"))
    ),
    min_size=1,
    max_size=8,
)
policies = st.builds(
    IncidentPolicy,
    auto_create=st.sampled_from(("never", "down", "degraded")),
    auto_resolve=st.booleans(),
)


def build_house(*, joins, holds):
    """Make services with everything that looks at their changes."""
    organization = make_organization()
    services = [
        make_service(organization=organization, name=name, group="Core")
        for name in NAMES
    ]
    make_destination(organization=organization, event_types=["service.*"])
    make_destination(organization=organization, event_types=["incident.*"])
    target = make_destination(organization=organization, event_types=[], label="Target")
    fields = {"delay_seconds": 60, "repeat_seconds": 300} if holds else {}
    make_rule(organization=organization, targets=[target], label="Rule", **fields)
    make_status_page(organization=organization, services=services[:2], title="Page")
    make_policy(organization=organization, is_default=True, steps=[target])
    if joins:
        preferences = Preferences(organization=organization, related_by="group")
        save_preferences(preferences, actor=SYSTEM)
    return {service.name: service for service in services}


def build_updates(house, words, policy):
    return [
        (
            house[name].pk,
            StatusUpdate(
                status=status,
                source=SOURCE,
                message=f"{number}",
                key=key,
                incidents=policy,
                trace=uuid7(),
                now=NOW,
            ),
        )
        for number, (name, status, key) in enumerate(words)
    ]


def describe(house):
    """Return everything that is stored, without ids and times."""
    organization = house[NAMES[0]].organization
    of_incident = {"incident__organization": organization}
    deliveries = Delivery.objects.filter(organization=organization)
    return {
        "services": list(
            Service.objects.filter(organization=organization)
            .order_by("name")
            .values_list("name", "status", "status_message")
        ),
        "sources": list(
            ServiceSource.objects.filter(service__organization=organization)
            .order_by("service__name", "key")
            .values_list("service__name", "key", "status", "message", "incident_policy")
        ),
        "changes": list(
            StatusChange.objects.filter(organization=organization)
            .order_by("service__name", "changed_at")
            .values_list("service__name", "previous_status", "status", "message")
        ),
        "incidents": list(
            Incident.objects.filter(organization=organization)
            .order_by("number")
            .values_list("number", "title", "status", "severity", "source_label")
        ),
        "lines": list(
            IncidentEntry.objects.filter(**of_incident)
            .order_by("incident__number", "pk")
            .values_list("incident__number", "kind", "message", "actor_label")
        ),
        "events": describe_events(organization),
        "deliveries": sorted(
            (d.event.type, d.event.subject_label, d.destination.event_types, d.status)
            for d in deliveries.select_related("event", "destination")
        ),
        "remembered": RuleState.objects.filter(rule__organization=organization).count(),
    }


def describe_events(organization):
    """Return the events about each thing, in their order."""
    found = {}
    for event in Event.objects.filter(organization=organization).order_by("pk"):
        said = event.type, describe_data(event.data)
        found.setdefault(event.subject_label, []).append(said)
    return found


def describe_data(data):
    """Return what an event says, as far as it does not differ by its nature."""
    kept = ("status", "previous_status", "message", "changes_last_hour", "number")
    said = {name: data.get(name) for name in (*kept, "severity")}
    services = data.get("services", ())
    said["services"] = [(each["name"], each["status"]) for each in services]
    said["affected"] = [
        (each["key"], each["resolved_at"] is None) for each in data.get("affected", ())
    ]
    said["updates"] = [
        (each["kind"], each["message"]) for each in data.get("updates", ())
    ]
    return said


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=steps, policy=policies, joins=st.booleans(), holds=st.booleans())
def test_all_at_once_is_as_one_by_one(words, policy, joins, holds):
    with transaction.atomic():
        alone = build_house(joins=joins, holds=holds)
        lock_services([service.pk for service in alone.values()])
        outcomes = [
            change_service_status(service_id, update, actor=SYSTEM)
            for service_id, update in build_updates(alone, words, policy)
        ]
        together = build_house(joins=joins, holds=holds)
        updates = build_updates(together, words, policy)
        found = change_statuses(updates, actor=SYSTEM)
        assert describe(together) == describe(alone)
        assert [
            (o.status, o.previous_status, o.changed, o.source_changed, o.reason)
            for o in found
        ] == [
            (o.status, o.previous_status, o.changed, o.source_changed, o.reason)
            for o in outcomes
        ]
        assert [o.incident and o.incident.number for o in found] == [
            o.incident and o.incident.number for o in outcomes
        ]
        assert [o.incident_event for o in found] == [o.incident_event for o in outcomes]
        transaction.set_rollback(True)


def test_changes_of_one_service_follow_each_other_in_time():
    house = build_house(joins=False, holds=False)
    words = [("API", status, "") for status in ("down", "degraded", "operational")]
    change_statuses(build_updates(house, words, IncidentPolicy()), actor=SYSTEM)
    changes = StatusChange.objects.filter(service=house["API"]).order_by("changed_at")
    moments = list(changes.values_list("changed_at", flat=True))
    assert moments == sorted(set(moments))
    assert moments[-1] - moments[0] < timedelta(milliseconds=1)


def test_service_that_is_gone_undoes_nothing_silently():
    house = build_house(joins=False, holds=False)
    updates = build_updates(house, [("API", "down", "")], IncidentPolicy())
    with pytest.raises(ServiceGone), transaction.atomic():
        change_statuses([*updates, (uuid7(), updates[0][1])], actor=SYSTEM)
    assert not StatusChange.objects.exists()


@pytest.mark.parametrize("auto_create", ["never", "down"])
def test_statements_of_many_are_few(auto_create):
    organization = make_membership().organization
    long_ago = NOW - timedelta(days=1)
    services = [
        make_service(organization=organization, status_since=long_ago)
        for _ in range(100)
    ]
    house = {service.name: service for service in services}
    target = make_destination(organization=organization, event_types=["incident.*"])
    for _ in range(50):
        make_rule(organization=organization, targets=[target])
    policy = IncidentPolicy(auto_create=auto_create)
    for status in ("down", "operational"):
        words = [(name, status, "") for name in house]
        with CaptureQueriesContext(connection) as captured:
            change_statuses(build_updates(house, words, policy), actor=SYSTEM)
        # Numbers and rows of incidents are taken one by one.
        each = 0 if auto_create == "never" else 11
        assert len(captured) <= 30 + each * len(services)
    assert Event.objects.filter(organization=organization).count() == 200


def test_many_keys_of_one_service_are_written_together():
    house = build_house(joins=False, holds=False)
    said = build_updates(house, [("API", "down", "")] * 100, IncidentPolicy())
    updates = [
        (key, replace(update, key=f"{n}")) for n, (key, update) in enumerate(said)
    ]
    with CaptureQueriesContext(connection) as captured:
        change_statuses(updates, actor=SYSTEM)
    assert len(captured) <= 40
    assert ServiceSource.objects.count() == 100
    assert Event.objects.filter(type="service.status_changed").count() == 1


def test_incident_of_a_maintenance_that_ends_badly_is_opened_once():
    house = build_house(joins=True, holds=False)
    policy = IncidentPolicy(auto_create="degraded")
    for status in ("maintenance", "degraded"):
        for service_id, update in build_updates(house, [("API", status, "")], policy):
            change_service_status(service_id, update, actor=SYSTEM)
    assert Incident.objects.get().affected.count() == 1
