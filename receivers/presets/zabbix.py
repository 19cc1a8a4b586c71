"""Zabbix: a webhook media type that posts its parameters as JSON.

Source: https://www.zabbix.com/documentation/current/en/manual/config/notifications/
media/webhook (read 2026-11).
"""

from __future__ import annotations

from integrations_project.lib.json_types import JSONObject, JSONValue
from receivers.presets.base import Headers, Preset, Shape, dig

#: Not classified, information, warning, average; high and disaster take down.
MILD = ("0", "1", "2", "3")
PARAMETERS = (
    "event_id {EVENT.ID}, event_value {EVENT.VALUE}, event_nseverity "
    "{EVENT.NSEVERITY}, event_update_status {EVENT.UPDATE.STATUS}, event_name "
    "{EVENT.NAME}, host_name {HOST.NAME}, trigger_id {TRIGGER.ID}"
)
SCRIPT = (
    "var p = JSON.parse(value), r = new HttpRequest(); "
    "r.addHeader('Content-Type: application/json'); "
    "r.post(p.url, JSON.stringify(p)); "
    "if (r.getStatus() != 200) throw r.getStatus(); return 'OK';"
)


def is_event(body: JSONObject, headers: Headers) -> bool:
    """Whether a trigger fired or recovered."""
    del headers
    return {"event_id", "event_value"} <= body.keys()


def is_update(body: JSONObject, headers: Headers) -> bool:
    """Whether somebody commented on a problem or acknowledged it."""
    return is_event(body, headers) and str(body.get("event_update_status")) == "1"


def refine(body: JSONValue, raw: str) -> str:
    """Say how severe a problem is."""
    severity = str(dig(body, "event_nseverity"))
    return f"{raw} (severity {severity})" if raw == "1" and severity in MILD else raw


PRESET = Preset(
    name="zabbix",
    label="Zabbix",
    about="Problems of hosts: high and disaster are down, milder ones degraded.",
    source="https://www.zabbix.com/documentation/current/en/manual/ (read 2026-11)",
    shapes=(
        Shape(
            name="update",
            matches=is_update,
            quiet="unsupported",
            sentence="Somebody updated the problem; its state is the same.",
        ),
        Shape(
            name="event",
            matches=is_event,
            status_field="event_value",
            message_field="event_name ?? message",
            service_name_field="host_name ?? host",
            key_field="trigger_id ?? event_id",
            refine=refine,
        ),
    ),
    mapping={
        "operational": ("0",),
        "degraded": tuple(f"1 (severity {severity})" for severity in MILD),
        "down": ("1",),
    },
    steps=(
        "In Zabbix open Alerts, Media types, Create media type, Webhook.",
        f"Add the parameters url {{url}}, {PARAMETERS}.",
        f"Paste this as script: {SCRIPT}",
        "Give the media type to a user, and that user to a trigger action.",
    ),
    sample={
        "event_id": "4711",
        "event_value": "1",
        "event_nseverity": "4",
        "event_update_status": "0",
        "event_name": "5 % of requests fail",
        "host_name": "API Gateway",
        "trigger_id": "17",
    },
)
