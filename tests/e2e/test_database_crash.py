"""The database dies in the middle of a thousand deliveries: none is lost."""

from __future__ import annotations

import time

import psycopg
import pytest

from tests.http_server import Answer
from tests.postgres import private_server

pytestmark = [pytest.mark.slow, pytest.mark.postgres]

COUNT = 1000
PUBLISH = """
from django.db import transaction
from django.utils import timezone
from accounts.models import Organization
from integrations_project.lib.ids import uuid7
from webhooks.actions import publish
from webhooks.datatypes import NewEvent
from webhooks.models import Destination

organization = Organization.objects.get()
Destination.objects.create(
    organization=organization, label="Endpoint", url={url!r}, event_types=["*"]
)
with transaction.atomic():
    for number in range({count}):
        event = NewEvent(
            type="incident.opened", data={{"title": str(number)}},
            occurred_at=timezone.now(), trace=uuid7(),
        )
        publish(organization, event)
"""


@pytest.fixture
def server():
    """A database server that this test may kill."""
    with private_server() as each:
        yield each


@pytest.fixture
def product(make_product, server):
    """An installation in that server's database, with a thousand events to tell."""
    made = make_product()
    made.database_url = server.create_database("signalpost")
    made.manage("bootstrap")
    return made


def count(product, sql):
    """Return the only value that a query gives."""
    with psycopg.connect(product.database_url) as connection:
        (value,) = connection.execute(sql).fetchone()
    return value


def wait_until_delivered(product, seconds):
    """Wait until no delivery is left, and fail after the time."""
    unfinished = "SELECT count(*) FROM webhooks_delivery WHERE status <> 'delivered'"
    deadline = time.monotonic() + seconds
    while left := count(product, unfinished):
        assert time.monotonic() < deadline, f"{left} left:\n{product.output()}"
        time.sleep(0.25)


def test_none_of_1000_is_lost(product, server, sink):
    sink.always(Answer(delay_seconds=0.03))
    script = PUBLISH.format(url=sink.url, count=COUNT)
    product.manage("shell", "--no-imports", "-c", script)
    product.start("qcluster")
    sink.wait_for(COUNT // 4, seconds=60)
    server.crash()
    # Answers come in meanwhile; the pump keeps what it cannot write.
    time.sleep(2)
    told_before = len(sink.requests)
    assert told_before < COUNT
    server.start()
    wait_until_delivered(product, seconds=90)

    told = {each.headers["webhook-id"] for each in sink.requests}
    assert len(told) == COUNT
    bodies = {(each.headers["webhook-id"], each.body) for each in sink.requests}
    assert len(bodies) == COUNT
    successes = "SELECT count(*) FROM webhooks_attempt WHERE status_code = 200"
    assert count(product, successes) == COUNT
    attempts = "SELECT count(DISTINCT (delivery_id, number)) FROM webhooks_attempt"
    assert count(product, attempts) == COUNT
    assert product.process.poll() is None
