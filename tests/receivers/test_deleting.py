"""Deleting a receiver, and what becomes of the incidents that it opened."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.datatypes import SYSTEM
from accounts.models import AuditEntry
from alerts.models import Incident, Service
from receivers.actions import delete_receiver, list_open_incidents
from receivers.models import Receiver
from tests.factories import (
    make_api_key,
    make_destination,
    make_membership,
    make_receiver,
    make_service,
    make_user,
)
from webhooks.models import Event


@pytest.fixture
def sender(make_sender):
    """Give a sender that took two services down, each with an incident."""
    sender = make_sender(
        organization=make_service(name="API Gateway").organization,
        service_name_field="service",
        create_unknown_services=True,
        auto_create_incidents="down",
    )
    for name in ("API Gateway", "Mail"):
        sender.post({"status": "down", "service": name})
    assert Incident.objects.count() == 2
    return sender


@pytest.fixture
def person(sender, client):
    user = make_user()
    make_membership(organization=sender.receiver.organization, user=user, role="admin")
    client.force_login(user)
    return client


def count_open():
    return Incident.objects.filter(status="opened").count()


def test_incidents_stay_open_unless_it_is_asked(sender):
    assert delete_receiver(sender.receiver, actor=SYSTEM) == 0
    assert count_open() == 2
    assert set(Service.objects.values_list("status", flat=True)) == {"operational"}


def test_incidents_are_resolved_and_told(sender):
    make_destination(organization=sender.receiver.organization)
    now = timezone.now()
    count = delete_receiver(
        sender.receiver, actor=SYSTEM, resolve_incidents=True, now=now
    )
    assert (count, count_open()) == (2, 0)
    assert Event.objects.filter(type="incident.resolved").count() == 2
    entry = Incident.objects.first().entries.order_by("id").last()
    assert "Deploy pipeline, which opened it, was deleted" in entry.message
    changes = AuditEntry.objects.get(action="receiver.deleted").changes
    assert changes == {"resolve_incidents": [None, True]}


def test_incidents_of_others_are_left(sender, make_sender):
    other = make_sender(auto_create_incidents="down")
    other.post({"status": "down"})
    delete_receiver(sender.receiver, actor=SYSTEM, resolve_incidents=True)
    assert list_open_incidents(other.receiver).count() == count_open() == 1


def test_page_offers_to_resolve_them(sender, person):
    path = reverse("receivers:receiver-delete", args=[sender.receiver.pk])
    page = person.get(path).content.decode()
    assert "Resolve the 2 open incidents that it opened" in page
    assert 'name="resolve_incidents" checked' in page
    answer = person.post(path, {"resolve_incidents": "on"}, follow=True)
    assert "is deleted. 2 incidents resolved." in answer.content.decode()
    assert count_open() == 0


def test_page_leaves_them_when_it_is_unticked(sender, person):
    person.post(reverse("receivers:receiver-delete", args=[sender.receiver.pk]))
    assert (Receiver.objects.count(), count_open()) == (0, 2)


def test_page_without_incidents_offers_nothing(sender, person):
    for name in ("API Gateway", "Mail"):
        sender.post({"status": "up", "service": name})
    path = reverse("receivers:receiver-delete", args=[sender.receiver.pk])
    assert "resolve_incidents" not in person.get(path).content.decode()


@pytest.mark.parametrize(
    ("query", "status", "left"),
    [
        ("", 204, 2),
        ("?resolve_incidents=false", 204, 2),
        ("?resolve_incidents=true", 204, 0),
        ("?resolve_incidents=yes", 400, 2),
    ],
)
def test_api_resolves_them_when_asked(sender, query, status, left):
    organization = sender.receiver.organization
    _, key = make_api_key(organization=organization, scope="write")
    answer = Client().delete(
        f"/api/v1/receivers/{sender.receiver.pk}{query}",
        headers={"Authorization": f"Bearer {key}"},
    )
    assert (answer.status_code, count_open()) == (status, left), answer.content
    assert Receiver.objects.exists() == (status == 400)


@pytest.mark.parametrize(("sent", "left"), [({}, 2), ({"resolve_incidents": "on"}, 0)])
def test_admin_asks_too(sender, sent, left):
    root = Client()
    root.force_login(make_user(is_staff=True, is_superuser=True))
    path = reverse("admin:receivers_receiver_delete", args=[sender.receiver.pk])
    page = root.get(path).content.decode()
    assert "Resolve what it opened: 2 incidents" in page
    root.post(path, {"post": "yes"} | sent)
    assert (Receiver.objects.count(), count_open()) == (0, left)


@pytest.mark.parametrize(("sent", "left"), [({}, 2), ({"resolve_incidents": "on"}, 0)])
def test_admin_asks_for_many_too(sender, sent, left):
    other = make_receiver(organization=sender.receiver.organization)
    root = Client()
    root.force_login(make_user(is_staff=True, is_superuser=True))
    path = reverse("admin:receivers_receiver_changelist")
    chosen = [str(sender.receiver.pk), str(other.pk)]
    asked = {"action": "delete_selected", "_selected_action": chosen}
    page = root.post(path, asked).content.decode()
    assert "Left open: 2 incidents, unless you resolve them" in page
    assert 'name="resolve_incidents" checked' in page
    root.post(path, asked | {"post": "yes"} | sent)
    assert (Receiver.objects.count(), count_open()) == (0, left)
