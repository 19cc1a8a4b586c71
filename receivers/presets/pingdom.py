"""Pingdom's webhook for uptime and transaction checks.

Source: https://www.pingdom.com/resources/webhooks/ (read 2026-11).
"""

from __future__ import annotations

from integrations_project.lib.json_types import JSONObject
from receivers.presets.base import Headers, Preset, Shape, has_text


def is_check(body: JSONObject, headers: Headers) -> bool:
    """Whether a check changed its state."""
    del headers
    return has_text(body, "current_state") and "check_id" in body


PRESET = Preset(
    name="pingdom",
    label="Pingdom",
    about="One post for each check that goes down or up, or fails or succeeds.",
    source="https://www.pingdom.com/resources/webhooks/ (read 2026-11)",
    shapes=(
        Shape(
            name="check",
            matches=is_check,
            status_field="current_state",
            message_field="custom_message ?? long_description ?? description",
            service_name_field="check_name",
            key_field="check_id",
            time_field="state_changed_timestamp ?? state_changed_utc_time",
        ),
    ),
    mapping={
        "operational": ("up", "success"),
        "degraded": ("unconfirmed_down",),
        "down": ("down", "failing"),
        "maintenance": ("paused",),
    },
    steps=(
        "In My Pingdom open Integrations, Add integration, Webhook.",
        "Paste {url} as URL and save.",
        "In each check open Edit and tick the integration under Connect integrations.",
    ),
    sample={
        "check_id": 803318,
        "check_name": "API Gateway",
        "check_type": "HTTP",
        "check_params": {"hostname": "api.example.com", "url": "/", "port": 443},
        "tags": [],
        "previous_state": "UP",
        "current_state": "DOWN",
        "importance_level": "HIGH",
        "state_changed_timestamp": 1_795_166_000,
        "state_changed_utc_time": "2026-11-20T09:13:20",
        "long_description": "HTTP Server Error 503",
        "description": "HTTP Error 503",
        "first_probe": {"ip": "198.51.100.7", "location": "Stockholm 2, Sweden"},
        "second_probe": {},
    },
)
