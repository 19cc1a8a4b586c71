from __future__ import annotations

from uuid import UUID

import pytest

from alerts.conditions import RuleSpec, matches_scope, matches_type

NORTH, SOUTH, WEB, MAIL = (UUID(int=number) for number in range(1, 5))


@pytest.mark.parametrize(
    ("patterns", "event_type", "fits"),
    [
        (["incident.opened"], "incident.opened", True),
        (["incident.opened"], "incident.resolved", False),
        (["incident.*"], "incident.resolved", True),
        (["*"], "alert.device_offline", True),
        (["alert.*"], "incident.opened", False),
        ([], "incident.opened", False),
    ],
)
def test_type(patterns, event_type, fits):
    assert matches_type(patterns, event_type) is fits


@pytest.mark.parametrize(
    ("scope", "network_id", "service_ids", "fits"),
    [
        pytest.param({}, None, [], True, id="everything"),
        pytest.param({"excluded_network_ids": [NORTH]}, NORTH, [], False, id="out"),
        pytest.param({"excluded_network_ids": [NORTH]}, SOUTH, [], True, id="not out"),
        pytest.param({"excluded_network_ids": [NORTH]}, None, [], True, id="nowhere"),
        pytest.param(
            {"company_wide": False, "network_ids": [NORTH]}, NORTH, [], True, id="in"
        ),
        pytest.param(
            {"company_wide": False, "network_ids": [NORTH]}, None, [], False, id="none"
        ),
        pytest.param({"service_ids": [WEB]}, None, [WEB, MAIL], True, id="service"),
        pytest.param({"service_ids": [WEB]}, None, [MAIL], False, id="other service"),
        pytest.param({"service_ids": [WEB]}, NORTH, [], False, id="no service"),
    ],
)
def test_scope(scope, network_id, service_ids, fits):
    rule = RuleSpec(event_types=["*"], **scope)
    assert matches_scope(rule, network_id=network_id, service_ids=service_ids) is fits
