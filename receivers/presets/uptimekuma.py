"""Uptime Kuma's webhook notification, preset body as JSON.

Source: https://github.com/louislam/uptime-kuma
``server/notification-providers/webhook.js`` and ``src/util.js`` (read 2026-11).
"""

from __future__ import annotations

from integrations_project.lib.json_types import JSONObject
from receivers.presets.base import Headers, Preset, Shape, dig, has_object


def is_heartbeat(body: JSONObject, headers: Headers) -> bool:
    """Whether a monitor changed its state."""
    del headers
    return has_object(body, "monitor") and isinstance(
        dig(body, "heartbeat", "status"), int
    )


def is_test(body: JSONObject, headers: Headers) -> bool:
    """Whether somebody pressed Test: there is a message, and no monitor."""
    del headers
    is_empty = body.get("heartbeat", 0) is None and body.get("monitor", 0) is None
    return is_empty and isinstance(body.get("msg"), str)


PRESET = Preset(
    name="uptimekuma",
    label="Uptime Kuma",
    about="One post for each monitor that goes down, up or into maintenance.",
    source="https://github.com/louislam/uptime-kuma (read 2026-11)",
    shapes=(
        Shape(
            name="test",
            matches=is_test,
            quiet="test",
            sentence="Somebody pressed Test in Uptime Kuma.",
        ),
        Shape(
            name="heartbeat",
            matches=is_heartbeat,
            status_field="heartbeat.status",
            message_field="heartbeat.msg ?? msg",
            service_name_field="monitor.name",
            key_field="monitor.id ?? heartbeat.monitorID",
            time_field="heartbeat.time",
        ),
    ),
    # 0 is down here and fine elsewhere, so numbers are in no default table.
    mapping={
        "operational": ("1",),
        "degraded": ("2",),
        "down": ("0",),
        "maintenance": ("3",),
    },
    steps=(
        "In Uptime Kuma open Settings, Notifications, Set up notification.",
        "Choose the type Webhook, paste {url} as Post URL, and Preset – "
        "application/json as request body.",
        "Press Test, then tick the notification in your monitors.",
    ),
    sample={
        "heartbeat": {
            "monitorID": 89,
            "status": 0,
            "time": "2026-11-20 09:13:20.374",
            "msg": "timeout of 16000ms exceeded",
            "important": True,
            "duration": 36,
        },
        "monitor": {
            "id": 89,
            "name": "API Gateway",
            "url": "https://api.example.com",
            "type": "http",
        },
        "msg": "[API Gateway] [🔴 Down] timeout of 16000ms exceeded",
    },
)
