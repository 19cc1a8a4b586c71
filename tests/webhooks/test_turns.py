"""A pump's turn: it waits, hears, hands over, stops, and outlives its database."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import connection
from django.utils import timezone
from django_q.models import OrmQ
from standardwebhooks import Webhook

from accounts.datatypes import SYSTEM
from tests.factories import make_delivery, make_destination
from tests.http_server import Answer
from webhooks.actions import publish, rotate_secret
from webhooks.engine import heartbeat, pump
from webhooks.engine.flight import shared_transport
from webhooks.engine.lifeline import Lifeline
from webhooks.engine.pump import PumpRun
from webhooks.engine.wakeup import ListenWakeup
from webhooks.models import Delivery, Pump
from webhooks.tasks import deliver_due

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _close_connections():
    """What a pump of this thread keeps open for the next one."""
    yield
    shared_transport().close()


class Turn(threading.Thread):
    """A pump in a thread of its own, as in a worker."""

    def __init__(self, **options):
        super().__init__()
        self.options = options
        self.summary = None
        self.start()

    def run(self):
        try:
            self.summary = PumpRun(**self.options).run()
        finally:
            shared_transport().close()
            connection.close()

    def finish(self):
        self.join(15)
        assert self.summary is not None
        return self.summary


def wait_until(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_resident_pump_hears_of_new_work(sink, new_event):
    destination = make_destination(url=sink.url)
    turn = Turn(turn_seconds=2)
    wait_until(heartbeat.is_pump_fresh)
    time.sleep(0.2)

    started_at = time.time()
    publish(destination.organization, new_event())
    (request,) = sink.wait_for(1)

    assert request.at - started_at < 0.45  # without being told: half a second
    assert turn.finish().recorded_count == 1
    assert Delivery.objects.get().status == "delivered"


def test_change_of_a_destination_holds_for_the_next_event(sink, new_event):
    destination = make_destination(url=sink.url, secret="the-old-secret")
    turn = Turn(turn_seconds=2)
    publish(destination.organization, new_event())
    sink.wait_for(1)

    new = rotate_secret(destination, actor=SYSTEM, now=timezone.now())
    publish(destination.organization, new_event())
    _, request = sink.wait_for(2)
    turn.finish()

    assert len(request.headers["webhook-signature"].split()) == 2
    Webhook(new).verify(request.body, dict(request.headers))


def test_retry_starts_within_a_second_of_its_time(sink):
    sink.play(Answer(500))
    make_delivery(destination=make_destination(url=sink.url, retry_schedule=[1]))

    turn = Turn(turn_seconds=4)
    first, second = sink.wait_for(2)
    turn.finish()

    assert 0.8 <= second.at - first.at < 2.2


def test_turn_ends_with_a_call_for_a_successor():
    summary = PumpRun(turn_seconds=0.1).run()

    row = Pump.objects.get()
    assert not summary.was_stopped
    assert OrmQ.objects.get().key == "deliveries"
    assert row.is_handing_over
    assert row.finished_at is not None


def test_goes_on_until_the_successor_is_there(sink, new_event):
    destination = make_destination(url=sink.url)
    turn = Turn(turn_seconds=0.1)
    wait_until(OrmQ.objects.exists)

    publish(destination.organization, new_event())
    sink.wait_for(1)
    Lifeline().begin()

    assert turn.finish().recorded_count == 1
    assert OrmQ.objects.count() == 1


def test_superfluous_pump_ends_at_once():
    Lifeline().begin()

    started_at = time.monotonic()
    PumpRun().run()

    assert time.monotonic() - started_at < 2
    assert not OrmQ.objects.exists()


def test_second_pump_helps_when_there_is_work(sink):
    Lifeline().begin()
    make_delivery(destination=make_destination(url=sink.url))

    assert PumpRun(turn_seconds=0.1).run().recorded_count == 1


def test_stop_gives_back_what_is_on_the_wire(sink, monkeypatch):
    monkeypatch.setattr(pump, "STOP_SECONDS", 0.3)
    sink.always(Answer(instead="never"))
    delivery = make_delivery(destination=make_destination(url=sink.url))
    turn = Turn()
    sink.wait_for(1)

    started_at = time.monotonic()
    heartbeat.ask_pumps_to_stop()
    summary = turn.finish()

    assert time.monotonic() - started_at < 3
    assert (summary.was_stopped, summary.given_back_count) == (True, 1)
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempt_count) == ("pending", 0)
    assert not delivery.is_suspect
    assert not OrmQ.objects.exists()


def test_stop_waits_for_a_short_request(sink):
    sink.always(Answer(delay_seconds=1.5))
    make_delivery(destination=make_destination(url=sink.url))
    turn = Turn()
    sink.wait_for(1)

    heartbeat.ask_pumps_to_stop()

    assert turn.finish().recorded_count == 1
    assert Delivery.objects.get().status == "delivered"


def test_bug_does_not_silence_the_product(monkeypatch):
    def fail(_self):
        raise ZeroDivisionError

    monkeypatch.setattr(PumpRun, "run", fail)

    with pytest.raises(ZeroDivisionError):
        deliver_due()

    assert OrmQ.objects.count() == 1


@pytest.mark.postgres
def test_result_outlives_a_lost_connection(sink):
    sink.always(Answer(delay_seconds=0.6))
    delivery = make_delivery(destination=make_destination(url=sink.url))
    turn = Turn(turn_seconds=3)
    sink.wait_for(1)

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    wait_until(lambda: Delivery.objects.get().status == "delivered")
    assert turn.finish().recorded_count == 1
    assert delivery.attempts.count() == 1
    assert len(sink.requests) == 1


@pytest.mark.postgres
def test_hears_again_after_django_reconnects():
    wakeup = ListenWakeup()
    wakeup.open()
    assert not wakeup.is_stale

    connection.close()
    connection.ensure_connection()
    assert wakeup.is_stale

    wakeup.forget()
    wakeup.open()
    assert not wakeup.is_stale
    wakeup.close()
