"""Meter's network alerts.

No alert of Meter says that it is over: the alert that undoes another has a name of
its own, so a network takes the last one that has an opposite.

Source: https://docs.meter.com/reference/webhooks (read 2026-11).
"""

from __future__ import annotations

from integrations_project.lib.json_types import JSONObject
from receivers.presets.base import Headers, Preset, Shape, has_object, has_text


def is_alert(body: JSONObject, headers: Headers) -> bool:
    """Whether it is an alert of a network."""
    del headers
    return (
        has_text(body, "metadata", "alert_name")
        and has_text(body, "metadata", "network_name")
        and has_object(body, "data")
    )


PRESET = Preset(
    name="meter_networks",
    label="Meter (networks)",
    about="Alerts that have an opposite, such as WAN down and WAN up, by network.",
    source="https://docs.meter.com/reference/webhooks (read 2026-11)",
    shapes=(
        Shape(
            name="alert",
            matches=is_alert,
            status_field="metadata.alert_name",
            message_field="metadata.alert_name",
            service_name_field="metadata.network_name",
            key_field="data.device.label ?? data.access_point.label",
            time_field="metadata.timestamp",
        ),
    ),
    mapping={
        "operational": ("alert_wan_up", "alert_device_online", "alert_device_boot"),
        "degraded": ("alert_isp_degradation", "alert_wan_failover"),
        "down": ("alert_wan_down", "alert_device_offline", "alert_isp_outage"),
    },
    steps=(
        "In Meter's dashboard open Settings, Integrations, Webhooks, Add webhook.",
        "Paste {url} as URL and leave Authorization at None.",
        "Choose under Notifications which alerts trigger it.",
    ),
    sample={
        "metadata": {
            "alert_name": "ALERT_WAN_DOWN",
            "network_name": "Chicago office",
            "timestamp": "2026-11-20T09:12:44Z",
        },
        "data": {"port_number": 1},
    },
)
