"""Messages that wait for a proof, and whose task was lost from the queue."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from django_q.models import OrmQ, Schedule

from alerts.models import Service
from receivers.actions import sweep_verifying
from receivers.actions.settling import GIVE_UP_AFTER, LOST_AFTER, MAX_SWEPT
from receivers.models import Receipt
from tests.factories import make_organization

HOST = "https://sns.eu-west-1.amazonaws.com"
MESSAGE = {
    "Type": "Notification",
    "TopicArn": "arn:aws:sns:eu-west-1:1:alarms",
    "Message": '{"AlarmName": "Errors", "NewStateValue": "ALARM"}',
    "Timestamp": "2026-11-20T09:12:44.781Z",
    "SignatureVersion": "2",
    "Signature": "AAAA",
    "SigningCertURL": f"{HOST}/SimpleNotificationService-0123.pem",
}


@pytest.fixture
def post_one(make_sender, django_capture_on_commit_callbacks):
    """Post a message that waits; each with an id of its own."""
    sender = make_sender(
        organization=make_organization(),
        service_name_field="",
        preset="sns",
        create_unknown_services=True,
    )

    def post(number=1):
        with django_capture_on_commit_callbacks(execute=True):
            answer = sender.post(MESSAGE | {"MessageId": str(number)}).json()
        assert answer["items"][0]["reason"] == "verifying"
        return Receipt.objects.get(pk=answer["receipt"])

    return post


@pytest.fixture
def sweep(django_capture_on_commit_callbacks):
    def run(now):
        with django_capture_on_commit_callbacks(execute=True):
            return sweep_verifying(now=now)

    return run


def test_what_was_lost_is_queued_again(post_one, sweep):
    receipt = post_one()
    assert OrmQ.objects.count() == 1
    OrmQ.objects.all().delete()
    now = receipt.received_at
    assert sweep(now + LOST_AFTER - timedelta(seconds=1)) == 0
    assert sweep(now + LOST_AFTER) == 1
    (task,) = OrmQ.objects.all()
    assert (task.func(), task.args()) == (
        "receivers.tasks.verify_sns",
        (str(receipt.pk),),
    )


def test_what_is_planned_for_later_is_left(post_one, sweep):
    receipt = post_one()
    OrmQ.objects.all().delete()
    Schedule.objects.create(func="receivers.tasks.verify_sns", name=str(receipt.pk))
    assert sweep(receipt.received_at + timedelta(hours=1)) == 0


def test_what_is_settled_is_left(post_one, sweep):
    receipt = post_one()
    Receipt.objects.update(reason="", result="processed")
    assert sweep(receipt.received_at + timedelta(days=2)) == 0
    assert Receipt.objects.get().result == "processed"


def test_after_a_day_it_is_given_up(post_one, sweep):
    receipt = post_one()
    assert sweep(receipt.received_at + GIVE_UP_AFTER) == 0
    receipt.refresh_from_db()
    assert (receipt.result, receipt.reason) == ("failed", "unverified")
    assert "within a day" in receipt.detail
    assert not Service.objects.exists()


def test_a_sweep_is_bounded_and_the_next_one_goes_on(post_one, sweep):
    receipt = post_one()
    copies = []
    for number in range(MAX_SWEPT + 5):
        values = {f.attname: getattr(receipt, f.attname) for f in Receipt._meta.fields}
        del values["id"]
        copies.append(Receipt(**values | {"delivery_id": f"copy {number}"}))
    Receipt.objects.bulk_create(copies)
    now = timezone.now() + LOST_AFTER
    assert sweep(now) == MAX_SWEPT
