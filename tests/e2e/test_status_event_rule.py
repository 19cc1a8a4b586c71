"""A notification rule with two targets tells a problem and its recovery to both."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow

PATHS = ("/first", "/second")


def test_recovery_reaches_both_targets(installation):
    installation.set_up(event_types=[])
    sink = installation.sink
    first, second = (f"{sink.url.rstrip('/')}{path}" for path in PATHS)
    webhook = installation.call(
        "POST", "webhooks", label="Bleemeo", url=first, format="status_event"
    )
    installation.call(
        "POST",
        "rules",
        label="Both rooms",
        event_types=["service.status_changed"],
        targets=[
            {"webhook": webhook["id"]},
            {"webhook": webhook["id"], "url": second},
        ],
    )

    installation.post("down")
    assert {request.path for request in sink.wait_for(2, 30)} == set(PATHS)
    installation.post("operational")
    requests = list(sink.wait_for(4, 30))

    for path in PATHS:
        told = [each.json() for each in requests if each.path == path]
        words = [(each["status"], each["status_text"]) for each in told]
        assert words == [(2, "Critical"), (0, "OK")]
        assert told[1]["metric"] == told[0]["metric"]
        assert told[1]["number_status_change_last_hour"] == 2
    assert len(requests) == 4
