"""Healthchecks' webhook with the placeholder ``$JSON`` as its body.

Source: https://healthchecks.io/docs/configuring_notifications/ and
https://healthchecks.io/docs/api/ (read 2026-11).
"""

from __future__ import annotations

from integrations_project.lib.json_types import JSONObject
from receivers.presets.base import Headers, Preset, Shape, has_text


def is_check(body: JSONObject, headers: Headers) -> bool:
    """Whether a check went down or up."""
    del headers
    return has_text(body, "status") and {"n_pings", "grace", "last_ping"} <= body.keys()


def is_test(body: JSONObject, headers: Headers) -> bool:
    """Whether somebody pressed Test!: its check is named so and was never pinged."""
    return is_check(body, headers) and (
        body.get("name") == "TEST" and not body.get("n_pings")
    )


PRESET = Preset(
    name="healthchecks",
    label="Healthchecks",
    about="One post for each check that goes down or comes up.",
    source="https://healthchecks.io/docs/configuring_notifications/ (read 2026-11)",
    shapes=(
        Shape(
            name="test",
            matches=is_test,
            quiet="test",
            sentence="Somebody pressed Test! at the integration.",
        ),
        Shape(
            name="check",
            matches=is_check,
            status_field="status",
            message_field="desc",
            service_name_field="name ?? slug",
            key_field="uuid ?? unique_key ?? slug",
            time_field="last_ping",
        ),
    ),
    mapping={"operational": ("up",), "degraded": ("grace",), "down": ("down",)},
    steps=(
        "In Healthchecks open Integrations, Webhook, Add Integration.",
        "For both events choose POST and paste {url} as URL.",
        "As request body write $JSON, and as header Content-Type: application/json.",
    ),
    sample={
        "name": "API Gateway",
        "slug": "api-gateway",
        "tags": "prod",
        "desc": "Nightly backup of the API's database",
        "grace": 1200,
        "n_pings": 7,
        "status": "down",
        "started": False,
        "last_ping": "2026-11-20T09:12:44+00:00",
        "next_ping": None,
        "uuid": "803f680d-e89b-492b-82ef-2be7b774a92d",
        "schedule": "15 5 * * *",
        "tz": "UTC",
    },
)
