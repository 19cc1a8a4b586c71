"""Maintenance and silences through real processes: who is told what, and when."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

pytestmark = pytest.mark.slow
#: Long enough for a delivery that should not come to come.
PATIENCE_SECONDS = 3


@pytest.fixture
def ruled(installation):
    """A rule tells everything to the webhook, which subscribes to nothing."""
    installation.set_up(event_types=[], auto_create_incidents="down")
    installation.call(
        "POST",
        "rules",
        label="Everything",
        event_types=["*"],
        targets=[{"webhook": installation.webhook["id"]}],
    )
    return installation


def begin(installation, kind):
    now = datetime.now(UTC)
    return installation.call(
        "POST",
        "windows",
        kind=kind,
        title="Upgrade",
        services=[installation.service["id"]],
        starts_at=now.isoformat(),
        ends_at=(now + timedelta(hours=1)).isoformat(),
    )


def told(installation):
    return [request.json()["type"] for request in list(installation.sink.requests)]


def wait_for(installation, *types, seconds=20):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and told(installation) != list(types):
        time.sleep(0.1)
    assert told(installation) == list(types)


def status_of(installation):
    return installation.call("GET", f"services/{installation.service['id']}")["status"]


def list_incidents(installation):
    return installation.call("GET", "incidents")["results"]


def test_maintenance_hides_a_failure_until_its_end(ruled):
    window = begin(ruled, "maintenance")
    assert status_of(ruled) == "maintenance"
    assert ruled.post("down", "No answer").ok
    time.sleep(PATIENCE_SECONDS)
    assert status_of(ruled) == "maintenance"
    assert list_incidents(ruled) == []
    assert told(ruled) == []

    ruled.call("POST", f"windows/{window['id']}/end")
    assert status_of(ruled) == "down"
    wait_for(ruled, "incident.opened")
    (incident,) = list_incidents(ruled)
    assert incident["status"] == "opened"


def test_recovery_in_a_silence_reaches_who_was_told(ruled):
    ruled.post("down")
    wait_for(ruled, "incident.opened")
    begin(ruled, "silence")
    ruled.post("operational")
    wait_for(ruled, "incident.opened", "incident.resolved")
    # What breaks and heals in it is told to nobody.
    ruled.post("down")
    ruled.post("operational")
    time.sleep(PATIENCE_SECONDS)
    assert told(ruled) == ["incident.opened", "incident.resolved"]


def test_silence_ends_by_itself_and_tells_once(ruled):
    now = datetime.now(UTC)
    window = begin(ruled, "silence")
    ruled.post("down")
    # Its end comes in two seconds; the worker's task of every minute sees to it.
    ruled.call(
        "PATCH",
        f"windows/{window['id']}",
        ends_at=(now + timedelta(seconds=2)).isoformat(),
    )
    assert told(ruled) == []
    wait_for(ruled, "incident.reminder", seconds=130)
