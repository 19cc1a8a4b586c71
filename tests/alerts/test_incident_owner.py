"""Who sees to an incident, and its post-mortem."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.datatypes import Actor
from alerts.actions import assign_incident, write_post_mortem
from tests.factories import make_incident, make_membership, make_user
from webhooks.models import Event

pytestmark = pytest.mark.django_db
ANNA = Actor(label="Anna")


def make_member(incident, **fields):
    user = make_user(**fields)
    make_membership(organization=incident.organization, user=user, role="responder")
    return user


def assign(incident, owner):
    return assign_incident(incident, owner=owner, actor=ANNA, now=timezone.now())


def write(incident, text):
    return write_post_mortem(incident, text=text, actor=ANNA, now=timezone.now())


def test_owner_is_noted_and_told():
    incident = make_incident()
    owner = make_member(incident, name="Bob")
    before = incident.updated_at
    assert assign(incident, owner) is True
    assert incident.owner == owner
    assert incident.updated_at > before
    entry = incident.entries.get()
    assert (entry.kind, entry.message) == ("owner", "Bob sees to it.")
    event = Event.objects.get()
    assert event.type == "incident.updated"
    assert event.data["owner"] == {"id": str(owner.pk), "name": "Bob"}


def test_same_owner_again_changes_nothing():
    incident = make_incident()
    owner = make_member(incident)
    results = [assign(incident, owner) for _ in range(2)]
    assert results == [True, False]
    assert Event.objects.count() == 1


def test_owner_is_taken_away():
    incident = make_incident()
    assign(incident, make_member(incident))
    assert assign(incident, None) is True
    assert incident.owner is None
    assert incident.entries.last().message == "Nobody sees to it any more."


def test_stranger_is_refused():
    incident = make_incident()
    with pytest.raises(ValidationError, match="member of this organization"):
        assign(incident, make_user())
    assert not incident.entries.exists()


def test_member_who_left_the_house_is_refused():
    incident = make_incident()
    with pytest.raises(ValidationError, match="who can sign in"):
        assign(incident, make_member(incident, is_active=False))


@pytest.mark.parametrize("status", ["opened", "resolved"])
def test_post_mortem_is_written_and_told(status):
    incident = make_incident(status=status)
    assert write(incident, " A disk was full.\r\n\r\nBuy disks. ") is True
    assert incident.post_mortem == "A disk was full.\n\nBuy disks."
    entry = incident.entries.get()
    assert (entry.kind, entry.message) == (
        "post_mortem",
        "The post-mortem was written.",
    )
    event = Event.objects.get()
    assert (event.type, event.data["post_mortem"]) == (
        "incident.updated",
        "A disk was full.\n\nBuy disks.",
    )


def test_post_mortem_says_what_became_of_it():
    incident = make_incident()
    for text in ("One", "Two", "Two", ""):
        write(incident, text)
    said = incident.entries.values_list("message", flat=True)
    assert [line.split()[-1] for line in said] == ["written.", "changed.", "removed."]


def test_post_mortem_that_is_too_long_is_refused():
    with pytest.raises(ValidationError, match="50,000"):
        write(make_incident(), "x" * 50_001)
