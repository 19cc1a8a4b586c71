"""The pages of a bulk replay: start, watch, cancel."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import make_delivery, make_destination
from webhooks.models import Replay

pytestmark = pytest.mark.django_db


@pytest.fixture
def webhook(organization):
    return make_destination(organization=organization, label="Pager")


@pytest.fixture
def url(webhook):
    return f"{webhook.get_absolute_url()}replay/"


def test_missed_deliveries_are_offered_and_replayed(client, sign_in, webhook, url):
    sign_in()
    make_delivery(destination=webhook, status="skipped",
                  created_at=timezone.now() - timedelta(days=3))  # fmt: skip
    assert "1 delivery" in client.get(url).content.decode()
    answer = client.post(url, {"window": "missed"})
    replay = Replay.objects.get()
    assert answer.headers["Location"] == replay.get_absolute_url()
    assert replay.statuses == ["skipped"]
    assert replay.total_count == 1
    page = client.get(replay.get_absolute_url()).content.decode()
    assert 'hx-trigger="every 1s"' in page
    assert "0 of 1" in page


def test_window_between_two_times(client, sign_in, webhook, url):
    sign_in()
    at = timezone.now() - timedelta(hours=2)
    make_delivery(destination=webhook, status="failed", created_at=at)
    typed = {
        "window": "between",
        "since": f"{at - timedelta(minutes=5):%Y-%m-%dT%H:%M}",
        "until": f"{at + timedelta(minutes=5):%Y-%m-%dT%H:%M}",
        "statuses": ["failed"],
    }
    client.post(url, typed)
    replay = Replay.objects.get()
    assert replay.since < at < replay.until
    assert replay.statuses == ["failed"]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({}, "Choose which time."),
        ({"window": "year"}, "Choose one of the times"),
        ({"window": "24h"}, "Choose at least one kind"),
        ({"window": "24h", "statuses": ["failed"]}, "There is nothing to send again"),
        ({"window": "24h", "statuses": ["pending"]}, "Choose from failed, skipped"),
        ({"window": "between", "statuses": ["failed"]}, "Enter when it begins"),
        (
            {"window": "between", "since": "soon", "statuses": ["failed"]},
            "Enter a time such as",
        ),
        (
            {"window": "between", "since": "2099-01-01T00:00", "statuses": ["failed"]},
            "lies in the future",
        ),
    ],
)
def test_error_says_what_to_choose(client, sign_in, url, typed, sentence):
    sign_in()
    answer = client.post(url, typed)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not Replay.objects.exists()


def test_disabled_webhook_says_what_to_do_first(client, sign_in, webhook, url):
    sign_in()
    make_delivery(destination=webhook, status="skipped")
    webhook.enabled = False
    webhook.save()
    assert "Enable it first" in client.get(url).content.decode()
    assert "enable it first" in client.post(url, {"window": "missed"}).content.decode()


def test_running_replay_is_cancelled(client, sign_in, webhook, url):
    sign_in()
    make_delivery(destination=webhook, status="failed")
    client.post(url, {"window": "24h", "statuses": ["failed"]})
    replay = Replay.objects.get()
    assert "A replay is running" in client.get(url).content.decode()
    page = client.post(f"{replay.get_absolute_url()}cancel/", follow=True)
    assert "The replay is cancelled" in page.content.decode()
    assert 'hx-trigger="every 1s"' not in page.content.decode()
    again = client.post(f"{replay.get_absolute_url()}cancel/", follow=True)
    assert "had ended already" in again.content.decode()


@pytest.mark.parametrize("role", ["viewer", "responder"])
def test_replay_is_refused_with_the_role(client, sign_in, url, role):
    sign_in(role)
    answer = client.post(url, {"window": "missed"})
    assert answer.status_code == 403
    assert "This needs the role" in answer.content.decode()


def test_foreign_replay_is_not_there(client, sign_in, webhook):
    sign_in()
    other = make_destination()
    now = timezone.now()
    foreign = Replay.objects.create(
        organization=other.organization, destination=other, since=now, until=now
    )
    for path in ("", "cancel/"):
        url = f"{foreign.get_absolute_url()}{path}"
        assert (client.post if path else client.get)(url).status_code == 404
    mixed = f"{webhook.get_absolute_url()}replays/{foreign.pk}/"
    assert client.get(mixed).status_code == 404
