"""One incident goes on in the place of others."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.datatypes import Actor
from alerts.actions import link_service, merge_incidents, resolve_incident
from alerts.models import Incident
from tests.alerts.conftest import OTHER, PROBE
from tests.alerts.test_incident_joining import say
from tests.factories import make_incident, make_organization, make_service
from webhooks.models import Event

pytestmark = pytest.mark.django_db
ANNA = Actor(label="Anna")


@pytest.fixture
def pair():
    """Two incidents of two services, opened by two receivers."""
    cart = make_service(name="Cart")
    search = make_service(name="Search", organization=cart.organization)
    first = say(cart, "down", source=PROBE).incident
    second = say(search, "down", source=OTHER, severity="critical").incident
    assert first != second
    return first, second


def merge(into, *others):
    return merge_incidents(into, others, actor=ANNA, now=timezone.now())


def refresh(*incidents):
    for incident in incidents:
        incident.refresh_from_db()


def test_services_move_over(pair):
    into, other = pair
    linked_at = other.affected.get().linked_at
    assert merge(into, other) == 1
    refresh(into, other)
    assert (into.is_open, into.severity) == (True, "critical")
    assert (other.is_open, other.merged_into) == (False, into)
    assert other.affected.filter(resolved_at=None).count() == 0
    moved = into.affected.get(source_id=OTHER.id)
    assert (moved.service.name, moved.linked_at) == ("Search", linked_at)


def test_both_say_so(pair):
    into, other = pair
    merge(into, other)
    assert into.entries.last().message == f"Took over {other}."
    assert other.entries.last().message == f"It goes on as {into}."
    kinds = {into.entries.last().kind, other.entries.last().kind}
    assert kinds == {"merged"}
    told = Event.objects.order_by("-id").values_list("type", "subject_id")[:2]
    assert list(told) == [
        ("incident.updated", str(into.pk)),
        ("incident.resolved", str(other.pk)),
    ]
    data = Event.objects.filter(type="incident.resolved").get().data
    assert data["merged_into"] == str(into.pk)


def test_sources_end_their_part_in_the_one_that_goes_on(pair):
    into, other = pair
    merge(into, other)
    cart, search = (each.service for each in into.affected.order_by("pk"))
    say(search, "operational", source=OTHER)
    refresh(into)
    assert into.is_open
    assert into.affected.get(resolved_at=None).service == cart
    say(cart, "operational", source=PROBE)
    refresh(into)
    assert not into.is_open


def test_what_a_person_opened_stays_with_people(pair):
    _, other = pair
    into = make_incident(organization=other.organization)
    merge(into, other)
    say(other.affected.get().service, "operational", source=OTHER)
    refresh(into)
    assert into.is_open


def test_service_named_by_hand_in_both_is_there_once():
    service = make_service()
    first, second = (make_incident(services=[service]) for _ in range(2))
    merge(first, second)
    assert first.affected.filter(resolved_at=None).count() == 1


def test_merging_two_at_once(pair):
    first, second = pair
    into = make_incident(organization=first.organization)
    link_service(into, first.affected.get().service, actor=ANNA, now=timezone.now())
    assert merge(into, first, second) == 2
    assert into.affected.filter(resolved_at=None).count() == 3


def refuse(sentence, into, *others):
    before = list(Incident.objects.order_by("pk").values())
    with pytest.raises(ValidationError) as caught:
        merge(into, *others)
    assert caught.value.messages == [sentence]
    assert list(Incident.objects.order_by("pk").values()) == before


def test_refusals(pair):
    into, other = pair
    foreign = make_incident(organization=make_organization())
    refuse("An incident cannot be merged into itself.", into, other, into)
    refuse("Choose at least one other incident.", into)
    refuse("Choose incidents of this organization.", into, foreign)
    resolve_incident(other, actor=ANNA, now=timezone.now())
    refuse("Incident #2 is resolved already; only open ones are merged.", into, other)
    refuse("Incident #2 is resolved; merge into an open one.", other, into)
