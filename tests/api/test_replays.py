"""Bulk replay over REST."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tests import factories
from tests.api.test_resources import assert_problem
from webhooks.models import Delivery, Replay
from webhooks.tasks import run_replay

FIELDS = {
    "id", "webhook", "status", "total", "queued", "left_out", "since", "until",
    "statuses", "requested_by", "created_at", "finished_at",
}  # fmt: skip


@pytest.fixture
def webhook(organization):
    return factories.make_destination(organization=organization)


@pytest.fixture
def failed(webhook):
    return [
        factories.make_delivery(destination=webhook, status="failed") for _ in range(3)
    ]


@pytest.mark.parametrize("slash", ["", "/"])
def test_starts_shows_and_finishes(api, webhook, failed, slash):
    factories.make_delivery(destination=webhook, status="skipped")

    response = api.post(f"webhooks/{webhook.pk}/replay{slash}")

    body = response.json()
    assert response.status_code == 202, body
    assert set(body) == FIELDS
    assert (body["status"], body["total"], body["queued"]) == ("running", 4, 0)
    assert body["statuses"] == ["failed", "skipped"]
    assert body["finished_at"] is None
    run_replay(body["id"])
    shown = api.get(f"webhooks/{webhook.pk}/replay/{body['id']}{slash}").json()
    assert (shown["status"], shown["queued"]) == ("finished", 4)
    assert shown["finished_at"].endswith("Z")
    listed = api.get(f"webhooks/{webhook.pk}/replay{slash}").json()
    assert listed == {"results": [shown], "next": None, "previous": None}


@pytest.mark.parametrize("status", ["failed", ["failed"]], ids=["word", "list"])
def test_takes_one_status_or_several(api, webhook, failed, status):
    response = api.post(f"webhooks/{webhook.pk}/replay", {"status": status})
    assert response.json()["statuses"] == ["failed"]


def test_takes_a_window(api, webhook, failed):
    now = timezone.now()
    Delivery.objects.filter(pk=failed[0].pk).update(created_at=now - timedelta(days=9))
    window = {
        "since": (now - timedelta(days=10)).isoformat(),
        "until": (now - timedelta(days=8)).isoformat(),
    }
    response = api.post(f"webhooks/{webhook.pk}/replay", window)
    assert response.status_code == 202, response.content
    assert response.json()["total"] == 1


def test_newest_is_listed_first(api, webhook, failed):
    first = api.post(f"webhooks/{webhook.pk}/replay").json()
    api.post(f"webhooks/{webhook.pk}/replay/{first['id']}/cancel")
    second = api.post(f"webhooks/{webhook.pk}/replay").json()
    listed = api.get(f"webhooks/{webhook.pk}/replay").json()["results"]
    assert [each["id"] for each in listed] == [second["id"], first["id"]]


@pytest.mark.parametrize("slash", ["", "/"])
def test_cancel_may_be_repeated(api, webhook, failed, slash):
    path = f"webhooks/{webhook.pk}/replay"
    started = api.post(path).json()
    for _ in range(2):
        response = api.post(f"{path}/{started['id']}/cancel{slash}")
        assert response.status_code == 200
        assert response.json()["status"] == "cancelled"


def test_same_key_starts_one(api, webhook, failed):
    path = f"webhooks/{webhook.pk}/replay"
    first = api.post(path, {}, Idempotency_Key="one")
    second = api.post(path, {}, Idempotency_Key="one")
    assert (second.status_code, second.json()) == (202, first.json())
    assert Replay.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        pytest.param({"status": "lost"}, "status", id="unknown status"),
        pytest.param({"status": []}, "status", id="no status"),
        pytest.param({"status": 7}, "status", id="number"),
        pytest.param({"since": "yesterday"}, "since", id="no time"),
        pytest.param({"since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"},
                     "until", id="inverted"),
        pytest.param({"since": "2020-01-01T00:00:00Z"}, "since", id="too wide"),
        pytest.param({"color": "red"}, "color", id="unknown field"),
    ],
)  # fmt: skip
def test_bad_request_is_explained(api, webhook, failed, body, field):
    problem = assert_problem(api.post(f"webhooks/{webhook.pk}/replay", body), 400)
    assert set(problem["errors"]) == {field}
    assert not Replay.objects.exists()


def test_second_one_is_a_conflict(api, webhook, failed):
    api.post(f"webhooks/{webhook.pk}/replay")
    response = api.post(f"webhooks/{webhook.pk}/replay")
    assert (
        "running already" in assert_problem(response, 409, "not_replayable")["detail"]
    )


def test_disabled_webhook_is_a_conflict(api, webhook, failed):
    api.post(f"webhooks/{webhook.pk}/disable")
    assert_problem(api.post(f"webhooks/{webhook.pk}/replay"), 409, "not_replayable")


def test_nothing_to_send_is_a_conflict(api, webhook):
    assert_problem(api.post(f"webhooks/{webhook.pk}/replay"), 409, "not_replayable")


def test_reading_key_may_only_look(api, make_api, webhook, failed):
    reader = make_api("read")
    path = f"webhooks/{webhook.pk}/replay"
    started = api.post(path).json()
    assert_problem(reader.post(path), 403)
    assert_problem(reader.post(f"{path}/{started['id']}/cancel"), 403)
    assert reader.get(f"{path}/{started['id']}").json() == started


def test_replay_of_others_is_not_found(api, webhook):
    foreign = factories.make_delivery(status="failed").destination
    replay = factories.make_replay(destination=foreign)
    for path in (
        f"webhooks/{foreign.pk}/replay/{replay.pk}",
        f"webhooks/{webhook.pk}/replay/{replay.pk}",
        f"webhooks/{webhook.pk}/replay/nonsense",
        f"webhooks/{foreign.pk}/replay",
    ):
        assert_problem(api.get(path), 404)
    cancel = f"webhooks/{webhook.pk}/replay/{replay.pk}/cancel"
    assert_problem(api.post(cancel), 404)
