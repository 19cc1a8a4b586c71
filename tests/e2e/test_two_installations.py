"""One installation feeds another: two of everything, and real retries between them."""

from __future__ import annotations

import time

import pytest

from tests.e2e.installation import Installation

pytestmark = pytest.mark.slow
#: Long enough to start the other one meanwhile; each wait is up to 20 % shorter.
RETRY_SECONDS = 25


@pytest.fixture
def two(make_product, sink):
    """The installation that sends, and the one that receives."""
    products = [make_product(), make_product()]
    for each in products:
        each.start(wait=False)
    pair = [Installation(each, sink) for each in products]
    for each in pair:
        each.product.wait_until_ready()
        each.set_up()
    return pair


@pytest.fixture
def feed(two):
    """A receiver at the second, and a webhook at the first that posts to it."""
    sending, receiving = two
    receiver = receiving.call(
        "POST",
        "receivers",
        name="The other one",
        preset="signalpost",
        auto_create_incidents="down",
        hmac_secret=sending.secret,
    )
    webhook = sending.call(
        "POST",
        "webhooks",
        label="The other one",
        url=receiver["url"],
        secret=sending.secret,
        format="status_update",
        event_types=["service.status_changed"],
        retry_schedule=[RETRY_SECONDS] * 2,
    )
    return webhook, receiver


def wait_until(is_so, seconds):
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def receipts_of(receiving, receiver):
    """Return what arrived, oldest first, as (raw status, result, reason)."""
    rows = receiving.call("GET", "receipts", receiver=receiver["id"])["results"]
    return [(r["raw_status"], r["result"], r["reason"]) for r in rows[::-1]]


def changes_of(receiving):
    """Return the statuses that the service of this name has had, oldest first."""
    path = f"services/{receiving.service['id']}"
    rows = receiving.call("GET", f"{path}/history")["results"]
    changes = [row["status"] for row in rows][::-1]
    assert changes[-1] == receiving.call("GET", path)["status"]
    return changes


def test_down_and_operational_arrive(two, feed):
    sending, receiving = two
    _, receiver = feed
    for count, status in enumerate(("down", "operational"), start=1):
        assert sending.post(status, "Look").json()["result"] == "processed"
        wait_until(lambda c=count: len(receipts_of(receiving, receiver)) == c, 20)
    assert receipts_of(receiving, receiver) == [
        ("down", "processed", ""),
        ("operational", "processed", ""),
    ]
    assert changes_of(receiving) == ["down", "operational"]
    (incident,) = receiving.call("GET", "incidents")["results"]
    assert incident["status"] == "resolved"


def test_retried_down_after_operational_changes_nothing(two, feed):
    sending, receiving = two
    webhook, receiver = feed
    sending.post("degraded")
    wait_until(lambda: len(receipts_of(receiving, receiver)) == 1, 20)

    receiving.product.terminate()
    sending.post("down", "Nobody is there to hear it")

    def find_down():
        rows = sending.call("GET", "deliveries", webhook=webhook["id"])["results"]
        return rows[0]  # the newest first

    wait_until(lambda: find_down()["attempts_count"] == 1, 20)
    down = find_down()
    assert down["status"] == "pending"
    receiving.product.start()
    sending.post("operational", "Back")
    wait_until(lambda: len(receipts_of(receiving, receiver)) == 2, 20)
    wait_until(lambda: len(receipts_of(receiving, receiver)) == 3, RETRY_SECONDS * 2)

    assert receipts_of(receiving, receiver)[1:] == [
        ("operational", "processed", ""),
        ("down", "ignored", "stale"),
    ]
    assert changes_of(receiving) == ["degraded", "operational"]
    assert receiving.call("GET", "incidents")["results"] == []
    path = f"deliveries/{down['id']}"
    wait_until(lambda: sending.call("GET", path)["status"] == "delivered", 10)
    assert sending.call("GET", path)["attempts_count"] == 2
