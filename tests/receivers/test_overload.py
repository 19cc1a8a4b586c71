"""Telling the Admins that requests are turned away, seldom and once."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connections
from django.urls import reverse
from django.utils import timezone
from django_q.models import OrmQ, Schedule

from receivers.actions import (
    find_overload,
    send_overload_notice,
    tell_of_overload,
)
from receivers.models import Receipt, Receiver
from tests.factories import make_membership, make_user

MINUTE = timedelta(minutes=1)


@pytest.fixture
def flooded(make_sender):
    """Give a sender of whose posts three were turned away."""
    return flood(make_sender(rate_per_minute=2), posts=5)


def flood(sender, *, posts):
    statuses = [sender.post({"status": "up"}).status_code for _ in range(posts)]
    assert statuses[-1] == 429
    return sender


def add_admins(sender, *roles):
    for role in roles:
        make_membership(
            organization=sender.receiver.organization, user=make_user(), role=role
        )


def test_it_is_told_once_in_15_minutes(flooded):
    now = timezone.now()
    assert [tell_of_overload(now=now + n * MINUTE) for n in (0, 1, 14)] == [1, 0, 0]
    assert OrmQ.objects.count() == 1
    Receipt.objects.update(received_at=now + 14 * MINUTE)
    assert tell_of_overload(now=now + 15 * MINUTE) == 1


def test_what_is_over_is_told_no_more(flooded):
    assert tell_of_overload(now=timezone.now() + 16 * MINUTE) == 0


def test_without_a_flood_nothing_is_told(sender):
    sender.post({"status": "up"})
    sender.post({"status": "nonsense"})
    assert tell_of_overload(now=timezone.now()) == 0


def test_mail_to_the_admins(flooded):
    add_admins(flooded, "admin", "network_admin", "viewer")
    now = timezone.now()
    assert send_overload_notice(flooded.receiver.pk, told_at=now, now=now)
    (message,) = mail.outbox
    assert len(message.to) == 1
    assert message.subject == "The receiver Deploy pipeline turns requests away"
    for words in (
        "turned 3 requests away in 15 minutes",
        "This receiver takes 2 requests a minute.",
        f"http://127.0.0.1:8000{flooded.receiver.get_absolute_url()}",
    ):
        assert words in message.body
    assert "Send it again" not in message.body


@pytest.mark.parametrize("state", ["deleted", "nobody", "nothing turned away"])
def test_no_mail_without_need(flooded, state):
    if state != "nobody":
        add_admins(flooded, "admin")
    key, now = flooded.receiver.pk, timezone.now()
    if state == "deleted":
        flooded.receiver.delete()
    if state == "nothing turned away":
        Receipt.objects.all().delete()
    assert not send_overload_notice(key, told_at=now, now=now)
    assert mail.outbox == []


@pytest.mark.parametrize(("failures", "is_tried_again"), [(0, 1), (1, 1), (2, 0)])
def test_mail_server_that_is_away_is_asked_again(
    flooded, settings, failures, is_tried_again
):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    add_admins(flooded, "admin")
    key, now = flooded.receiver.pk, timezone.now()
    sent = send_overload_notice(key, told_at=now, failure_count=failures, now=now)
    assert not sent
    planned = Schedule.objects.filter(name__contains=str(key))
    assert planned.count() == is_tried_again
    for each in planned:
        assert each.next_run > now
        assert json.dumps(failures + 1) in each.args


def test_page_says_how_many_and_why(flooded, client):
    user = make_user()
    organization = flooded.receiver.organization
    make_membership(organization=organization, user=user, role="viewer")
    client.force_login(user)
    Receipt.objects.filter(reason="rate_limited").update(count=1240)
    page = client.get(flooded.receiver.get_absolute_url()).content.decode()
    assert "Turned away 1,240 requests in the last hour" in page
    assert "This receiver takes 2 requests a minute" in page
    Receipt.objects.all().delete()
    page = client.get(flooded.receiver.get_absolute_url()).content.decode()
    assert "Turned away" not in page


def test_admin_says_it_too(flooded, client):
    client.force_login(make_user(is_staff=True, is_superuser=True))
    path = reverse("admin:receivers_receiver_change", args=[flooded.receiver.pk])
    page = client.get(path).content.decode()
    assert "3 requests in the last hour. This receiver takes 2 requests" in page
    Receipt.objects.all().delete()
    assert "Nothing in the last hour" in client.get(path).content.decode()


def test_counts_of_the_hour_are_added(flooded):
    now = timezone.now()
    first = Receipt.objects.get(reason="rate_limited")
    assert find_overload(flooded.receiver, now=now).requests == "3 requests"
    Receipt.objects.filter(pk=first.pk).update(received_at=now - 59 * MINUTE)
    assert find_overload(flooded.receiver, now=now).count == 3
    Receipt.objects.filter(pk=first.pk).update(received_at=now - 61 * MINUTE)
    assert find_overload(flooded.receiver, now=now) is None


@pytest.mark.django_db(transaction=True)
def test_of_several_workers_one_tells_it(make_sender):
    sender = flood(make_sender(rate_per_minute=1), posts=3)
    start, now = threading.Barrier(4), timezone.now()

    def tell(_number):
        start.wait()
        try:
            return tell_of_overload(now=now)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(tell, range(4))) == [0, 0, 0, 1]
    assert OrmQ.objects.count() == 1
    assert Receiver.objects.get(pk=sender.receiver.pk).rate_notified_at == now
