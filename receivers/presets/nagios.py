"""Nagios and Icinga: a notification command that posts its macros with curl.

Source: https://assets.nagios.com/downloads/nagioscore/docs/nagioscore/4/en/macrolist.html
(read 2026-11).
"""

from __future__ import annotations

from integrations_project.lib.json_types import JSONObject
from receivers.presets.base import Headers, Preset, Shape, has_text

BODY = (
    '{"source":"nagios","key":"$HOSTNAME$/$SERVICEDESC$","host":"$HOSTNAME$",'
    '"service":"$SERVICEDESC$","current_state":"$SERVICESTATE$",'
    '"state_type":"$SERVICESTATETYPE$","output":"$SERVICEOUTPUT$",'
    '"timestamp":"$TIMET$"}'
)


def is_state(body: JSONObject, headers: Headers) -> bool:
    """Whether a host or a service changed its state."""
    del headers
    return has_text(body, "current_state") and has_text(body, "host")


def is_soft(body: JSONObject, headers: Headers) -> bool:
    """Whether the state is not certain yet: the check is tried again first."""
    state_type = str(body.get("state_type", "")).upper()
    return is_state(body, headers) and state_type == "SOFT"


PRESET = Preset(
    name="nagios",
    label="Nagios, Icinga",
    about="Hosts and services by their hard state; soft states are ignored.",
    source="https://assets.nagios.com/downloads/nagioscore/docs/ (read 2026-11)",
    shapes=(
        Shape(
            name="soft state",
            matches=is_soft,
            quiet="unsupported",
            sentence="A soft state: the check is tried again before it counts.",
        ),
        Shape(
            name="state",
            matches=is_state,
            status_field="current_state",
            message_field="output ?? message",
            service_name_field="service ?? host",
            key_field="key ?? service ?? host",
            time_field="timestamp",
        ),
    ),
    mapping={
        "operational": ("ok", "up"),
        "degraded": ("warning", "unknown"),
        "down": ("critical", "down", "unreachable"),
    },
    steps=(
        "Define a command: curl -s -m 10 -H 'Content-Type: application/json' "
        f"-d '{BODY}' {{url}}",
        "For hosts take $HOSTSTATE$, $HOSTSTATETYPE$ and $HOSTOUTPUT$ instead.",
        "Name the command as service_notification_commands of a contact.",
    ),
    sample={
        "source": "nagios",
        "key": "api-1/HTTP",
        "host": "api-1",
        "service": "API Gateway",
        "current_state": "CRITICAL",
        "state_type": "HARD",
        "output": "HTTP CRITICAL: 503 Service Unavailable",
        "timestamp": "1795166000",
    },
)
