"""A POST is cheap: how many statements it takes, counted."""

from __future__ import annotations

from django.db import connection
from django.test.utils import CaptureQueriesContext

from alerts.models import Service
from tests.factories import make_destination, make_organization
from webhooks.models import Delivery, Event


def statements_of(sender, body):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert sender.post(body).status_code == 200
    return [query["sql"] for query in captured.captured_queries]


def test_no_change_reads_once_and_writes_once(sender):
    sender.post({"status": "down"})
    statements = statements_of(sender, {"status": "down"})
    assert [sql.split()[0] for sql in statements] == ["SELECT", "INSERT"]


def test_change_without_listeners(sender):
    sender.post({"status": "down"})
    # Two are the savepoint of the test's own transaction.
    assert len(statements_of(sender, {"status": "degraded"})) <= 15


def test_ten_items_that_change_nothing_read_once(make_sender):
    sender = make_sender(items_path="[]", key_field="id")
    items = [{"id": number, "status": "down"} for number in range(10)]
    sender.post(items)
    assert len(statements_of(sender, items)) == 2


def test_five_hundred_items_that_change_take_as_many_as_one(make_sender):
    organization = make_organization()
    make_destination(organization=organization)
    names = [f"Service {number}" for number in range(500)]
    Service.objects.bulk_create(
        Service(organization=organization, name=name) for name in names
    )
    sender = make_sender(
        organization=organization, items_path="[]", service_name_field="name"
    )
    sender.post([])
    for status in ("down", "operational"):
        items = [{"name": name, "status": status} for name in names]
        # Some are of the settings, of the savepoint of the test, and of the bell.
        assert len(statements_of(sender, items)) <= 24
        assert Service.objects.filter(status=status).count() == 500
    assert Event.objects.count() == Delivery.objects.count() == 1000
