"""Related failures join the open incident instead of opening another."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.datatypes import SYSTEM, Actor
from alerts.actions import (
    change_service_status,
    open_incident,
    resolve_incident,
    unlink_service,
)
from alerts.datatypes import IncidentPolicy, StatusUpdate
from alerts.models import Incident, Preferences, Service
from integrations_project.lib.ids import uuid7
from tests.alerts.conftest import OTHER, PROBE
from tests.factories import make_network, make_organization, make_service
from webhooks.models import Event

pytestmark = pytest.mark.django_db
ANNA = Actor(label="Anna")


def say(service, status, *, source=PROBE, key="", severity="major", minutes=0):
    update = StatusUpdate(
        status=status,
        source=source,
        key=key,
        incidents=IncidentPolicy(auto_create="degraded", severity=severity),
        trace=uuid7(),
        now=timezone.now() + timedelta(minutes=minutes),
    )
    return change_service_status(service.pk, update, actor=SYSTEM)


@pytest.fixture
def organization():
    return make_organization()


@pytest.fixture
def make_member(organization):
    """Make a service of one group."""

    def make(**fields):
        return make_service(**{"organization": organization, "group": "Shop"} | fields)

    return make


def types():
    return list(Event.objects.order_by("id").values_list("type", flat=True))


def numbers():
    return sorted(Incident.objects.values_list("number", flat=True))


def test_related_failure_joins(make_member):
    cart, search = make_member(name="Cart"), make_member(name="Search")
    opened, joined = say(cart, "down"), say(search, "degraded", severity="critical")
    assert joined.incident == opened.incident
    assert (opened.incident_event, joined.incident_event) == ("opened", "updated")
    incident = Incident.objects.get()
    assert (incident.title, incident.severity) == ("Cart is down", "critical")
    entry = incident.entries.last()
    assert entry.kind == "linked"
    assert entry.message == (
        "Search is degraded, and joined. The severity is critical now."
    )
    assert types() == ["incident.opened", "incident.updated"]
    assert len(Event.objects.latest("id").data["affected"]) == 2


def test_severity_never_falls(make_member):
    say(make_member(), "down", severity="critical")
    say(make_member(), "down", severity="minor")
    assert Incident.objects.get().severity == "critical"


def test_each_recovers_alone_and_the_last_one_ends_it(make_member):
    cart, search = make_member(name="Cart"), make_member(name="Search")
    say(cart, "down")
    say(search, "down", source=OTHER)
    say(cart, "operational")
    incident = Incident.objects.get()
    assert incident.is_open
    still = incident.affected.get(resolved_at=None)
    assert still.service == search
    assert types()[-1] == "service.status_changed"
    say(search, "operational", source=OTHER)
    incident.refresh_from_db()
    assert not incident.is_open
    assert types()[-1] == "incident.resolved"
    kinds = [entry.kind for entry in incident.entries.all()]
    assert kinds == ["opened", "linked", "unlinked", "resolved"]


def test_failing_again_joins_again(make_member):
    cart, search = make_member(), make_member()
    say(cart, "down")
    say(search, "down")
    say(cart, "operational")
    say(cart, "down")
    incident = Incident.objects.get()
    assert incident.affected.filter(service=cart).count() == 2
    assert incident.affected.filter(resolved_at=None).count() == 2


@pytest.mark.parametrize(
    ("minutes", "count"), [(0, 1), (4, 1), (6, 2)], ids=["now", "in time", "too late"]
)
def test_window_is_counted_from_the_opening(make_member, minutes, count):
    say(make_member(), "down")
    say(make_member(), "down", minutes=minutes)
    assert Incident.objects.count() == count


def test_other_groups_and_none_are_not_related(make_member):
    for group in ("Shop", "Edge", "", ""):
        say(make_member(group=group), "down")
    assert numbers() == [1, 2, 3, 4]


def test_another_organization_never_joins(make_member):
    say(make_member(), "down")
    say(make_service(group="Shop"), "down")
    assert numbers() == [1, 1]


def test_keys_of_one_service_stay_apart(make_member):
    cart, search = make_member(), make_member()
    say(cart, "down", key="disk")
    say(cart, "down", key="fan")
    assert numbers() == [1, 2]
    say(search, "down", key="disk")
    say(search, "down", key="fan")
    assert numbers() == [1, 2]
    per_incident = [i.affected.count() for i in Incident.objects.all()]
    assert per_incident == [2, 2]


def test_what_a_person_opened_is_not_joined(make_member, organization):
    open_incident(
        organization,
        title="By hand",
        severity="major",
        services=[make_member()],
        actor=ANNA,
        now=timezone.now(),
    )
    say(make_member(), "down")
    assert numbers() == [1, 2]


def test_resolved_one_is_not_joined(make_member):
    say(make_member(), "down")
    resolve_incident(Incident.objects.get(), actor=ANNA, now=timezone.now())
    say(make_member(), "down")
    assert numbers() == [1, 2]


def test_group_that_was_marked_normal_is_not_related_any_more(make_member):
    cart, other = make_member(), make_member(group="Edge")
    say(cart, "down")
    incident = Incident.objects.get()
    incident.affected.create(service=other)
    unlink_service(incident, cart, actor=ANNA, now=timezone.now())
    say(make_member(), "down")
    assert numbers() == [1, 2]


@pytest.mark.parametrize(
    ("choice", "count"),
    [
        pytest.param({"related_by": "none"}, 2, id="nothing"),
        pytest.param({"related_by": "group"}, 2, id="other groups"),
        pytest.param({"related_by": "network"}, 1, id="network"),
        pytest.param({"related_by": "label", "related_label": "a__b"}, 1, id="label"),
        pytest.param({"related_by": "label", "related_label": "x"}, 2, id="no label"),
        pytest.param({"related_by": "network", "join_minutes": 0}, 2, id="0 minutes"),
    ],
)
def test_preferences_say_what_is_related(make_member, organization, choice, count):
    Preferences.objects.create(organization=organization, **choice)
    network = make_network(organization=organization)
    for group in ("One", "Two"):
        say(
            make_member(group=group, network=network, labels={"a__b": "Ü 7"}),
            "degraded",
        )
    assert Incident.objects.count() == count


def test_label_of_another_value_is_not_related(make_member, organization):
    Preferences.objects.create(
        organization=organization, related_by="label", related_label="cluster"
    )
    for cluster in ("a", "b"):
        say(make_member(labels={"cluster": cluster}), "down")
    assert numbers() == [1, 2]


def test_nothing_is_opened_under_maintenance_and_all_of_it_afterwards(make_member):
    cart = make_member(name="Cart")
    say(cart, "maintenance", source=OTHER)
    say(cart, "down")
    say(cart, "degraded", key="disk")
    assert Incident.objects.count() == 0
    say(cart, "operational", source=OTHER)
    assert Service.objects.get(pk=cart.pk).status == "down"
    titles = Incident.objects.order_by("number").values_list("title", flat=True)
    assert list(titles) == ["Cart is down", "Cart is degraded"]
    assert types()[-2:] == ["incident.opened"] * 2
