"""What an operator does to incidents, as complete as the dashboard."""

from __future__ import annotations

import pytest
from django.utils import timezone

from alerts.models import Incident
from tests.admin.test_domain import page_of, press
from tests.factories import make_incident, make_membership, make_service
from webhooks.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def incident(organization):
    return make_incident(services=[make_service(organization=organization)])


def give(client, incident, tool, **data):
    response = press(client, incident, tool, given="1", **data)
    incident.refresh_from_db()
    return response


@pytest.mark.parametrize(
    "tool",
    [
        "edit",
        "post_update",
        "assign",
        "join",
        "mark_normal",
        "merge",
        "write_post_mortem",
    ],
)
def test_button_asks_before_it_acts(root, incident, tool):
    response = press(root, incident, tool)
    assert response.status_code == 200
    assert "closelink" in response.content.decode()
    assert not Event.objects.exists()


def test_owner_update_and_post_mortem(root, incident):
    owner = make_membership(organization=incident.organization).user
    give(root, incident, "assign", owner=str(owner.pk))
    give(root, incident, "post_update", message="Looking")
    give(root, incident, "write_post_mortem", post_mortem="A disk.")
    assert (incident.owner, incident.post_mortem) == (owner, "A disk.")
    kinds = [entry.kind for entry in incident.entries.all()]
    assert kinds == ["owner", "update", "post_mortem"]


def test_edit(root, incident):
    give(root, incident, "edit", title="New", severity="critical", labels="a: b")
    assert (incident.title, incident.severity) == ("New", "critical")
    assert incident.labels == {"a": "b"}


def test_services_join_and_become_normal(root, incident):
    other = make_service(organization=incident.organization)
    give(root, incident, "join", services=str(other.pk))
    assert incident.affected.filter(resolved_at=None).count() == 2
    give(root, incident, "mark_normal", services=str(other.pk))
    assert incident.affected.filter(resolved_at=None).count() == 1
    give(root, incident, "mark_normal")
    assert incident.affected.filter(resolved_at=None).count() == 0


def test_merge(root, incident):
    other = make_incident(organization=incident.organization)
    give(root, incident, "merge", incidents=str(other.pk))
    other.refresh_from_db()
    assert other.merged_into == incident
    assert str(incident) in root.get(page_of(other)).content.decode()


def test_wrong_answers_are_explained(root, incident):
    foreign = make_incident()
    html = give(root, incident, "merge", incidents=str(foreign.pk)).content.decode()
    assert "not open any more" in html
    assert "Write what you want" in give(root, incident, "post_update").content.decode()


def test_little_can_be_done_afterwards(root, organization):
    over = make_incident(
        organization=organization, status="resolved", resolved_at=timezone.now()
    )
    assert press(root, over, "merge").status_code == 403
    assert press(root, over, "write_post_mortem").status_code == 200
    assert Incident.objects.count() == 1
