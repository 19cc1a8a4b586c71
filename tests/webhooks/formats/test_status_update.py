"""Status updates: what they say, and that a receiver of ours takes them as posted."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.utils import timezone

from accounts.datatypes import SYSTEM
from alerts.actions import change_service_status
from alerts.datatypes import MANUAL, StatusUpdate
from alerts.models import Service
from integrations_project.lib.ids import uuid7
from receivers.models import Receipt
from tests.factories import make_destination, make_receiver, make_service
from tests.webhooks.formats.documented import change_event
from webhooks.exceptions import UnsupportedEvent
from webhooks.formats import render
from webhooks.models import Payload


def test_body():
    event = change_event(
        "service.status_changed",
        occurred_at="2026-01-23T21:40:03.123456Z",
        status="down",
        message="No answer",
    )

    assert json.loads(render("status_update", event)) == {
        "service_name": "Example service",
        "status": "down",
        "message": "No answer",
        "occurred_at": "2026-01-23T21:40:03.123456Z",
        "event_id": event.id,
    }


def test_others_are_refused():
    with pytest.raises(UnsupportedEvent, match="changes of a service's status only"):
        render("status_update", change_event("incident.opened"))


@pytest.mark.django_db
@pytest.mark.parametrize("status", ["down", "degraded", "maintenance"])
def test_another_installation_takes_it_as_posted(status):
    theirs = make_service(name="API Gateway")
    make_destination(organization=theirs.organization, format="status_update")
    change(theirs, status)
    ours = make_service(name="api gateway")
    receiver = make_receiver(
        organization=ours.organization, service_name_field="service_name"
    )

    body = Payload.objects.get().body
    answer = Client().post(
        f"/api/webhooks/incoming/{receiver.token}", body, "application/json"
    )

    assert answer.json()["result"] == "processed"
    ours.refresh_from_db()
    assert (ours.status, ours.status_message) == (status, "Look at it")
    change(theirs, "operational")
    body = Payload.objects.latest("pk").body
    Client().post(f"/api/webhooks/incoming/{receiver.token}", body, "application/json")
    assert Service.objects.get(pk=ours.pk).status == "operational"
    assert set(Receipt.objects.values_list("result", flat=True)) == {"processed"}


def change(service, status):
    update = StatusUpdate(
        status=status,
        source=MANUAL,
        message="Look at it",
        trace=uuid7(),
        now=timezone.now(),
    )
    change_service_status(service.pk, update, actor=SYSTEM)
