"""The documented network alerts, from the REST API to a Bearer webhook."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.slow

TIME = "2026-01-23T21:40:03Z"
MACS = ["AA:BB:CC:DD:EE:F1", "AA:BB:CC:DD:EE:F2"]
#: As Meter's pages show them (docs.meter.com/reference/webhooks/events/…).
DOCUMENTED = {
    "ALERT_DEVICE_BOOT": {
        "device": {"label": "Core Switch 1", "device_type": "switch"},
        "reboot_reason": "firmware_upgrade",
    },
    "ALERT_ISP_DEGRADATION": {
        "isp_degradations": [
            {
                "firewall": {"label": "Primary Firewall"},
                "port_number": 1,
                "wan_quality": 0.72,
                "wan_quality_threshold": 0.8,
            }
        ]
    },
    "ALERT_ROGUE_AP": {
        "rogue_access_points": [
            {
                "mac": "AA:BB:CC:DD:EE:FF",
                "vendor": "TP-Link",
                "connected_switch_label": "Floor 2 Switch",
                "port_number": 24,
            }
        ]
    },
    "ALERT_DHCP_POOL_EXHAUSTION": {
        "exhaustion_entries": [
            {
                "vlan": {"name": "Corporate", "id": 100},
                "assigned_address_count": 245,
                "total_address_count": 254,
                "utilization": 0.96,
            }
        ]
    },
    "ALERT_IP_CONFLICT": {"ip_conflicts": [{"ip": "192.168.1.50", "macs": MACS}]},
    "ALERT_AP_RADAR_HIT": {
        "access_point": {"label": "Floor 2 - Conference Room"},
        "dfs_channel": 52,
        "fallback_channel": 36,
        "clients_moved_off": MACS,
    },
    "ALERT_AUDIT_LOG": {
        "username": "admin@company.com",
        "action": "Updated SSID configuration",
        "change_diff": "Changed password for SSID 'Guest'",
    },
}


@pytest.fixture
def told(installation):
    """Every network alert is told to a webhook with a Bearer token, by a rule."""
    installation.set_up(event_types=[])
    webhook = installation.call(
        "POST",
        "webhooks",
        label="Meter",
        url=installation.sink.url,
        format="network_alert",
        auth_method="bearer",
        token="a-token-of-mine",
    )
    installation.call(
        "POST",
        "rules",
        label="All of Main Office",
        event_types=["alert.*"],
        targets=[{"webhook": webhook["id"]}],
    )
    return installation


def test_every_documented_alert_arrives_byte_for_byte(told):
    for name, data in DOCUMENTED.items():
        told.call(
            "POST",
            "alerts",
            alert_name=name,
            network_name="Main Office",
            timestamp=TIME,
            data=data,
        )
    requests = told.sink.wait_for(len(DOCUMENTED), 30)
    bodies = {r.json()["metadata"]["alert_name"]: r.body.decode() for r in requests}
    assert bodies == {
        name: write(
            {
                "metadata": {
                    "alert_name": name,
                    "network_name": "Main Office",
                    "timestamp": TIME,
                },
                "data": data,
            }
        )
        for name, data in DOCUMENTED.items()
    }
    for request in requests:
        assert request.headers["authorization"] == "Bearer a-token-of-mine"
        assert request.headers["content-type"] == "application/json"


def write(body):
    """Return the bytes of a body: the documented order, without blanks."""
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False)
