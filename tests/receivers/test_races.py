"""What happens at the same moment, with real threads on PostgreSQL."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections
from django.utils import timezone

from accounts.datatypes import SYSTEM
from alerts.actions import resolve_incident
from alerts.models import Incident, IncidentEntry, Service, ServiceSource, StatusChange
from receivers.models import Receipt
from tests.factories import make_destination, make_organization, make_service
from tests.receivers.conftest import Sender
from webhooks.models import Delivery, Event

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
THREADS = 8


def post_together(posts):
    """Post from as many threads at the same moment; returns the answers."""
    barrier = Barrier(len(posts))

    def run(receiver, body):
        barrier.wait()
        try:
            return Sender(receiver).post(body)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(posts)) as pool:
        futures = [pool.submit(run, receiver, body) for receiver, body in posts]
        return [future.result() for future in futures]


def test_concurrent_downs_make_one_incident(make_sender):
    sender = make_sender(auto_create_incidents="down")
    make_destination(organization=sender.receiver.organization)
    responses = post_together([(sender.receiver, {"status": "down"})] * THREADS)
    results = sorted(response.json()["result"] for response in responses)
    assert results == ["ignored"] * (THREADS - 1) + ["processed"]
    assert Incident.objects.count() == StatusChange.objects.count() == 1
    assert Event.objects.count() == Delivery.objects.count() == 1
    assert Receipt.objects.count() == THREADS


def test_two_receivers_hold_one_service(make_sender):
    service = make_service()
    senders = [
        make_sender(service=service, auto_create_incidents="down") for _ in range(4)
    ]
    responses = post_together([(s.receiver, {"status": "down"}) for s in senders])
    assert {response.json()["result"] for response in responses} == {"processed"}
    assert ServiceSource.objects.filter(service=service).count() == 4
    assert Incident.objects.count() == 4
    assert sorted(Incident.objects.values_list("number", flat=True)) == [1, 2, 3, 4]
    post_together([(s.receiver, {"status": "up"}) for s in senders])
    service.refresh_from_db()
    assert service.status == "operational"
    assert not Incident.objects.filter(status="opened").exists()
    assert StatusChange.objects.count() == 2


def test_new_service_is_created_once(make_sender):
    sender = make_sender(
        organization=make_organization(),
        service_name_field="name",
        create_unknown_services=True,
    )
    body = {"name": "Search", "status": "down"}
    responses = post_together([(sender.receiver, body)] * THREADS)
    assert {response.status_code for response in responses} == {200}
    assert Service.objects.count() == StatusChange.objects.count() == 1


def test_crossed_lists_do_not_deadlock(make_sender):
    organization = make_organization()
    for name in ("a", "b", "c"):
        make_service(organization=organization, name=name)
    sender = make_sender(
        organization=organization,
        service_name_field="name",
        items_path="[]",
        auto_create_incidents="down",
    )
    for status in ("down", "up", "degraded", "down"):
        items = [{"name": name, "status": status} for name in ("a", "b", "c")]
        posts = [(sender.receiver, items), (sender.receiver, items[::-1])] * 3
        responses = post_together(posts)
        assert {response.status_code for response in responses} == {200}
    assert Incident.objects.filter(status="opened").count() == 3


def test_person_and_receiver_resolve_at_once(make_sender):
    sender = make_sender(auto_create_incidents="down")
    for _ in range(5):
        sender.post({"status": "down"})
        incident = Incident.objects.get(status="opened")

        def resolve(found=incident):
            return resolve_incident(found, actor=SYSTEM, now=timezone.now())

        with ThreadPoolExecutor(2) as pool:
            by_person = pool.submit(closing, resolve)
            by_receiver = pool.submit(
                closing, lambda: Sender(sender.receiver).post({"status": "up"})
            )
            assert by_receiver.result().status_code == 200
            by_person.result()
    assert IncidentEntry.objects.filter(kind="resolved").count() == 5
    assert Event.objects.filter(type="incident.resolved").count() == 5


def closing(work):
    """Run something in a thread and give its connection back."""
    try:
        return work()
    finally:
        connections.close_all()


def test_opposite_words_leave_a_consistent_service(make_sender):
    sender = make_sender(auto_create_incidents="down")
    words = ["down", "up"] * (THREADS // 2)
    for _ in range(3):
        post_together([(sender.receiver, {"status": word}) for word in words])
    service = Service.objects.get()
    said = ServiceSource.objects.filter(service=service).first()
    assert service.status == (said.status if said else "operational")
    is_open = Incident.objects.filter(status="opened").exists()
    assert is_open == (service.status == "down")
    opened = IncidentEntry.objects.filter(kind="opened").count()
    assert opened == Incident.objects.count()
