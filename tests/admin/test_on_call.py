"""On-call schedules and escalation policies through the admin."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from alerts.models import EscalationPolicy, OnCallSchedule
from tests.factories import (
    make_destination,
    make_membership,
    make_override,
    make_policy,
    make_rotation,
)

pytestmark = pytest.mark.django_db

SCHEDULES = reverse("admin:alerts_oncallschedule_changelist")
POLICIES = reverse("admin:alerts_escalationpolicy_changelist")


def page_of(row):
    name = f"admin:alerts_{row._meta.model_name}_change"
    return reverse(name, args=[row.pk])


def test_add_schedule_as_a_document(root, superuser, organization):
    rotation = {
        "starts_on": "2026-01-05",
        "handover_time": "09:00",
        "members": [{"user": superuser.email}],
    }
    sent = {"name": "Primary", "time_zone": "UTC", "rotations": json.dumps([rotation])}
    response = root.post(f"{SCHEDULES}add/?organization={organization.pk}", sent)
    assert response.status_code == 302
    schedule = OnCallSchedule.objects.get()
    assert schedule.rotations.get().members.get().user == superuser
    assert str(superuser) in root.get(page_of(schedule)).content.decode()


def test_document_is_refused_with_sentences(root, organization):
    sent = {"name": "Primary", "time_zone": "UTC", "rotations": '[{"members": []}]'}
    response = root.post(f"{SCHEDULES}add/?organization={organization.pk}", sent)
    assert "Rotation 1, starts_on" in response.content.decode()
    assert not OnCallSchedule.objects.exists()


def test_what_is_shown_can_be_saved_again(root, organization):
    ann = make_membership(organization=organization)
    schedule = make_rotation(organization=organization, people=[ann]).schedule
    form = root.get(page_of(schedule)).context["adminform"].form
    sent = {
        "name": "Renamed",
        "time_zone": "Europe/Berlin",
        "rotations": json.dumps(form.initial["rotations"]),
    }
    assert root.post(page_of(schedule), sent).status_code == 302
    schedule.refresh_from_db()
    assert schedule.name == "Renamed"
    assert schedule.rotations.get().members.get().user == ann.user


def test_policy_as_a_document(root, organization):
    webhook = make_destination(organization=organization)
    steps = json.dumps([{"webhook": str(webhook.pk), "wait_minutes": 3}])
    sent = {"label": "Customers", "repeat_count": "0", "steps": steps}
    response = root.post(f"{POLICIES}add/?organization={organization.pk}", sent)
    assert response.status_code == 302
    assert EscalationPolicy.objects.get().steps.get().destination == webhook


def test_foreign_webhook_is_refused_in_a_document(root, organization):
    policy = make_policy(steps=[make_destination(organization=organization)])
    steps = json.dumps([{"webhook": str(make_destination().pk)}])
    sent = {"label": "x", "repeat_count": "0", "steps": steps}
    response = root.post(page_of(policy), sent)
    assert "There is no webhook with the id" in response.content.decode()


def send(root, schedule, overrides):
    form = root.get(page_of(schedule)).context["adminform"].form
    sent = {
        "name": schedule.name,
        "time_zone": schedule.time_zone,
        "rotations": json.dumps(form.initial["rotations"]),
        "overrides": json.dumps(overrides),
    }
    return root.post(page_of(schedule), sent)


@pytest.fixture
def overridden(organization):
    """A schedule with an override that is over, one that is on, and one to come."""
    ann = make_membership(organization=organization)
    schedule = make_rotation(organization=organization, people=[ann]).schedule
    now = timezone.now()
    for name, days in (("Over", -9), ("Holiday", -1), ("Swap", 3)):
        make_override(
            schedule=schedule,
            user=ann.user,
            starts_at=now + timedelta(days=days),
            ends_at=now + timedelta(days=days + 2),
            reason=name,
        )
    return schedule


def reasons(schedule):
    return list(schedule.overrides.values_list("reason", flat=True))


def test_overrides_are_shown_and_stay_as_they_are(root, overridden):
    before = list(overridden.overrides.values_list("pk", flat=True))
    form = root.get(page_of(overridden)).context["adminform"].form
    shown = form.initial["overrides"]
    assert [each["reason"] for each in shown] == ["Holiday", "Swap"]
    assert send(root, overridden, shown).status_code == 302
    assert list(overridden.overrides.values_list("pk", flat=True)) == before


def test_overrides_are_changed_taken_back_and_added(root, overridden):
    form = root.get(page_of(overridden)).context["adminform"].form
    holiday, swap = form.initial["overrides"]
    added = swap | {"reason": "Added", "starts_at": "2040-01-01T09:00:00Z",
                    "ends_at": "2040-01-02T09:00:00Z"}  # fmt: skip
    changed = holiday | {"reason": "Changed"}
    assert send(root, overridden, [changed, added]).status_code == 302
    assert reasons(overridden) == ["Over", "Changed", "Added"]
    actions = AuditEntry.objects.values_list("action", flat=True)
    assert "on_call_schedule.override_removed" in actions
    assert "on_call_schedule.overridden" in actions


@pytest.mark.parametrize(
    ("overrides", "sentence"),
    [
        ({}, None),
        ("x", "Write a list of overrides"),
        (["x"], "Override 1: write an object."),
        ([{"user": "nobody@example.com"}], "Override 1, user"),
        (
            [{"starts_at": "2040-01-02T09:00:00Z", "ends_at": "2040-01-01T09:00:00Z"}],
            "Choose an end after the start.",
        ),
    ],
)
def test_wrong_overrides_are_told(root, overridden, overrides, sentence):
    user = overridden.overrides.first().user.email
    if isinstance(overrides, list) and isinstance(overrides[0], dict):
        overrides = [{"user": user} | overrides[0]]
    response = send(root, overridden, overrides)
    if sentence is None:  # nothing is no override
        assert reasons(overridden) == ["Over"]
        return
    assert sentence in response.content.decode()
    assert len(reasons(overridden)) == 3
