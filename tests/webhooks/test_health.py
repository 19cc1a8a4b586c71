"""What is noted and told about a destination's health: each turn exactly once."""

from __future__ import annotations

import datetime as dt
import json
import threading

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone
from django_q.models import OrmQ, Schedule

from accounts.datatypes import SYSTEM
from accounts.models import AuditEntry
from tests.factories import (
    make_delivery,
    make_destination,
    make_membership,
    make_organization,
    make_user,
)
from tests.http_server import Answer
from webhooks.actions import (
    disable_by_itself,
    disable_destination,
    enable_destination,
    send_disabled_notice,
    verify_destination,
)
from webhooks.actions.health import PAGE, report_failing, report_recovered
from webhooks.datatypes import EVENT_TYPES
from webhooks.formats.samples import build_sample
from webhooks.models import Delivery, Event

pytestmark = pytest.mark.django_db
DAY = 24


def hours_ago(hours):
    return timezone.now() - dt.timedelta(hours=hours)


def make_failing(sink, *, count=1, **fields):
    sink.always(Answer(500, b"boom"))
    destination = make_destination(url=sink.url, **fields)
    for _ in range(count):
        make_delivery(destination=destination)
    return destination


def make_listener(destination):
    return make_destination(
        organization=destination.organization, event_types=["destination.*"]
    )


def list_told():
    told = Event.objects.filter(type__startswith="destination.").order_by("pk")
    return list(told.values_list("type", flat=True))


def fail_once(destination, pump_once):
    make_delivery(destination=destination)
    forget = set(Event.objects.values_list("pk", flat=True))
    pump_once()
    return list(Event.objects.exclude(pk__in=forget).values_list("type", flat=True))


def test_fourth_failure_in_a_row_is_told_once(sink, pump_once):
    destination = make_failing(sink)

    told = [fail_once(destination, pump_once) for _ in range(6)]

    # The first call sends two: the one that was there and its own.
    assert told == [[], [], ["destination.failing"], [], [], []]


def test_first_success_after_it_is_told_once(sink, pump_once):
    destination = make_failing(sink, count=5)
    pump_once()
    sink.always(Answer(200))

    told = [fail_once(destination, pump_once) for _ in range(3)]

    assert told == [["destination.recovered"], [], []]


def test_success_before_the_fourth_failure_is_told_to_nobody(sink, pump_once):
    destination = make_failing(sink, count=3)
    pump_once()
    sink.always(Answer(200))

    assert fail_once(destination, pump_once) == []


def test_is_told_to_others_and_never_to_itself(sink, pump_once):
    destination = make_failing(sink, count=4, event_types=["*"])
    listener = make_listener(destination)

    pump_once()

    event = Event.objects.get(type="destination.failing")
    assert [each.destination for each in event.deliveries.all()] == [listener]
    assert (event.subject_kind, event.subject_id) == ("webhook", str(destination.pk))
    assert event.data["webhook"] == {
        "id": str(destination.pk),
        "label": destination.label,
        "kind": "webhook",
        "host": destination.host,
    }
    assert event.data["consecutive_failures"] == 4
    assert "500" in event.data["last_error"]
    assert event.data["failing_since"].endswith("Z")


def test_tells_every_field_of_the_samples():
    destination = make_destination(consecutive_failures=4, failing_since=hours_ago(1))
    report_failing(destination.pk)
    type(destination).objects.update(consecutive_failures=0)
    report_recovered(destination.pk)
    disable_by_itself(destination.pk, reason="Broken.")

    assert list_told() == [
        "destination.failing",
        "destination.recovered",
        "destination.disabled",
    ]
    for event in Event.objects.all():
        sample = build_sample(event.type).data
        assert event.type in EVENT_TYPES
        assert set(sample) <= set(event.data)
        assert set(sample["webhook"]) <= set(event.data["webhook"])


def test_address_in_the_event_is_the_page_of_the_webhook():
    destination = make_destination()

    assert PAGE.format(destination.pk) == destination.get_absolute_url()


def test_tests_count_for_nothing(sink, pump_once):
    destination = make_failing(sink, consecutive_failures=3)
    verify_destination(destination, actor=SYSTEM, now=timezone.now())

    destination.refresh_from_db()
    assert destination.consecutive_failures == 3
    assert list_told() == []


@pytest.mark.parametrize(
    ("since", "confirmed", "is_disabled"),
    [
        pytest.param(5 * DAY + 1, 4 * DAY, True, id="five days, confirmed"),
        pytest.param(5 * DAY + 1, 13, True, id="confirmed lately"),
        pytest.param(5 * DAY - 1, 4 * DAY, False, id="not five days yet"),
        pytest.param(5 * DAY + 1, 11, False, id="the last two not 12 hours apart"),
        pytest.param(9 * DAY, None, False, id="one failure, then silence"),
        pytest.param(None, None, False, id="the first failure"),
    ],
)
def test_hopeless_destination_is_disabled(
    since, confirmed, is_disabled, sink, pump_once
):
    destination = make_failing(
        sink,
        failing_since=since and hours_ago(since),
        failing_confirmed_at=confirmed and hours_ago(confirmed),
        consecutive_failures=8,
        is_reported_failing=True,
    )

    pump_once()

    destination.refresh_from_db()
    assert destination.enabled != is_disabled
    assert ("destination.disabled" in list_told()) == is_disabled
    assert ("five days" in destination.disabled_reason) == is_disabled


def test_silence_alone_disables_nothing(pump_once):
    destination = make_destination(
        failing_since=hours_ago(9 * DAY), failing_confirmed_at=hours_ago(8 * DAY)
    )

    pump_once()

    destination.refresh_from_db()
    assert destination.enabled


@pytest.mark.parametrize(
    ("since", "is_confirmed"), [(13, True), (11, False), (None, False)]
)
def test_failure_twelve_hours_later_confirms(since, is_confirmed, sink, pump_once):
    destination = make_failing(sink, failing_since=since and hours_ago(since))

    pump_once()

    destination.refresh_from_db()
    assert (destination.failing_confirmed_at is not None) == is_confirmed
    assert destination.failing_since is not None


def test_success_ends_the_failing_time(sink, pump_once):
    destination = make_failing(
        sink,
        failing_since=hours_ago(6 * DAY),
        failing_confirmed_at=hours_ago(5 * DAY),
        consecutive_failures=9,
    )
    sink.always(Answer(200))

    pump_once()

    destination.refresh_from_db()
    assert (destination.failing_since, destination.failing_confirmed_at) == (None, None)


def test_gone_is_told_once_however_many_answer_it(sink, pump_once):
    destination = make_failing(sink, count=4)
    sink.always(Answer(410))
    listener = make_listener(destination)

    pump_once()

    assert list_told() == ["destination.disabled"]
    assert Delivery.objects.filter(destination=listener).count() == 1
    assert AuditEntry.objects.filter(action="webhook.disabled").count() == 1
    assert OrmQ.objects.filter(key="default").count() == 1


@pytest.mark.parametrize("count", [1, 4])
def test_gone_tells_what_failed(sink, pump_once, count):
    destination = make_failing(sink, count=count)
    sink.always(Answer(410, b"moved away"))
    make_listener(destination)

    pump_once()

    told = Event.objects.get(type="destination.disabled").data
    assert told["consecutive_failures"] == count
    assert told["failing_since"] is not None
    assert "moved away" in told["last_error"]
    destination.refresh_from_db()
    assert destination.consecutive_failures == count
    assert list_told() == ["destination.disabled"]


def test_what_waits_is_skipped(sink):
    destination = make_failing(sink, count=3)

    assert disable_by_itself(destination.pk, reason="Broken.")
    assert not disable_by_itself(destination.pk, reason="Again.")

    assert set(Delivery.objects.values_list("status")) == {("skipped",)}
    assert list_told() == ["destination.disabled"]


def test_delivered_stays_delivered_when_what_repeats_it_is_skipped(sink):
    destination = make_failing(sink)
    Delivery.objects.update(delivered_at=timezone.now(), is_manual=True)

    disable_by_itself(destination.pk, reason="Broken.")

    assert Delivery.objects.get().status == "delivered"


def test_disabling_by_hand_is_told_to_nobody():
    disable_destination(make_destination(), actor=SYSTEM, reason="Enough.")

    assert list_told() == []
    assert not OrmQ.objects.exists()


def test_enabling_starts_anew():
    destination = make_destination(
        enabled=False,
        failing_since=hours_ago(200),
        failing_confirmed_at=hours_ago(100),
        is_reported_failing=True,
        consecutive_failures=30,
    )

    enable_destination(destination, actor=SYSTEM)

    destination.refresh_from_db()
    assert destination.failing_since is None
    assert destination.failing_confirmed_at is None
    assert not destination.is_reported_failing


def test_deleted_meanwhile_tells_nothing():
    destination = make_destination()
    key = destination.pk
    destination.delete()

    assert not disable_by_itself(key, reason="Broken.")
    assert not report_failing(key)


# The mail


def make_disabled(**fields):
    organization = make_organization(name="Acme")
    for role in ("admin", "admin", "network_admin", "viewer"):
        make_membership(organization=organization, user=make_user(), role=role)
    gone = make_user(is_active=False)
    make_membership(organization=organization, user=gone, role="admin")
    defaults = {
        "label": "Pager",
        "enabled": False,
        "disabled_reason": "It failed for five days.",
        "last_error": "The endpoint answered 500.",
    }
    return make_destination(organization=organization, **defaults | fields)


def test_one_mail_to_the_admins():
    destination = make_disabled()

    assert send_disabled_notice(destination.pk, now=timezone.now())

    (message,) = mail.outbox
    assert len(message.to) == 2
    assert message.subject == "The webhook Pager was disabled"
    for words in (
        "Acme",
        "It failed for five days.",
        "The endpoint answered 500.",
        f"http://127.0.0.1:8000{destination.get_absolute_url()}",
    ):
        assert words in message.body


@pytest.mark.parametrize("state", ["enabled", "deleted", "nobody"])
def test_no_mail_without_need(state):
    destination = make_disabled(enabled=state == "enabled")
    key = destination.pk
    if state == "deleted":
        destination.delete()
    if state == "nobody":
        destination.organization.memberships.all().delete()

    assert not send_disabled_notice(key, now=timezone.now())
    assert mail.outbox == []


@pytest.mark.parametrize(("failures", "is_tried_again"), [(0, 1), (2, 1), (3, 0)])
def test_mail_server_that_is_away_is_asked_again(failures, is_tried_again, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    destination, now = make_disabled(), timezone.now()

    assert not send_disabled_notice(destination.pk, failure_count=failures, now=now)

    planned = Schedule.objects.filter(name__contains=str(destination.pk))
    assert planned.count() == is_tried_again
    for each in planned:
        assert each.next_run > now
        assert json.dumps(failures + 1) in each.args


@pytest.mark.django_db(transaction=True)
def test_of_several_pumps_one_tells_it():
    destination = make_destination(consecutive_failures=4)
    start, told = threading.Barrier(4), []

    def work():
        start.wait()
        told.append(report_failing(destination.pk))
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(told) == [False, False, False, True]
    assert list_told() == ["destination.failing"]
