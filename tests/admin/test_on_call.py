"""On-call schedules and escalation policies through the admin."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from alerts.models import EscalationPolicy, OnCallSchedule
from tests.factories import (
    make_destination,
    make_membership,
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
