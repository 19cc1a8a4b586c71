"""Bleemeo's webhook integration.

Source: https://docs.bleemeo.com/alerting/integrations/webhook (read 2026-11).
"""

from __future__ import annotations

from integrations_project.lib.json_types import JSONObject, JSONValue
from receivers.presets.base import Headers, Preset, Shape


def is_event(body: JSONObject, headers: Headers) -> bool:
    """Whether a metric of an agent changed its status."""
    del headers
    return {"agent", "metric", "status", "status_text"} <= body.keys()


def take_host(body: JSONValue, title: str) -> str:
    """Return the host out of ``host - metric is status``."""
    del body
    return title.partition(" - ")[0].strip() or title


PRESET = Preset(
    name="bleemeo",
    label="Bleemeo",
    about="Metrics of a host: OK, warning and critical by their number.",
    source="https://docs.bleemeo.com/alerting/integrations/webhook (read 2026-11)",
    shapes=(
        Shape(
            name="event",
            matches=is_event,
            status_field="status",
            message_field="title ?? text",
            service_name_field="title ?? agent",
            key_field="metric",
            time_field="happened_at ?? status_changed_at",
            refine_name=take_host,
        ),
    ),
    # The other way round than Uptime Kuma, so numbers are in no default table.
    mapping={"operational": ("0",), "degraded": ("1", "3"), "down": ("2",)},
    steps=(
        "In Bleemeo open Configuration, Notification rules, Add.",
        "Choose the metrics and agents, and under Targets the integration Webhook.",
        "Paste {url} as URL.",
    ),
    sample={
        "id": "dbe276e4-4b47-48dd-8469-e3e358224178",
        "account": "8f63c7da-700c-4fa6-a4d5-c15db2652d15",
        "agent": "951df56d-d5dd-58c3-ab9a-8f2c8a6e478b",
        "metric": "4bec41e4-4efc-4bb8-b872-186aa54779a6",
        "status": 2,
        "status_text": "Critical",
        "text": "Current value: 97.00",
        "title": "API Gateway - Disk usage is Critical",
        "status_changed_at": "2026-11-20T09:12:44Z",
        "previous_status_changed_at": "2026-11-20T08:12:44Z",
        "number_status_change_last_hour": 1,
        "has_been_notified": False,
        "created_at": "2026-11-20T09:12:45.268468Z",
        "created_by": None,
        "modified_at": "2026-11-20T09:12:45.268468Z",
        "modified_by": None,
        "happened_at": "2026-11-20T09:12:44Z",
    },
)
