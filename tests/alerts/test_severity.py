from __future__ import annotations

import pytest

from alerts.severity import describe_status, find_effective_status, opens_incident


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        pytest.param([], "operational", id="nobody"),
        pytest.param(["degraded"], "degraded", id="one"),
        pytest.param(["degraded", "down"], "down", id="worst"),
        pytest.param(["operational", "degraded"], "degraded", id="fine and not"),
        pytest.param(["down", "maintenance"], "maintenance", id="planned"),
    ],
)
def test_effective_status(said, shown):
    assert find_effective_status(said) == shown


@pytest.mark.parametrize(
    ("status", "auto_create", "opens"),
    [
        ("down", "down", True),
        ("degraded", "down", False),
        ("degraded", "degraded", True),
        ("down", "degraded", True),
        ("maintenance", "degraded", False),
        ("operational", "degraded", False),
        ("down", "never", False),
    ],
)
def test_opens_incident(status, auto_create, opens):
    assert opens_incident(status, auto_create) is opens


def test_long_name_still_fits_a_title():
    title = describe_status("x" * 200, "down")
    assert len(title) == 200
    assert title.endswith("x is down")
