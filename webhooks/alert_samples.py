"""What alerts carry in their data, as Meter's pages show it.

Source: https://docs.meter.com/reference/webhooks/events/device-boot and its
neighbours: isp-degradation, rogue-access-point, dhcp-pool-exhaustion, ip-conflict,
access-point-radar-hit, audit-log (read 2026-11). The data of other alerts is not
documented; their sample has a message only.
"""

from __future__ import annotations

from typing import Any

_CLIENTS = ["AA:BB:CC:DD:EE:F1", "AA:BB:CC:DD:EE:F2"]
_ROGUE_AP = {
    "rogue_access_points": [
        {
            "mac": "AA:BB:CC:DD:EE:FF",
            "vendor": "TP-Link",
            "connected_switch_label": "Floor 2 Switch",
            "port_number": 24,
        }
    ]
}
#: Event type to the documented example of its data.
ALERT_SAMPLES: dict[str, dict[str, Any]] = {
    "alert.device_boot": {
        "device": {"label": "Core Switch 1", "device_type": "switch"},
        "reboot_reason": "firmware_upgrade",
    },
    "alert.isp_degradation": {
        "isp_degradations": [
            {
                "firewall": {"label": "Primary Firewall"},
                "port_number": 1,
                "wan_quality": 0.72,
                "wan_quality_threshold": 0.8,
            }
        ]
    },
    "alert.rogue_ap": _ROGUE_AP,
    "alert.rogue_ap_detected": _ROGUE_AP,
    "alert.dhcp_pool_exhaustion": {
        "exhaustion_entries": [
            {
                "vlan": {"name": "Corporate", "id": 100},
                "assigned_address_count": 245,
                "total_address_count": 254,
                "utilization": 0.96,
            }
        ]
    },
    "alert.ip_conflict": {"ip_conflicts": [{"ip": "192.168.1.50", "macs": _CLIENTS}]},
    "alert.ap_radar_hit": {
        "access_point": {"label": "Floor 2 - Conference Room"},
        "dfs_channel": 52,
        "fallback_channel": 36,
        "clients_moved_off": _CLIENTS,
    },
    "alert.audit_log": {
        "username": "admin@company.com",
        "action": "Updated SSID configuration",
        "change_diff": "Changed password for SSID 'Guest'",
    },
}
