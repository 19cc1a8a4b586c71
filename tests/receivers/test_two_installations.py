"""One installation feeds another: what it sends is what a receiver takes."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.datatypes import SYSTEM
from alerts import actions as alerts
from alerts.datatypes import MANUAL, StatusUpdate
from alerts.models import StatusChange
from integrations_project.lib.ids import uuid7
from tests.factories import make_destination, make_organization, make_service
from webhooks.actions import verify_destination
from webhooks.models import Payload

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def sent(sink, db):
    """Change a service at the sending side; returns what goes over the wire."""
    organization = make_organization()
    service = make_service(organization=organization, name="Payments")
    destination = make_destination(
        organization=organization,
        url=sink.url,
        format="status_update",
        secret=SECRET,
        event_types=["service.status_changed"],
    )

    def change(status):
        update = StatusUpdate(
            status=status,
            source=MANUAL,
            message=f"Now {status}",
            trace=uuid7(),
            now=timezone.now(),
        )
        alerts.change_service_status(service.pk, update, actor=SYSTEM)
        payload = Payload.objects.latest("id")
        return payload.body.encode(), str(payload.event_id)

    return destination, change


@pytest.fixture
def receiving(make_sender):
    return make_sender(
        organization=make_organization(),
        service=None,
        preset="signalpost",
        create_unknown_services=True,
    )


def test_a_retried_down_after_operational_changes_nothing(sent, receiving):
    _, change = sent
    down, down_id = change("down")
    up, up_id = change("operational")
    for body, event_id in ((down, down_id), (up, up_id)):
        answer = receiving.post(body, **{"webhook-id": event_id}).json()
        assert answer["result"] == "processed"
    late = receiving.post(down, **{"webhook-id": "another"}).json()
    assert (late["result"], late["items"][0]["reason"]) == ("ignored", "stale")
    again = receiving.post(down, **{"webhook-id": down_id}).json()
    assert again["items"][0]["reason"] == "duplicate"
    mine = StatusChange.objects.filter(source_kind="receiver")
    assert [each.status for each in mine.order_by("id")] == ["down", "operational"]


@pytest.mark.parametrize("format_name", ["status_update", "standard"])
def test_verify_at_the_sender_changes_nothing_at_the_receiver(
    sent, receiving, sink, format_name
):
    destination, _ = sent
    destination.format = format_name
    result = verify_destination(destination, actor=SYSTEM, now=timezone.now())
    assert result.delivered
    (request,) = sink.requests
    receiving.receiver.hmac_secret = SECRET
    receiving.receiver.save()
    names = (
        "webhook-id",
        "webhook-timestamp",
        "webhook-signature",
        "X-Signalpost-Test",
    )
    headers = {name: request.headers[name] for name in names}
    answer = receiving.post(request.body, **headers).json()
    assert (answer["result"], answer["items"][0]["reason"]) == ("ignored", "test")
