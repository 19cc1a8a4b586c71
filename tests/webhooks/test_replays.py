"""Bulk replay: many deliveries of one destination sent again in the background."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from django_q.models import OrmQ

from accounts.datatypes import SYSTEM
from accounts.models import AuditEntry
from tests.factories import make_delivery, make_destination
from tests.http_server import Answer
from webhooks.actions import (
    cancel_replay,
    disable_destination,
    replay_runs,
    resume_replays,
    start_replay,
)
from webhooks.exceptions import NotReplayable
from webhooks.models import Delivery, Replay
from webhooks.tasks import run_replay

pytestmark = pytest.mark.django_db


@pytest.fixture
def destination(sink):
    return make_destination(url=sink.url, retry_schedule=[60, 600])


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch):
    monkeypatch.setattr(replay_runs, "BATCH", 2)


def start(destination, statuses=("failed", "skipped"), **window):
    return start_replay(
        destination, statuses=statuses, actor=SYSTEM, now=timezone.now(), **window
    )


def run(replay):
    run_replay(str(replay.pk))
    replay.refresh_from_db()
    return replay


def counts(replay):
    return replay.status, replay.total_count, replay.queued_count, replay.left_out_count


def ago(**span):
    return timezone.now() - dt.timedelta(**span)


def test_sends_the_same_again(destination, sink, pump_once):
    made = [
        make_delivery(
            destination=destination, status="failed", body=f'{{"n":{number}}}'
        )
        for number in range(5)
    ]

    replay = run(start(destination))
    pump_once()

    assert counts(replay) == ("finished", 5, 5, 0)
    assert replay.finished_at is not None
    sent = {(each.headers["webhook-id"], each.body) for each in sink.requests}
    assert sent == {(str(d.event_id), d.payload.body.encode()) for d in made}
    assert set(Delivery.objects.values_list("status", "attempt_count")) == {
        ("delivered", 1)
    }
    assert all(delivery.attempts.get().is_manual for delivery in made)


def test_ended_one_gets_one_attempt(destination, sink, pump_once):
    delivery = make_delivery(destination=destination, status="failed", attempt_count=3)
    sink.always(Answer(500))

    run(start(destination))
    pump_once()

    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempt_count) == ("failed", 4)


def test_skipped_one_starts_its_schedule(destination, sink, pump_once):
    delivery = make_delivery(destination=destination, status="skipped", reason="Off.")
    sink.always(Answer(500))

    run(start(destination, ["skipped"]))
    pump_once()

    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempt_count) == ("pending", 1)
    assert delivery.due_at > timezone.now() + dt.timedelta(seconds=40)


def test_leaves_the_rest_alone(destination):
    other = make_delivery(status="failed")
    kept = [
        other,
        make_delivery(destination=destination, status="sending"),
        make_delivery(destination=destination, status="pending", attempt_count=1),
        make_delivery(destination=destination, status="delivered"),
        make_delivery(destination=destination, status="failed", created_at=ago(days=3)),
        make_delivery(
            destination=destination, status="failed", created_at=ago(hours=1)
        ),
    ]
    before = {each.pk: each.status for each in kept}
    wanted = make_delivery(
        destination=destination, status="failed", created_at=ago(days=1)
    )

    replay = run(start(destination, since=ago(days=2), until=ago(hours=2)))

    assert counts(replay) == ("finished", 1, 1, 0)
    wanted.refresh_from_db()
    assert (wanted.status, wanted.is_manual) == ("pending", True)
    assert wanted.priority == Delivery.Priority.RETRY
    now = dict(Delivery.objects.exclude(pk=wanted.pk).values_list("pk", "status"))
    assert now == before


def test_bodiless_one_is_left_out(destination):
    make_delivery(destination=destination, status="skipped", payload=None)
    for _ in range(2):
        make_delivery(destination=destination, status="skipped")

    assert counts(run(start(destination))) == ("finished", 3, 2, 1)


def test_one_that_changed_meanwhile_is_left_out(destination):
    first, *_ = [make_delivery(destination=destination, status="failed") for _ in "123"]
    replay = start(destination)
    Delivery.objects.filter(pk=first.pk).update(status="sending")

    assert counts(run(replay)) == ("finished", 3, 2, 1)
    first.refresh_from_db()
    assert first.status == "sending"


def test_running_it_again_queues_nothing_twice(destination):
    for _ in range(5):
        make_delivery(destination=destination, status="failed")
    replay = start(destination)
    assert replay_runs.queue_batch(replay.pk)
    # What was queued fails before the next batch comes.
    Delivery.objects.filter(status="pending").update(status="failed", attempt_count=1)

    assert counts(run(replay)) == ("finished", 5, 5, 0)
    run(replay)
    assert Delivery.objects.filter(status="pending").count() == 3


def test_calls_a_successor_when_its_time_is_over(destination):
    for _ in range(5):
        make_delivery(destination=destination, status="failed")
    replay = start(destination)
    OrmQ.objects.all().delete()

    replay_runs.run_replay(replay.pk, run_seconds=0)

    replay.refresh_from_db()
    assert counts(replay) == ("running", 5, 2, 0)
    assert OrmQ.objects.filter(key="default").count() == 1


def test_cancel_stops_before_the_next_batch(destination):
    for _ in range(5):
        make_delivery(destination=destination, status="failed")
    replay = start(destination)
    replay_runs.queue_batch(replay.pk)

    assert cancel_replay(replay, actor=SYSTEM, now=timezone.now())

    assert counts(replay) == ("cancelled", 5, 2, 0)
    assert counts(run(replay)) == ("cancelled", 5, 2, 0)
    assert Delivery.objects.filter(status="pending").count() == 2
    assert not cancel_replay(replay, actor=SYSTEM, now=timezone.now())
    actions = AuditEntry.objects.filter(object_id=str(replay.pk)).order_by("pk")
    assert list(actions.values_list("action", flat=True)) == [
        "replay.started",
        "replay.cancelled",
    ]


def test_disabling_the_webhook_ends_it(destination):
    for _ in range(5):
        make_delivery(destination=destination, status="failed")
    replay = start(destination)
    replay_runs.queue_batch(replay.pk)
    disable_destination(destination, actor=SYSTEM)

    assert counts(run(replay)) == ("cancelled", 5, 2, 0)
    assert not Delivery.objects.filter(status="pending").exists()
    entry = AuditEntry.objects.get(action="replay.cancelled")
    assert entry.changes["reason"] == [None, "The webhook was disabled."]


def test_sweep_resumes_what_lost_its_worker(destination):
    make_delivery(destination=destination, status="failed")
    replay = start(destination)
    OrmQ.objects.all().delete()
    assert resume_replays() == 0

    Replay.objects.update(beat_at=ago(minutes=1))

    assert resume_replays() == 1
    assert resume_replays() == 0
    assert OrmQ.objects.filter(key="default").count() == 1
    assert counts(run(replay)) == ("finished", 1, 1, 0)


def test_default_window_is_the_last_week(destination):
    make_delivery(destination=destination, status="failed", created_at=ago(days=6))
    make_delivery(destination=destination, status="failed", created_at=ago(days=8))

    assert start(destination).total_count == 1


@pytest.mark.parametrize(
    ("statuses", "window", "field", "part"),
    [
        pytest.param([], {}, "statuses", "one or more", id="no status"),
        pytest.param(["lost"], {}, "statuses", "failed, skipped", id="unknown status"),
        pytest.param(["pending"], {}, "statuses", "needs no replay", id="waiting"),
        pytest.param(
            ["failed"],
            {"since": ago(hours=1), "until": ago(hours=2)},
            "until", "later than the beginning", id="inverted",
        ),
        pytest.param(
            ["failed"],
            {"since": dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
             "until": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)},
            "until", "later than the beginning", id="empty",
        ),
        pytest.param(
            ["failed"], {"since": ago(days=91)}, "since", "90 days", id="too wide"
        ),
        pytest.param(
            ["failed"], {"since": ago(days=-1)}, "since", "future", id="to come"
        ),
    ],
)  # fmt: skip
def test_refuses_a_window(destination, statuses, window, field, part):
    make_delivery(destination=destination, status="failed")

    with pytest.raises(ValidationError) as refusal:
        start(destination, statuses, **window)

    assert part in refusal.value.message_dict[field][0]
    assert not Replay.objects.exists()


def test_refuses_a_disabled_webhook(destination):
    make_delivery(destination=destination, status="skipped")
    disable_destination(destination, actor=SYSTEM)

    with pytest.raises(NotReplayable, match="enable it first"):
        start(destination)


def test_refuses_a_second_one_at_the_same_time(destination):
    make_delivery(destination=destination, status="failed")
    start(destination)

    with pytest.raises(NotReplayable, match="running already"):
        start(destination)


def test_refuses_when_there_is_nothing(destination):
    make_delivery(destination=destination, status="delivered")

    with pytest.raises(NotReplayable, match="no failed or skipped delivery"):
        start(destination)
