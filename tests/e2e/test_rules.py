"""Rules that wait, through real processes, with minutes compressed to seconds."""

from __future__ import annotations

import time

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture
def delayed(installation):
    """Everything that happens to the service is told after it has lasted 2 seconds."""
    installation.set_up(event_types=[])
    installation.call(
        "POST",
        "rules",
        label="Two seconds",
        event_types=["service.*"],
        delay_seconds=2,
        targets=[{"webhook": installation.webhook["id"]}],
    )
    return installation


def list_deliveries(installation):
    found = installation.call("GET", "deliveries", webhook=installation.webhook["id"])
    return found["results"][::-1]


def wait_until(check, *, seconds=20):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := check():
            return found
        time.sleep(0.1)
    raise AssertionError("It did not happen in time.")


def test_short_failure_is_not_told_and_a_long_one_is(delayed):
    delayed.post("down")
    (held,) = list_deliveries(delayed)
    assert held["reason"].startswith("Held until ")
    assert held["reason"].endswith("by the rule “Two seconds”: it must last 2 s.")
    delayed.post("operational")
    (cancelled,) = list_deliveries(delayed)
    assert cancelled["status"] == "cancelled"
    assert "before the 2 s of the rule “Two seconds” were over." in cancelled["reason"]

    began = time.monotonic()
    delayed.post("down")
    wait_until(lambda: delayed.sink.requests)
    assert time.monotonic() - began >= 1.9
    delayed.post("operational")
    wait_until(lambda: len(delayed.sink.requests) == 2)
    told = [request.json()["data"]["status"] for request in delayed.sink.requests]
    assert told == ["down", "operational"]
