from __future__ import annotations

import json

import pytest
from django.utils import timezone

from accounts.datatypes import SYSTEM
from alerts.models import Incident, StatusChange
from receivers.actions import replay_receipt
from receivers.models import LastApplied, Receipt

EARLY, LATER, LATEST = (f"2026-11-20T09:{minute}:00Z" for minute in (10, 20, 30))


@pytest.fixture
def timed(make_sender):
    return make_sender(time_field="occurred_at")


@pytest.fixture
def numbered(make_sender):
    return make_sender(delivery_id_field="header:X-Delivery ?? event_id")


def status_of(sender):
    sender.receiver.service.refresh_from_db()
    return sender.receiver.service.status


def test_a_late_down_does_not_undo_a_newer_operational(timed):
    timed.post({"status": "down", "occurred_at": EARLY})
    timed.post({"status": "operational", "occurred_at": LATEST})
    response = timed.post({"status": "down", "occurred_at": LATER})
    (item,) = response.json()["items"]
    assert (response.json()["result"], item["reason"]) == ("ignored", "stale")
    assert "09:20:00" in timed.last_receipt().detail
    assert status_of(timed) == "operational"
    assert StatusChange.objects.count() == 2


def test_repeating_the_newest_news_counts_as_news(timed):
    timed.post({"status": "down", "occurred_at": EARLY})
    timed.post({"status": "down", "occurred_at": LATEST})
    response = timed.post({"status": "operational", "occurred_at": LATER})
    assert response.json()["items"][0]["reason"] == "stale"
    assert LastApplied.objects.get().occurred_at.minute == 30


def test_the_same_time_again_is_taken(timed):
    timed.post({"status": "down", "occurred_at": EARLY})
    timed.post({"status": "operational", "occurred_at": EARLY})
    assert status_of(timed) == "operational"


def test_a_time_far_in_the_past_is_no_reason_by_itself(timed):
    response = timed.post({"status": "down", "occurred_at": "2009-01-01T00:00:00Z"})
    assert response.json()["result"] == "processed"


@pytest.mark.parametrize("value", ["yesterday", None, 12, [], True, "0001-01-01"])
def test_what_is_no_time_is_taken_without_one(timed, value):
    response = timed.post({"status": "down", "occurred_at": value})
    assert response.json()["result"] == "processed"
    assert not LastApplied.objects.exists()


def test_each_key_has_its_own_time(make_sender):
    sender = make_sender(time_field="at", key_field="key")
    sender.post({"status": "down", "key": "a", "at": LATEST})
    response = sender.post({"status": "down", "key": "b", "at": EARLY})
    assert response.json()["result"] == "processed"


def test_items_of_one_post_are_judged_one_by_one(make_sender):
    sender = make_sender(time_field="at", items_path="items[]", key_field="key")
    response = sender.post(
        {
            "items": [
                {"status": "down", "key": "a", "at": LATEST},
                {"status": "operational", "key": "a", "at": EARLY},
                {"status": "down", "key": "b", "at": EARLY},
            ]
        }
    )
    reasons = [item["reason"] for item in response.json()["items"]]
    assert reasons[1] == "stale"
    assert (reasons[0], reasons[2]) == ("", "held_by_other")


def test_the_same_delivery_again_is_a_duplicate(numbered):
    first = numbered.post({"status": "down"}, **{"X-Delivery": "d-1"}).json()
    again = numbered.post({"status": "down"}, **{"X-Delivery": "d-1"}).json()
    assert again["result"] == "ignored"
    assert again["items"][0] | {"result": 0, "reason": 0} == first["items"][0] | {
        "result": 0,
        "reason": 0,
    }
    assert again["items"][0]["reason"] == "duplicate"
    assert first["receipt"] in numbered.last_receipt().detail


def test_a_duplicate_changes_nothing_even_with_another_body(numbered):
    numbered.post({"status": "down", "event_id": "e-1"})
    numbered.post({"status": "operational", "event_id": "e-1"})
    assert status_of(numbered) == "down"


def test_what_failed_may_come_again(numbered):
    assert numbered.post({"event_id": "e-1"}).status_code == 400
    response = numbered.post({"event_id": "e-1", "status": "down"})
    assert response.json()["result"] == "processed"


def test_replaying_is_no_duplicate(numbered):
    numbered.post({"status": "purple", "event_id": "e-1"})
    numbered.receiver.mapping = {"down": ["purple"]}
    numbered.receiver.save()
    new = replay_receipt(numbered.last_receipt(), actor=SYSTEM, now=timezone.now())
    assert (new.result, new.delivery_id) == ("processed", "")
    assert Receipt.objects.filter(delivery_id="e-1").count() == 1


def test_ids_of_two_receivers_are_two_things(make_sender):
    one, other = (make_sender(delivery_id_field="id") for _ in range(2))
    one.post({"status": "down", "id": "x"})
    assert other.post({"status": "down", "id": "x"}).json()["result"] == "processed"


def test_a_recovery_with_another_body_joins_its_incident(make_sender):
    sender = make_sender(key_field="key", auto_create_incidents="down")
    sender.post({"status": "down", "key": "disk", "message": "97 %"})
    sender.post({"status": "down", "key": "disk", "message": "98 %"})
    sender.post({"status": "operational", "key": "disk", "text": "All is well"})
    assert Incident.objects.get().status == "resolved"


def test_a_post_without_an_id_is_never_a_duplicate(numbered):
    numbered.post({"status": "down"})
    response = numbered.post({"status": "operational"})
    assert response.json()["result"] == "processed"
    assert not json.loads(response.content)["items"][0]["reason"]
