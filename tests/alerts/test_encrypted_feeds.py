from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import CharField, TextField, Value
from django.db.models.functions import Cast
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from alerts.actions.subscribers import find_subscriber
from alerts.models import OnCallSchedule, Subscriber
from alerts.subscriber_links import build_unsubscribe_link
from integrations_project.lib.encryption import decrypt, hash_token
from tests.factories import make_schedule, make_status_page

migration = import_module("alerts.migrations.0010_fill_encrypted_feeds_and_followers")
pytestmark = pytest.mark.django_db


class Editor:
    """Of the schema editor, what a migration of data asks for."""

    connection = connection


def read_stored(model, name: str) -> list[str]:
    rows = model.objects.annotate(stored=Cast(name, TextField()))
    return list(rows.values_list("stored", flat=True))


def write_plain(model, **values: str) -> None:
    """Store values as they were before they were encrypted."""
    plain = {
        name: Value(text, output_field=CharField()) for name, text in values.items()
    }
    model.objects.update(**plain)


def test_rows_of_before_are_encrypted_and_still_found():
    make_schedule()
    write_plain(OnCallSchedule, feed_token="t" * 43, feed_token_hash="")
    migration.encrypt(apps, Editor)
    (stored,) = read_stored(OnCallSchedule, "feed_token")
    assert stored.startswith("v1:")
    assert decrypt(stored) == "t" * 43
    path = reverse("alerts:on-call-feed", args=["t" * 43])
    assert Client().get(path).status_code == 200


def test_links_of_before_still_end_a_subscription():
    subscriber = Subscriber.objects.create(
        page=make_status_page(), address="ann@example.com", key="old-key", key_hash="x"
    )
    token = build_unsubscribe_link(subscriber).rstrip("/").rpartition("/")[2]
    write_plain(Subscriber, key="old-key", key_hash="")
    migration.encrypt(apps, Editor)
    assert find_subscriber(token, "unsubscribe", now=timezone.now()) == subscriber


def test_second_run_changes_nothing():
    make_schedule()
    before = read_stored(OnCallSchedule, "feed_token")
    migration.encrypt(apps, Editor)
    assert read_stored(OnCallSchedule, "feed_token") == before


def test_way_back_gives_the_plain_values():
    schedule = make_schedule()
    migration.decrypt(apps, Editor)
    assert read_stored(OnCallSchedule, "feed_token") == [schedule.feed_token]


def test_schedule_without_a_feed_has_no_hash():
    write_plain(OnCallSchedule, feed_token="", feed_token_hash="")
    make_schedule()
    write_plain(OnCallSchedule, feed_token="", feed_token_hash="")
    migration.encrypt(apps, Editor)
    assert OnCallSchedule.objects.get().feed_token_hash == ""


def test_hash_alone_opens_no_calendar():
    schedule = make_schedule()
    path = reverse("alerts:on-call-feed", args=[hash_token(schedule.feed_token)])
    assert Client().get(path).status_code == 404
