"""What a pump's turn leaves behind for the next one: nothing."""

from __future__ import annotations

import pytest

from tests.factories import make_delivery, make_destination
from tests.webhooks.oauth2_server import SECRET
from webhooks.engine.claim import Claimed
from webhooks.engine.flight import Entry, Flight, shared_clerk, shared_transport
from webhooks.engine.isolated import IsolatedSender
from webhooks.engine.wire import build_recipient, build_request

pytestmark = pytest.mark.django_db


def start(flight, destination):
    delivery = make_delivery(destination=destination)
    values = dict.fromkeys(Claimed.__annotations__, 0)
    claimed = Claimed(
        **values | {"id": delivery.pk, "destination_id": str(destination.pk)}
    )
    recipient = build_recipient(destination)
    request = build_request(
        recipient, key=delivery.pk, message_id="evt", body=b"{}", timestamp=17
    )
    flight.start(Entry(claimed, recipient, request))
    return delivery.pk


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"url": "http://169.254.169.254/"}, id="finished unheard"),
        pytest.param(
            {
                "auth_method": "oauth2",
                "oauth2_token_url": "http://127.0.0.1:47996/token",
                "oauth2_client_id": "signalpost",
                "oauth2_client_secret": SECRET,
            },
            id="waiting for a token",
        ),
        pytest.param(
            {
                "auth_method": "oauth2",
                "oauth2_token_url": "http://169.254.169.254/token",
                "oauth2_client_id": "signalpost",
                "oauth2_client_secret": SECRET,
            },
            id="token refused unheard",
        ),
    ],
)
def test_what_was_cancelled_is_not_heard_of_again(sink, fields):
    flight = Flight(shared_transport(), IsolatedSender())
    key = start(flight, make_destination(**{"url": sink.url} | fields))

    assert flight.cancel_all() == [key]

    assert not shared_clerk()
    following = Flight(shared_transport(), IsolatedSender())
    sent = start(following, make_destination(url=sink.url))
    ((entry, outcome),) = following.poll(5.0)
    assert (entry.claimed.id, outcome.status_code) == (sent, 200)
    shared_transport().close()
