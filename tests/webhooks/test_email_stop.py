"""A pump that is told to stop while a mail server keeps it waiting."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import connection

from tests.factories import make_delivery, make_destination
from tests.smtp_server import HANG
from webhooks.engine import heartbeat, pump
from webhooks.engine.flight import shared_postman, shared_transport
from webhooks.engine.pump import PumpRun
from webhooks.models import Delivery

pytestmark = pytest.mark.django_db(transaction=True)


class Turn(threading.Thread):
    """A pump in a thread of its own, as in a worker."""

    summary = None

    def run(self):
        try:
            self.summary = PumpRun().run()
        finally:
            shared_transport().close()
            shared_postman().close()
            connection.close()


def wait_for_status(status):
    ends = time.monotonic() + 10
    while Delivery.objects.get().status != status:
        assert time.monotonic() < ends
        time.sleep(0.02)


def make_mail_delivery():
    destination = make_destination(
        kind="email", recipients=["ops@example.com"], url="mailto:ops@example.com"
    )
    return make_delivery(destination=destination)


def test_stop_gives_back_a_mail_on_its_way(mailbox, monkeypatch):
    monkeypatch.setattr(pump, "STOP_SECONDS", 0.3)
    mailbox.always("BODY", HANG)
    delivery = make_mail_delivery()
    turn = Turn()
    turn.start()
    wait_for_status("sending")

    started_at = time.monotonic()
    heartbeat.ask_pumps_to_stop()
    turn.join(15)

    assert time.monotonic() - started_at < 3
    assert (turn.summary.was_stopped, turn.summary.given_back_count) == (True, 1)
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempt_count) == ("pending", 0)
    assert not delivery.is_suspect


def test_stop_waits_for_a_mail_that_is_taken(mailbox):
    make_mail_delivery()
    turn = Turn()
    turn.start()
    mailbox.wait_for(1)

    heartbeat.ask_pumps_to_stop()
    turn.join(15)

    assert turn.summary.recorded_count == 1
    assert Delivery.objects.get().status == "delivered"
